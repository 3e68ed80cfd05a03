"""Networks that something spreads through: arcs with probabilities, and the same arcs the other way round."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.graphs.graph import Graph
from coplug.graphs.rows import turned_rows
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.options import COLUMN, WEIGHTED_CASCADE

ROUNDING = 1e-6
"""By which weights into a node may pass 1 without being too large: they are float32."""

MOST_WEIGHT = 1e100
"""Of a node: squares of spreads are added up."""


class Arcs(NamedTuple):
    """Arcs in compressed rows, for kernels.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
        The arcs of node ``v`` are ``ptr[v]:ptr[v + 1]``.
    ends : int32, shape (n_arcs,)
        The other ends.
    low, high : float32, shape (n_arcs,)
        An arc is live where a number that is uniform in [0, 1) is at least ``low`` and below ``high``: one number an
        arc under independent cascade, and one a head under linear threshold, so that at most one arc into it is live.
        Only linear threshold needs ``low``, which is empty elsewhere and stands for 0.
    """

    ptr: NDArray[np.int64]
    ends: NDArray[np.int32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Network:
    """A graph with a diffusion on it.

    Attributes
    ----------
    diffusion : Diffusion
    out, into : Arcs
        Rows of what leaves a node, and of what enters it.
    weights : float64, shape (n_nodes,), or None
        What it is worth to reach a node, at least 0; 1 each if None.
    notes : tuple of str
        What was changed.
    """

    diffusion: Diffusion
    out: Arcs
    into: Arcs
    weights: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.out.ptr) - 1

    @property
    def n_arcs(self) -> int:
        """Number of arcs; an undirected edge is two."""
        return len(self.out.ends)

    @property
    def widths(self) -> NDArray[np.float32]:
        """The probability of each arc of ``out``, or its weight, float32, shape (n_arcs,)."""
        return self.out.high - self.out.low if len(self.out.low) else self.out.high

    @property
    def total(self) -> float:
        """What it is worth to reach every node."""
        return float(self.n_nodes) if self.weights is None else float(self.weights.sum())


def make_network(graph: Graph, diffusion: Diffusion, weights: NDArray[np.float64] | None = None) -> Network:
    """Return a network.

    Parameters
    ----------
    graph : Graph
        An undirected edge is an arc each way.
    diffusion : Diffusion
    weights : float64, shape (n_nodes,), optional
        See :class:`Network`.

    Raises
    ------
    InstanceError
        If a probability is none, or the weights are negative or all 0.
    """
    _check_weights(graph, weights)
    ptr, tails, places = turned_rows(graph.ptr, graph.neighbours)
    chances = _chances(graph, diffusion, ptr, places)
    notes: tuple[str, ...] = ()
    low, high = np.zeros(0, np.float32), chances.astype(np.float32)
    if diffusion.model == "lt":
        chances, notes = _at_most_one(chances, ptr)
        ends = np.cumsum(chances)
        before = np.repeat(np.concatenate([[0.0], ends])[ptr[:-1]], np.diff(ptr))
        high = np.minimum(ends - before, 1.0).astype(np.float32)
        low = np.maximum(ends - before - chances, 0.0).astype(np.float32)
    return Network(
        diffusion,
        Arcs(graph.ptr, graph.neighbours, _scattered(low, places[: len(low)]), _scattered(high, places)),
        Arcs(ptr, tails, low, high),
        weights,
        notes,
    )


def _chances(
    graph: Graph, diffusion: Diffusion, ptr: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the probability of each arc, or its weight, in the order of the heads."""
    if diffusion.model == "sis":
        return np.full(len(places), diffusion.beta)
    if diffusion.probability == WEIGHTED_CASCADE:
        arcs_into = np.diff(ptr)
        return np.repeat(1.0 / np.maximum(arcs_into, 1), arcs_into)
    if diffusion.probability != COLUMN:
        return np.full(len(places), float(diffusion.probability))
    if graph.edge_weights is None:
        raise InstanceError(
            f"the edges have no weights to take as probabilities; take --probability {WEIGHTED_CASCADE} or a number"
        )
    _check_column(graph, math.inf if diffusion.model == "lt" else 1.0)
    return graph.edge_weights[places]


def _check_column(graph: Graph, most: float) -> None:
    weights = graph.weights_of_edges()
    bad = np.flatnonzero((weights < 0) | (weights > most))
    if not len(bad):
        return
    tail, head = (graph.names[end] for end in graph.edges()[bad[0]].tolist())
    others = f", and {len(bad) - 1} more edges" if len(bad) > 1 else ""
    what, numbers = ("probability", "numbers in 0..1") if most == 1 else ("weight", "numbers >= 0")
    raise InstanceError(
        f"the edge from {tail} to {head} has {what} {weights[bad[0]]:g}{others}; take {numbers}, "
        "or another --probability than the column"
    )


def _check_weights(graph: Graph, weights: NDArray[np.float64] | None) -> None:
    if weights is None:
        return
    if (weights < 0).any():
        node = int(weights.argmin())
        raise InstanceError(f"node {graph.names[node]} weighs {weights[node]:g}; targets weigh 0 or more")
    if not weights.any():
        raise InstanceError("all nodes weigh 0, so that nothing counts; name a target")
    if weights.max() > MOST_WEIGHT:
        node = int(weights.argmax())
        raise InstanceError(
            f"node {graph.names[node]} weighs {weights[node]:g}; take at most {MOST_WEIGHT:g}"
        )


def _at_most_one(
    weights: NDArray[np.float64], ptr: NDArray[np.int64]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Divide the weights into a node by their sum where that is above 1, as linear threshold needs it."""
    sums = np.add.reduceat(np.append(weights, 0.0), ptr[:-1]) * (np.diff(ptr) > 0)
    too_large = sums > 1 + ROUNDING
    if not too_large.any():
        return weights, ()
    count = int(too_large.sum())
    nodes = f"{count} node{'s' * (count > 1)}"
    divisors = np.where(too_large, sums, 1.0)
    note = f"the weights into {nodes} add up to more than 1 and are divided by their sum"
    return weights / np.repeat(divisors, np.diff(ptr)), (note,)


def _scattered(values: NDArray[np.float32], places: NDArray[np.int64]) -> NDArray[np.float32]:
    found = np.empty_like(values)
    found[places] = values
    return found
