"""Choosing among estimates of probabilities by cascades that they have not seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.problems.influence.cascades import Cascades
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.estimators import ESTIMATORS, WITHOUT_TIMES
from coplug.problems.influence.frequencies import frequencies
from coplug.problems.influence.network import make_network
from coplug.problems.influence.options import COLUMN
from coplug.problems.influence.prediction import error_of

HELD_OUT = 0.2
"""Share of the cascades, the last ones, that estimates are judged by."""

MOST_HELD_OUT = 100
WORLDS = 100
"""In which the nodes that a held-out cascade reaches are predicted."""

JUDGING = 20
"""The stream of these worlds."""


@dataclass(frozen=True, eq=False)
class Learned:
    """Probabilities that were estimated.

    Attributes
    ----------
    graph : Graph
        With them as weights of the entries of its rows; directed, since the two ways of an edge differ.
    estimator : str
    scores : mapping of str to float
        Mean squared error of each estimator's prediction whether a node is in a held-out cascade; empty if one was
        asked for by name, or nothing can be held out.
    n_cascades, n_held_out : int
    left_out : tuple of str
        Estimators that need times which are not there.
    """

    graph: Graph
    estimator: str
    scores: dict[str, float]
    n_cascades: int
    n_held_out: int
    left_out: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """What a report says of it."""
        return {
            "count": self.n_cascades,
            "estimator": self.estimator,
            "held_out": self.n_held_out,
            "scores": self.scores,
            "left_out": list(self.left_out),
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of it."""
        how = "the best of those tried on held-out cascades" if self.scores else "no other was tried"
        said = (f"probabilities are estimated from {self.n_cascades} cascades by {self.estimator}, {how}",)
        if not self.left_out:
            return said
        return (*said, f"the cascades have no times, which {', '.join(self.left_out)} would need: left out")


def learn(graph: Graph, cascades: Cascades, estimator: str = "auto", seed: int = 0) -> Learned:
    """Estimate the probability of each arc of a graph.

    Parameters
    ----------
    graph : Graph
    cascades : Cascades
    estimator : str
        One of :data:`~.estimators.ESTIMATORS`; ``auto``: the one that predicts held-out cascades best, which then sees
        all of them.
    seed : int
        Of the worlds in which they are predicted.

    Raises
    ------
    UsageError
        If the estimator needs times that are not there.
    """
    usable = [name for name in ESTIMATORS if cascades.times is not None or name in WITHOUT_TIMES]
    left_out = tuple(name for name in ESTIMATORS if name not in usable)
    if estimator != "auto" and estimator not in usable:
        raise UsageError(
            f"estimator {estimator} needs the times of nodes; the cascades have none, take {' or '.join(WITHOUT_TIMES)}"
        )
    n_held_out = min(int(HELD_OUT * cascades.count), MOST_HELD_OUT)
    scores: dict[str, float] = {}
    if estimator == "auto" and n_held_out and len(usable) > 1:
        n_seen = cascades.count - n_held_out
        seen, held_out = cascades.part(0, n_seen), cascades.part(n_seen, cascades.count)
        scores = {name: _score(graph, ESTIMATORS[name](graph, seen), held_out, seed) for name in usable}
    chosen = (
        estimator if estimator != "auto" else min(scores, key=lambda name: scores[name], default=usable[0])
    )
    chances = ESTIMATORS[chosen](graph, cascades)
    return Learned(
        with_chances(graph, chances), chosen, scores, cascades.count, n_held_out if scores else 0, left_out
    )


def with_chances(graph: Graph, chances: NDArray[np.float64]) -> Graph:
    """Return a directed graph of the arcs of another, with probabilities."""
    return replace(graph, edge_weights=chances, directed=True)


def _score(graph: Graph, chances: NDArray[np.float64], held_out: Cascades, seed: int) -> float:
    """Return the mean squared error of the predicted probabilities that nodes are in cascades, given their seeds.

    Without times nobody knows the seeds, and each node is predicted from the others; see
    :func:`~.prediction.error_of`.
    """
    if held_out.times is None:
        return error_of(graph, chances, held_out)
    network = make_network(with_chances(graph, chances), Diffusion("ic", COLUMN))
    total = 0.0
    for cascade in range(held_out.count):
        predicted = frequencies(network, held_out.seeds(cascade), seed, JUDGING, WORLDS)
        predicted[held_out.nodes[held_out.ptr[cascade] : held_out.ptr[cascade + 1]]] -= 1
        total += float((predicted**2).mean())
    return total / held_out.count
