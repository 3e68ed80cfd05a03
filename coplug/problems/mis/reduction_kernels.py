"""The rules of :mod:`coplug.problems.mis.reductions`, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.mis.reduction_graph import (
    DEGREE_TWO,
    DOMINATION,
    PEEL_DEGREE,
    RULES,
    SMALL_SIZE,
    STAMP,
    TAKEN,
    UNCONFINED,
    WIDE_SIZE,
    WORK,
    WORK_LIMIT,
    State,
    adjacent,
    fold,
    mark_neighbours,
    next_small,
    next_wide,
    remove,
    take,
    tidy,
)

ALL_RULES = DEGREE_TWO | DOMINATION | UNCONFINED

SMALL_FOLD = 64
"""Sum of degrees up to which a fold is done also when the work that is allowed is used up."""

LARGEST_ASSUMED = 32
"""How many nodes may be assumed to be in the set before unconfined gives up."""

NONE = -1


@kernel
def reduce_some(state: State, work: int) -> bool:
    """Apply rules, the cheap ones first, until none applies (True) or so many list entries have been read (False)."""
    end = state.counts[WORK] + work
    while state.counts[WORK] < end:
        if state.counts[SMALL_SIZE]:
            node = next_small(state)
            if state.there[node]:
                reduce_degree(state, node)
        elif state.counts[WIDE_SIZE]:
            node = next_wide(state)
            if state.there[node] and state.counts[WORK] < state.counts[WORK_LIMIT]:
                reduce_surroundings(state, node)
        else:
            return True
        state.counts[WORK] += 1
    return False


@kernel
def reduce_degree(state: State, node: int) -> None:
    """Apply the rules of degrees 0, 1 and 2."""
    if state.degree[node] <= 1:
        take(state, node)
        return
    if state.degree[node] > 2 or not state.counts[RULES] & DEGREE_TWO:
        return
    begin = tidy(state, node)
    left, right = state.pool[begin], state.pool[begin + 1]
    if adjacent(state, left, right):
        take(state, node)
        return
    within_limit = state.counts[WORK] < state.counts[WORK_LIMIT]
    if within_limit or state.degree[left] + state.degree[right] <= SMALL_FOLD:
        fold(state, node, left, right)


@kernel
def reduce_surroundings(state: State, node: int) -> None:
    """Remove a node that is dominated or unconfined; the first step of unconfined is domination."""
    assumes = state.counts[RULES] & UNCONFINED
    if (assumes and unconfined(state, node)) or (not assumes and dominated(state, node)):
        remove(state, node)


@kernel
def dominated(state: State, node: int) -> bool:
    """Tell whether a neighbour has no neighbours but the node and its neighbours."""
    stamp = mark_neighbours(state, node)
    state.seen[node] = stamp
    begin = state.first[node]
    for at in range(begin, begin + state.degree[node]):
        other = state.pool[at]
        if state.degree[other] <= state.degree[node] and _outside(state, other, stamp, 1)[0] == 0:
            return True
    return False


@kernel
def _outside(state: State, node: int, stamp: int, enough: int) -> tuple[int, int]:
    """Count the neighbours without this stamp, up to ``enough``; return the last of them too."""
    count, last = 0, NONE
    begin = tidy(state, node)
    for at in range(begin, begin + state.degree[node]):
        other = state.pool[at]
        if state.seen[other] != stamp:
            count, last = count + 1, other
            if count == enough:
                state.counts[WORK] += at - begin
                return count, last
    state.counts[WORK] += state.degree[node]
    return count, last


@kernel
def unconfined(state: State, node: int) -> bool:
    """Tell whether assuming that the node is in every maximum set leads to a contradiction.

    The assumed set S grows from the node. If a neighbour u of exactly one member has all its neighbours among S and
    N(S), exchanging that member for u is no worse: a contradiction. If it has one other neighbour, that one must be
    in S too.
    """
    state.counts[STAMP] += 1
    stamp = state.counts[STAMP]
    n_around = _assume(state, node, stamp, 0)
    for _ in range(LARGEST_ASSUMED):
        forced = NONE
        for k in range(n_around):
            other = state.around[k]
            if state.tally[other] != 1:
                continue
            count, last = _outside(state, other, stamp, 2)
            if count == 0:
                return True
            if count == 1:
                forced = last
        if forced == NONE:
            return False
        n_around = _assume(state, forced, stamp, n_around)
    return False


@kernel
def _assume(state: State, node: int, stamp: int, n_around: int) -> int:
    """Add a node to the assumed set, and count members beside each of its neighbours."""
    state.seen[node] = stamp
    begin = tidy(state, node)
    state.counts[WORK] += state.degree[node]
    for at in range(begin, begin + state.degree[node]):
        other = state.pool[at]
        if state.seen[other] == stamp:
            state.tally[other] += 1
        else:
            state.seen[other] = stamp
            state.tally[other] = 1
            state.around[n_around] = other
            n_around += 1
    return n_around


@kernel
def peel_some(state: State, work: int) -> bool:
    """Reduce, and remove nodes of about largest degree, until nothing is left (True) or as in :func:`reduce_some`."""
    end = state.counts[WORK] + work
    while state.counts[WORK] < end:
        if reduce_some(state, end - state.counts[WORK]) and not peel_one(state):
            return True
    return False


@kernel
def peel_one(state: State) -> bool:
    """Remove a node of about largest degree; False if nothing is left."""
    if state.counts[PEEL_DEGREE] < 0:
        _fill_buckets(state)
    while state.counts[PEEL_DEGREE] >= 0:
        degree = state.counts[PEEL_DEGREE]
        node = state.bucket[degree]
        if node == NONE:
            state.counts[PEEL_DEGREE] -= 1
            continue
        state.bucket[degree] = state.after[node]
        if state.there[node]:
            if state.degree[node] >= degree:
                remove(state, node)
                return True
            state.after[node] = state.bucket[state.degree[node]]
            state.bucket[state.degree[node]] = node
    return False


@kernel
def _fill_buckets(state: State) -> None:
    """List the nodes that are left by degree; lists are put right when they are read."""
    state.bucket[:] = NONE
    for node in range(len(state.first)):
        if state.there[node]:
            state.after[node] = state.bucket[state.degree[node]]
            state.bucket[state.degree[node]] = node
            state.counts[PEEL_DEGREE] = max(state.counts[PEEL_DEGREE], state.degree[node])


@kernel
def edges_left(state: State) -> NDArray[np.int64]:
    """Return the edges of what is left, its nodes numbered from 0 in their order; int64, shape (k, 2)."""
    number = np.cumsum(state.there.astype(np.int64)) - 1
    ends = 0
    for node in range(len(state.first)):
        if state.there[node]:
            ends += state.degree[node]
    edges = np.empty((ends // 2, 2), dtype=np.int64)
    filled = 0
    for node in range(len(state.first)):
        if not state.there[node]:
            continue
        begin = tidy(state, node)
        for at in range(begin, begin + state.degree[node]):
            other = state.pool[at]
            if node < other:
                edges[filled, 0], edges[filled, 1] = number[node], number[other]
                filled += 1
    return edges


@kernel
def undo_trail(trail: NDArray[np.int32], chosen: NDArray[np.uint8]) -> None:
    """Go back through the steps, last first, and complete the set; ``chosen`` is uint8, shape (n_nodes,)."""
    for at in range(len(trail) - 1, -1, -1):
        node, left, right = trail[at, 0], trail[at, 1], trail[at, 2]
        if left == TAKEN:
            chosen[node] = 1
        elif chosen[left]:
            chosen[right] = 1
        else:
            chosen[node] = 1
