"""Beam search over the recursion of independent sets, with reductions in between.

The comparator is only asked where no rule applies. A state of the beam is a graph as reductions left it. Its pivot is
a node of least degree; in each child, the pivot or one of its neighbours is taken, and the rest is reduced. The
``width`` children with the largest estimates, the nodes taken so far included, are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.inference.comparator import Comparator, estimate
from coplug.jit import kernel
from coplug.problems.mis.reduction_graph import (
    N_TRAIL,
    WORK_LIMIT,
    State,
    start,
    take,
    tidy,
)
from coplug.problems.mis.reduction_kernels import ALL_RULES, reduce_some, undo_trail
from coplug.problems.mis.reductions import WORK_A_CALL, WORK_AN_ENTRY, WORK_AT_LEAST
from coplug.random_kernels import uniform

NONE = -1
ENTRIES_A_CALL = 5_000_000
"""List entries that are read between two looks at the clock, about: some hundredths of a second."""

NO_TRAIL = np.empty((0, 3), dtype=np.int32)


@dataclass(frozen=True)
class Found:
    """What a beam found.

    Attributes
    ----------
    chosen : bool, shape (n_nodes,)
        The set.
    n_estimates : int
        Graphs that were estimated.
    """

    chosen: NDArray[np.bool_]
    n_estimates: int


def search(
    net: Comparator, graph: Graph, width: int, seed: int, stop: Callable[[], bool] = lambda: False
) -> Found:
    """Return the largest set that a beam finds.

    Parameters
    ----------
    net : Comparator
    graph : Graph
    width : int
        States that are kept, at least 1.
    seed : int
        In 0..2**64 - 1; pivots are drawn among the nodes of least degree.
    stop : callable
        Asked at each step; True ends the search, with an empty set if no state has come to its end.
    """
    root = start(graph.ptr, graph.neighbours, ALL_RULES)
    root.counts[WORK_LIMIT] = max(WORK_AT_LEAST, WORK_AN_ENTRY * (graph.n_nodes + len(graph.neighbours)))
    _reduce(root)
    random = np.array([seed], dtype=np.uint64)
    beam = [root]
    best, n_estimates = NO_TRAIL, 0
    while beam and not stop():
        best = max([best, *(_trail(state) for state in beam if not state.there.any())], key=len)
        beam = [state for state in beam if state.there.any()]
        beam, n_asked = _next_beam(net, beam, width, random, stop)
        n_estimates += n_asked
    chosen = np.zeros(graph.n_nodes, dtype=np.uint8)
    undo_trail(best, chosen)
    return Found(chosen.astype(np.bool_), n_estimates)


def _trail(state: State) -> NDArray[np.int32]:
    return state.trail[: state.counts[N_TRAIL]]


def _next_beam(
    net: Comparator, beam: list[State], width: int, random: NDArray[np.uint64], stop: Callable[[], bool]
) -> tuple[list[State], int]:
    """Return the best children, each graph once, none if it was stopped; and how many graphs were estimated."""
    children: list[tuple[float, int, State]] = []
    for state in beam:
        nodes = neighbourhood(state, random)
        for some in np.array_split(nodes, 1 + len(nodes) * len(state.pool) // ENTRIES_A_CALL):
            if stop():
                return [], len(children)
            values = state.counts[N_TRAIL] + estimate_children(net, state, some)
            children += [
                (value, node, state) for value, node in zip(values.tolist(), some.tolist(), strict=True)
            ]
    children.sort(key=lambda child: child[0], reverse=True)
    kept: dict[bytes, State] = {}
    for _, node, state in children:
        if len(kept) == width or stop():
            break
        child = _copy(state)
        _take(child, node)
        kept.setdefault(child.there.tobytes() + child.counts[N_TRAIL].tobytes(), child)
    return list(kept.values()), len(children)


def _copy(state: State) -> State:
    arrays: list[NDArray[Any]] = [array.copy() for array in state]
    return State(*arrays)


@kernel
def _reduce(state: State) -> None:
    while not reduce_some(state, WORK_A_CALL):
        pass


@kernel
def _take(state: State, node: int) -> None:
    """Take a node, and reduce."""
    take(state, node)
    _reduce(state)


@kernel
def neighbourhood(state: State, random: NDArray[np.uint64]) -> NDArray[np.int32]:
    """Return a node of least degree, drawn among these, and its neighbours; int32, shape (k,)."""
    node = _least_degree(state, random)
    begin = tidy(state, node)
    nodes = np.empty(state.degree[node] + 1, dtype=np.int32)
    nodes[0] = node
    nodes[1:] = state.pool[begin : begin + state.degree[node]]
    return nodes


@kernel
def _least_degree(state: State, random: NDArray[np.uint64]) -> int:
    """Draw a node of least degree among those that are left, of which there must be one."""
    least, n_least, chosen = 2**31, 0, NONE
    for node in range(len(state.there)):
        if not state.there[node] or state.degree[node] > least:
            continue
        if state.degree[node] < least:
            least, n_least = int(state.degree[node]), 0
        n_least += 1
        if uniform(random) * n_least < 1:
            chosen = node
    return chosen


@kernel
def estimate_children(net: Comparator, state: State, nodes: NDArray[np.int32]) -> NDArray[np.float64]:
    """Estimate the largest sets of the graph without the neighbours of each node; float64, shape (k,)."""
    values = np.empty(len(nodes), dtype=np.float64)
    for number in range(len(nodes)):
        node = nodes[number]
        there, degree = state.there.copy(), state.degree.copy()
        begin = tidy(state, node)
        for at in range(begin, begin + state.degree[node]):
            other = state.pool[at]
            there[other] = 0
            for place in range(state.first[other], state.first[other] + state.length[other]):
                degree[state.pool[place]] -= 1
        values[number] = estimate(net, state.pool, state.first, state.length, there, degree)
    return values
