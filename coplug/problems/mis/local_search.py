"""Iterated local search for independent sets: (1,2)-swaps and random insertions; anytime, memory linear in the graph.

Source: D. Andrade, M. Resende and R. Werneck, Fast local search for the maximum independent set problem, Journal of
Heuristics 18 (2012), 525-547.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.random_kernels import uniform

SIZE, N_FREE, BEST, N_LOG, N_CHANGED, N_QUEUED, STEP, WORK, LAST_GAIN = range(9)

TRIES = 4
"""Nodes drawn for an insertion; the one that has been out longest is inserted."""


class Search(NamedTuple):
    """Where a search stands.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
    neighbours : int32, shape (2 * n_edges,)
    order, place : int32, shape (n_nodes,)
        A permutation of the nodes and its inverse: first the set, then free nodes (no neighbour
        in the set), then others.
    tight : int32, shape (n_nodes,)
        Neighbours in the set.
    owner : int32, shape (n_nodes,)
        Exclusive or of the neighbours in the set: the neighbour itself where there is one.
    best : uint8, shape (n_nodes,)
        The largest set so far.
    changed, is_changed : int32 and uint8, shape (n_nodes,)
        Nodes in which the set may differ from ``best``.
    log : int32, shape (n_log,)
        What the current step did: ``node`` inserted, ``-1 - node`` removed.
    queued, is_queued : int32 and uint8, shape (n_nodes,)
        Members of the set whose swaps are to be looked at.
    left_at : int64, shape (n_nodes,)
        The step at which a node last left the set.
    scratch : int32, shape (n_nodes,)
    random : uint64, shape (1,)
    counts : int64, shape (9,)
    """

    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    order: NDArray[np.int32]
    place: NDArray[np.int32]
    tight: NDArray[np.int32]
    owner: NDArray[np.int32]
    best: NDArray[np.uint8]
    changed: NDArray[np.int32]
    is_changed: NDArray[np.uint8]
    log: NDArray[np.int32]
    queued: NDArray[np.int32]
    is_queued: NDArray[np.uint8]
    left_at: NDArray[np.int64]
    scratch: NDArray[np.int32]
    random: NDArray[np.uint64]
    counts: NDArray[np.int64]


def start(graph: Graph, chosen: NDArray[np.bool_], seed: int) -> Search:
    """Return a search from an independent set, made maximal and locally optimal first.

    Parameters
    ----------
    graph : Graph
        With at least one node.
    chosen : bool, shape (n_nodes,)
        Independent.
    seed : int
        In 0..2**64 - 1.
    """
    n = graph.n_nodes
    state = Search(
        ptr=graph.ptr,
        neighbours=graph.neighbours,
        order=np.arange(n, dtype=np.int32),
        place=np.arange(n, dtype=np.int32),
        tight=np.zeros(n, dtype=np.int32),
        owner=np.zeros(n, dtype=np.int32),
        best=np.zeros(n, dtype=np.uint8),
        changed=np.empty(n, dtype=np.int32),
        is_changed=np.zeros(n, dtype=np.uint8),
        log=np.empty(8 * n + 64, dtype=np.int32),
        queued=np.empty(n, dtype=np.int32),
        is_queued=np.zeros(n, dtype=np.uint8),
        left_at=np.zeros(n, dtype=np.int64),
        scratch=np.empty(n, dtype=np.int32),
        random=np.array([seed], dtype=np.uint64),
        counts=np.zeros(9, dtype=np.int64),
    )
    state.counts[N_FREE] = n
    _begin(state, np.flatnonzero(chosen).astype(np.int32))
    return state


def best_set(state: Search) -> NDArray[np.bool_]:
    """Return the largest set so far; bool, shape (n_nodes,)."""
    return state.best.astype(np.bool_)


@kernel
def _begin(state: Search, chosen: NDArray[np.int32]) -> None:
    for node in chosen:
        _insert(state, node)
    _fill(state)
    _improve(state)
    _accept(state)


@kernel
def run(state: Search, work: int, max_steps: int, target: int) -> None:
    """Go on for some time.

    Parameters
    ----------
    state : Search
        Changed. Runs of ``n`` and ``m`` steps give what one of ``n + m`` gives.
    work : int
        List entries to read at most, about; a measure of time that no machine changes.
    max_steps : int
        Insertions at most.
    target : int
        Size at which to stop.
    """
    end, last = state.counts[WORK] + work, state.counts[STEP] + max_steps
    while state.counts[WORK] < end and state.counts[STEP] < last and state.counts[BEST] < target:
        state.counts[STEP] += 1
        if state.counts[SIZE] == len(state.order):
            return
        before = state.counts[SIZE]
        _perturb(state)
        _fill(state)
        _improve(state)
        after = state.counts[SIZE]
        lost = before - after
        if after > state.counts[BEST]:
            _accept(state)
        elif lost > 0 and uniform(state.random) * (1 + lost * (state.counts[BEST] - after)) >= 1:
            _go_back(state)
        state.counts[N_LOG] = 0


@kernel
def _draw(state: Search, count: int) -> int:
    return min(int(uniform(state.random) * count), count - 1)


@kernel
def _perturb(state: Search) -> None:
    """Insert a node that is out, rarely several; its neighbours leave the set."""
    n_times = 1
    if uniform(state.random) * 2 * state.counts[SIZE] < 1:
        while uniform(state.random) < 0.5:
            n_times += 1
    for _ in range(n_times):
        size = state.counts[SIZE]
        n_out = len(state.order) - size
        if n_out == 0:
            return
        node = state.order[size + _draw(state, n_out)]
        for _ in range(TRIES - 1):
            other = state.order[size + _draw(state, n_out)]
            if state.left_at[other] < state.left_at[node]:
                node = other
        _force(state, node)


@kernel
def _force(state: Search, node: int) -> None:
    """Insert a node after removing its neighbours from the set."""
    if state.tight[node]:
        for at in range(state.ptr[node], state.ptr[node + 1]):
            other = state.neighbours[at]
            if state.place[other] < state.counts[SIZE]:
                _remove(state, other)
                if state.tight[node] == 0:
                    break
    _insert(state, node)


@kernel
def _fill(state: Search) -> None:
    """Insert free nodes in random order until there is none."""
    while state.counts[N_FREE]:
        _insert(state, state.order[state.counts[SIZE] + _draw(state, state.counts[N_FREE])])


@kernel
def _move(state: Search, node: int, to: int) -> None:
    """Swap a node with the one at a place of the order."""
    other, old = state.order[to], state.place[node]
    state.order[to], state.order[old] = node, other
    state.place[node], state.place[other] = to, old


@kernel
def _note(state: Search, node: int, entry: int) -> None:
    """Log a change for going back, and for the best set."""
    if state.counts[N_LOG] < len(state.log):
        state.log[state.counts[N_LOG]] = entry
    state.counts[N_LOG] += 1
    if not state.is_changed[node]:
        state.is_changed[node] = 1
        state.changed[state.counts[N_CHANGED]] = node
        state.counts[N_CHANGED] += 1


@kernel
def _insert(state: Search, node: int) -> None:
    """Put a free node into the set."""
    _note(state, node, node)
    _move(state, node, state.counts[SIZE])
    state.counts[SIZE] += 1
    state.counts[N_FREE] -= 1
    state.counts[WORK] += state.ptr[node + 1] - state.ptr[node] + 1
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        if state.tight[other] == 0:
            state.counts[N_FREE] -= 1
            _move(state, other, state.counts[SIZE] + state.counts[N_FREE])
        state.tight[other] += 1
        state.owner[other] ^= node
    _enqueue(state, node)


@kernel
def _remove(state: Search, node: int) -> None:
    """Take a node out of the set; it is free then."""
    _note(state, node, -1 - node)
    state.left_at[node] = state.counts[STEP]
    state.counts[SIZE] -= 1
    _move(state, node, state.counts[SIZE])
    state.counts[N_FREE] += 1
    state.counts[WORK] += state.ptr[node + 1] - state.ptr[node] + 1
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        state.tight[other] -= 1
        state.owner[other] ^= node
        if state.tight[other] == 0:
            _move(state, other, state.counts[SIZE] + state.counts[N_FREE])
            state.counts[N_FREE] += 1
        elif state.tight[other] == 1:
            _enqueue(state, state.owner[other])


@kernel
def _enqueue(state: Search, node: int) -> None:
    if not state.is_queued[node]:
        state.is_queued[node] = 1
        state.queued[state.counts[N_QUEUED]] = node
        state.counts[N_QUEUED] += 1


@kernel
def _improve(state: Search) -> None:
    """Swap one node out and two in, as long as that works for a queued node."""
    while state.counts[N_QUEUED]:
        state.counts[N_QUEUED] -= 1
        node = state.queued[state.counts[N_QUEUED]]
        state.is_queued[node] = 0
        if state.place[node] < state.counts[SIZE]:
            _swap(state, node)


@kernel
def _swap(state: Search, node: int) -> None:
    """Replace a member by two of its neighbours that have no other neighbour in the set and are not adjacent."""
    n_loose = 0
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        if state.tight[other] == 1:
            state.scratch[n_loose] = other
            n_loose += 1
    state.counts[WORK] += state.ptr[node + 1] - state.ptr[node]
    if n_loose < 2:
        return
    shift = _draw(state, n_loose)
    for k in range(n_loose):
        one = state.scratch[(k + shift) % n_loose]
        other = _stranger(state, one, n_loose)
        if other >= 0:
            _remove(state, node)
            _insert(state, one)
            _insert(state, other)
            _fill(state)
            return


@kernel
def _stranger(state: Search, node: int, n_loose: int) -> int:
    """Return a node of the scratch list, which ascends, that is neither the node nor adjacent to it, or -1."""
    at, end = state.ptr[node], state.ptr[node + 1]
    for k in range(n_loose):
        other = int(state.scratch[k])
        while at < end and state.neighbours[at] < other:
            at += 1
        if other != node and (at == end or state.neighbours[at] != other):
            state.counts[WORK] += at - state.ptr[node]
            return other
    state.counts[WORK] += at - state.ptr[node]
    return -1


@kernel
def _accept(state: Search) -> None:
    """Make the set the best one; costs what changed since the last time."""
    for k in range(state.counts[N_CHANGED]):
        node = state.changed[k]
        state.is_changed[node] = 0
        state.best[node] = state.place[node] < state.counts[SIZE]
    state.counts[N_CHANGED] = 0
    state.counts[N_LOG] = 0
    state.counts[BEST] = state.counts[SIZE]
    state.counts[LAST_GAIN] = state.counts[STEP]


@kernel
def _go_back(state: Search) -> None:
    """Undo the step, unless it was too long for the log."""
    n = state.counts[N_LOG]
    if n > len(state.log):
        return
    state.counts[N_LOG] = len(state.log)  # full: going back is not logged
    for at in range(n - 1, -1, -1):
        entry = state.log[at]
        if entry >= 0:
            _remove(state, entry)
        else:
            _insert(state, -1 - entry)
    while state.counts[N_QUEUED]:
        state.counts[N_QUEUED] -= 1
        state.is_queued[state.queued[state.counts[N_QUEUED]]] = 0
