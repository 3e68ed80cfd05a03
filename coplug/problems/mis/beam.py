"""Beam search over the recursion of independent sets, with reductions in between.

The comparator is only asked where no rule applies. A state of the beam is a graph as reductions left it. Its pivot, a
node of least degree, is out in one child and in in the other; both are reduced. The ``width`` children with the
largest estimates, the nodes taken so far included, are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.inference.comparator import Comparator, estimate
from coplug.jit import kernel
from coplug.problems.graphs.graph import Graph
from coplug.problems.mis.reduction_graph import (
    N_TRAIL,
    WORK_LIMIT,
    State,
    remove,
    start,
    take,
    tidy,
)
from coplug.problems.mis.reduction_kernels import ALL_RULES, reduce_some, undo_trail
from coplug.problems.mis.reductions import WORK_A_CALL, WORK_AN_ENTRY, WORK_AT_LEAST
from coplug.search.tabu import uniform

NONE = -1
OUT, IN = 0, 1
NO_TRAIL = np.empty((0, 3), dtype=np.int32)


@dataclass(frozen=True)
class Found:
    """What a beam found.

    Attributes
    ----------
    chosen : bool, shape (n_nodes,)
        The set.
    n_comparisons : int
        Pairs of graphs that were compared.
    """

    chosen: NDArray[np.bool_]
    n_comparisons: int


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
    best, n_comparisons = NO_TRAIL, 0
    while beam and not stop():
        best = max([best, *(_trail(state) for state in beam if not state.there.any())], key=len)
        beam = [state for state in beam if state.there.any()]
        n_comparisons += len(beam)
        beam = _next_beam(net, beam, width, random)
    chosen = np.zeros(graph.n_nodes, dtype=np.uint8)
    undo_trail(best, chosen)
    return Found(chosen.astype(np.bool_), n_comparisons)


def _trail(state: State) -> NDArray[np.int32]:
    return state.trail[: state.counts[N_TRAIL]]


def _next_beam(net: Comparator, beam: list[State], width: int, random: NDArray[np.uint64]) -> list[State]:
    """Return the best children, each graph once."""
    children: list[tuple[float, int, State, int]] = []
    for state in beam:
        node = _least_degree(state, random)
        for side in (OUT, IN):
            value = state.counts[N_TRAIL] + estimate_child(net, state, node, side)
            children.append((value, side, state, node))
    children.sort(key=lambda child: child[:2], reverse=True)
    kept: dict[bytes, State] = {}
    for _, side, state, node in children:
        if len(kept) == width:
            break
        child = _copy(state)
        _decide(child, node, side)
        kept.setdefault(child.there.tobytes() + child.counts[N_TRAIL].tobytes(), child)
    return list(kept.values())


def _copy(state: State) -> State:
    arrays: list[NDArray[Any]] = [array.copy() for array in state]
    return State(*arrays)


@kernel
def _reduce(state: State) -> None:
    while not reduce_some(state, WORK_A_CALL):
        pass


@kernel
def _decide(state: State, node: int, side: int) -> None:
    """Leave a node out or take it, and reduce."""
    if side == IN:
        take(state, node)
    else:
        remove(state, node)
    _reduce(state)


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
def estimate_child(net: Comparator, state: State, node: int, side: int) -> float:
    """Estimate the largest set of the graph without a node, or of that without its neighbours; the state stays."""
    there, degree = state.there.copy(), state.degree.copy()
    begin = tidy(state, node)
    for at in range(begin, begin + state.degree[node]):
        other = state.pool[at]
        if side == OUT:
            degree[other] -= 1
            continue
        there[other] = 0
        for place in range(state.first[other], state.first[other] + state.length[other]):
            degree[state.pool[place]] -= 1
    if side == OUT:
        there[node] = 0
    return estimate(net, state.pool, state.first, state.length, there, degree)
