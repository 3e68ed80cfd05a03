"""What cascades say of arcs: how often each was tried, failed, or may have been what activated its head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.problems.influence.cascades import Cascades

ANY, EARLIER, STEPS = 0, 1, 2
"""Who may have activated a node: anybody, whoever was there earlier, or whoever came a step before."""


@dataclass(frozen=True, eq=False)
class Attempts:
    """What cascades say of arcs, in the order of the graph's rows.

    Attributes
    ----------
    failures : int64, shape (n_arcs,)
        Cascades in which the tail became active and did not activate the head.
    successes : int64, shape (k,)
        Arcs whose tail may have activated the head in a cascade; those into the same node of a cascade together.
    groups : int64, shape (n_groups + 1,)
        Where those of each such node begin.
    appearances : int64, shape (n_nodes,)
        Cascades that each node is in.
    spontaneous : float
        Probability that a node is in a cascade by itself: 0 where times say who cannot have been activated, else the
        share of the nodes that are in a cascade with none that could have activated them.
    """

    failures: NDArray[np.int64]
    successes: NDArray[np.int64]
    groups: NDArray[np.int64]
    appearances: NDArray[np.int64]
    spontaneous: float = 0.0

    @property
    def hits(self) -> NDArray[np.int64]:
        """Cascades in which an arc may have activated its head, int64, shape (n_arcs,)."""
        return np.bincount(self.successes, minlength=len(self.failures))


def attempts_in(graph: Graph, cascades: Cascades) -> Attempts:
    """Return what happened at the arcs.

    Where all times are whole numbers, they are steps, and a node can only have been activated by one that became active
    a step before; an earlier one has failed. Else any earlier one can have activated it; without times, any other.
    """
    times = cascades.times
    if times is None:
        clock, times = ANY, np.zeros(len(cascades.nodes))
    else:
        clock = STEPS if (times == np.round(times)).all() else EARLIER
    failures, heads, arcs = _attempts(graph.ptr, graph.neighbours, cascades.ptr, cascades.nodes, times, clock)
    order = np.argsort(heads, kind="stable")
    starts = np.flatnonzero(np.diff(heads[order], prepend=-1))
    return Attempts(
        failures,
        arcs[order],
        np.append(starts, len(arcs)).astype(np.int64),
        np.bincount(cascades.nodes, minlength=graph.n_nodes),
        _alone(graph, cascades, len(starts)) if clock == ANY else 0.0,
    )


def _alone(graph: Graph, cascades: Cascades, n_explained: int) -> float:
    return (len(cascades.nodes) - n_explained) / (graph.n_nodes * cascades.count)


@kernel
def _attempts(
    ptr: NDArray[np.int64],
    neighbours: NDArray[np.int32],
    cascade_ptr: NDArray[np.int64],
    nodes: NDArray[np.int32],
    times: NDArray[np.float64],
    order: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return failures by arc; and for each possible success the place of its head among ``nodes``, and its arc."""
    failures, place = np.zeros(len(neighbours), np.int64), np.full(len(ptr) - 1, -1)
    most = 0
    for node in nodes:
        most += ptr[node + 1] - ptr[node]
    heads, arcs, found = np.empty(most, np.int64), np.empty(most, np.int64), 0
    for cascade in range(len(cascade_ptr) - 1):
        begin, end = cascade_ptr[cascade], cascade_ptr[cascade + 1]
        for at in range(begin, end):
            place[nodes[at]] = at
        for at in range(begin, end):
            for arc in range(ptr[nodes[at]], ptr[nodes[at] + 1]):
                there = place[neighbours[arc]]
                if there >= 0 and order != ANY and times[there] <= times[at]:
                    continue
                if there < 0 or (order == STEPS and times[there] > times[at] + 1):
                    failures[arc] += 1
                else:
                    heads[found], arcs[found] = there, arc
                    found += 1
        for at in range(begin, end):
            place[nodes[at]] = -1
    return failures, heads[:found].copy(), arcs[:found].copy()


@kernel
def credited(
    arcs: NDArray[np.int64],
    groups: NDArray[np.int64],
    chances: NDArray[np.float64],
    jointly: bool,
    spontaneous: float,
) -> NDArray[np.float64]:
    """Return the credit of each arc: its chance over that of its group, that one of them succeeds or their sum.

    ``spontaneous`` is the chance that the group's head needs none of them.
    """
    credit = np.zeros(len(chances))
    for group in range(len(groups) - 1):
        none, total = 1.0 - spontaneous, 0.0
        for at in range(groups[group], groups[group + 1]):
            none *= 1.0 - chances[arcs[at]]
            total += chances[arcs[at]]
        whole = 1.0 - none if jointly else total
        for at in range(groups[group], groups[group + 1]):
            credit[arcs[at]] += chances[arcs[at]] / max(whole, 1e-300)
    return credit
