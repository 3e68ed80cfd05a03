"""Iterated local search for heaviest independent sets: nodes that outweigh their neighbours in the set, and swaps.

A step puts a node into the set and improves the surroundings while it stays, then without that; if the set has become
lighter, the step is likely to be undone. Memory is linear in the graph.

Source: B. Nogueira, R. Pinheiro and A. Subramanian, A hybrid iterated local search heuristic for the maximum weight
independent set problem, Optimization Letters 12 (2018), 567-583; when a step is undone, as in
:mod:`coplug.problems.mis.local_search`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.random_kernels import uniform

VALUE, SIZE, BEST, N_LOG, N_CHANGED, N_QUEUED, STEP, WORK, LOCKED, STAMP = range(10)

TRIES = 4
"""Nodes drawn for a step; the one that has been out longest is put in."""

NONE = -1


class Search(NamedTuple):
    """Where a search stands.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
    neighbours : int32, shape (2 * n_edges,)
    weight : int64, shape (n_nodes,)
        The graph, and the weights of its nodes.
    inside : uint8, shape (n_nodes,)
        The set.
    held : int64, shape (n_nodes,)
        Weight of the neighbours in the set.
    tight : int32, shape (n_nodes,)
        How many these are.
    owner : int32, shape (n_nodes,)
        Exclusive or of these: the neighbour itself where there is one.
    best : uint8, shape (n_nodes,)
        The heaviest set so far.
    changed, is_changed : int32 and uint8, shape (n_nodes,)
        Nodes in which the set may differ from ``best``.
    log : int32, shape (n_log,)
        What the current step did: ``node`` put in, ``-1 - node`` taken out.
    queued, is_queued : int32 and uint8, shape (n_nodes,)
        Nodes to be looked at again: those outside for putting in, members for a swap.
    left_at : int64, shape (n_nodes,)
        The step at which a node last left the set.
    scratch : int32, shape (n_nodes,)
    seen : int64, shape (n_nodes,)
        Nodes are marked by ``counts[STAMP]``.
    random : uint64, shape (1,)
        State of the generator.
    scale : float64, shape (1,)
        Mean weight, which losses are measured by.
    counts : int64, shape (10,)
    """

    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    weight: NDArray[np.int64]
    inside: NDArray[np.uint8]
    held: NDArray[np.int64]
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
    seen: NDArray[np.int64]
    random: NDArray[np.uint64]
    scale: NDArray[np.float64]
    counts: NDArray[np.int64]


def start(graph: Graph, weights: NDArray[np.int64], inside: NDArray[np.uint8], seed: int) -> Search:
    """Return a search from an independent set, made locally optimal first.

    Parameters
    ----------
    graph : Graph
        With at least one node.
    weights : int64, shape (n_nodes,)
        At least 1.
    inside : uint8, shape (n_nodes,)
        Independent.
    seed : int
        In 0..2**64 - 1.
    """
    n = graph.n_nodes
    state = Search(
        ptr=graph.ptr,
        neighbours=graph.neighbours,
        weight=weights,
        inside=np.zeros(n, dtype=np.uint8),
        held=np.zeros(n, dtype=np.int64),
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
        seen=np.zeros(n, dtype=np.int64),
        random=np.array([seed], dtype=np.uint64),
        scale=np.array([weights.mean()]),
        counts=np.zeros(10, dtype=np.int64),
    )
    state.counts[LOCKED] = NONE
    _begin(state, np.flatnonzero(inside))
    return state


@kernel
def _begin(state: Search, chosen: NDArray[np.int64]) -> None:
    for node in chosen:
        _insert(state, node)
    for node in range(len(state.weight)):
        _enqueue(state, node)
    _improve(state)
    _accept(state)


@kernel
def run(state: Search, work: int, max_steps: int) -> None:
    """Go on for some time.

    Parameters
    ----------
    state : Search
        Changed. Runs of ``n`` and ``m`` steps give what one of ``n + m`` gives.
    work : int
        List entries to read at most, about; a measure of time that no machine changes.
    max_steps : int
        Steps at most.
    """
    end, last = state.counts[WORK] + work, state.counts[STEP] + max_steps
    while state.counts[WORK] < end and state.counts[STEP] < last:
        state.counts[STEP] += 1
        state.counts[WORK] += 1
        if state.counts[SIZE] == len(state.weight):
            continue
        before = state.counts[VALUE]
        _perturb(state)
        after = state.counts[VALUE]
        lost = (before - after) / state.scale[0]
        behind = (state.counts[BEST] - after) / state.scale[0]
        if after > state.counts[BEST]:
            _accept(state)
        elif lost > 0 and uniform(state.random) * (1 + lost * behind) >= 1:
            _go_back(state)
        state.counts[N_LOG] = 0


@kernel
def _outside(state: Search) -> int:
    """Draw a node that is not in the set; there is one."""
    n = len(state.weight)
    while True:
        node = min(int(uniform(state.random) * n), n - 1)
        if not state.inside[node]:
            return node


@kernel
def _perturb(state: Search) -> None:
    """Put in a node that is out, rarely several, and improve: first with the node kept, then with all free to go."""
    n_times = 1
    if uniform(state.random) * 2 * state.counts[SIZE] < 1:
        while uniform(state.random) < 0.5:
            n_times += 1
    node = NONE
    for _ in range(n_times):
        if state.counts[SIZE] == len(state.weight):
            break
        node = _outside(state)
        for _ in range(TRIES - 1):
            other = _outside(state)
            if state.left_at[other] < state.left_at[node]:
                node = other
        _force(state, node)
    state.counts[LOCKED] = node
    _improve(state)
    state.counts[LOCKED] = NONE
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        if state.weight[other] > state.held[other]:
            _enqueue(state, other)
    _improve(state)


@kernel
def _force(state: Search, node: int) -> None:
    """Put a node in after taking its neighbours out."""
    for at in range(state.ptr[node], state.ptr[node + 1]):
        if state.tight[node] == 0:
            break
        other = state.neighbours[at]
        if state.inside[other]:
            _remove(state, other)
    _insert(state, node)


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
    """Put in a node that has no neighbour in the set."""
    _note(state, node, node)
    state.inside[node] = 1
    state.counts[SIZE] += 1
    state.counts[VALUE] += state.weight[node]
    state.counts[WORK] += state.ptr[node + 1] - state.ptr[node]
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        state.tight[other] += 1
        state.held[other] += state.weight[node]
        state.owner[other] ^= node
    _enqueue(state, node)


@kernel
def _remove(state: Search, node: int) -> None:
    """Take a node out."""
    _note(state, node, -1 - node)
    state.left_at[node] = state.counts[STEP]
    state.inside[node] = 0
    state.counts[SIZE] -= 1
    state.counts[VALUE] -= state.weight[node]
    state.counts[WORK] += state.ptr[node + 1] - state.ptr[node]
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        state.tight[other] -= 1
        state.held[other] -= state.weight[node]
        state.owner[other] ^= node
        if state.weight[other] > state.held[other]:
            _enqueue(state, other)
        elif state.tight[other] == 1:
            _enqueue(state, state.owner[other])
    _enqueue(state, node)


@kernel
def _enqueue(state: Search, node: int) -> None:
    if not state.is_queued[node]:
        state.is_queued[node] = 1
        state.queued[state.counts[N_QUEUED]] = node
        state.counts[N_QUEUED] += 1


@kernel
def _improve(state: Search) -> None:
    """Look at queued nodes until there is none: put in what outweighs its neighbours in the set, and swap."""
    while state.counts[N_QUEUED]:
        state.counts[N_QUEUED] -= 1
        node = state.queued[state.counts[N_QUEUED]]
        state.is_queued[node] = 0
        if state.inside[node]:
            if node != state.counts[LOCKED]:
                _swap(state, node)
        elif state.weight[node] > state.held[node] and not _is_beside_locked(state, node):
            _force(state, node)


@kernel
def _is_beside_locked(state: Search, node: int) -> bool:
    """Tell whether a node is adjacent to the one that stays in the set."""
    locked = state.counts[LOCKED]
    if locked == NONE or state.tight[node] == 0:
        return False
    if state.tight[node] == 1:
        return bool(state.owner[node] == locked)
    found = False
    for at in range(state.ptr[node], state.ptr[node + 1]):
        found |= state.neighbours[at] == locked
    return found


@kernel
def _swap(state: Search, node: int) -> None:
    """Replace a member by neighbours that have no other neighbour in the set, if some are heavier together."""
    n_loose, total = 0, 0
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        if state.tight[other] == 1:
            state.scratch[n_loose] = other
            total += state.weight[other]
            n_loose += 1
    state.counts[WORK] += state.ptr[node + 1] - state.ptr[node]
    if total <= state.weight[node] or n_loose < 2:
        return
    shift = int(uniform(state.random) * n_loose)
    for k in range(n_loose):
        first = (k + shift) % n_loose
        if _gain(state, n_loose, first) > state.weight[node]:
            _remove(state, node)
            stamp = state.counts[STAMP]
            for j in range(n_loose):
                other = state.scratch[(first + j) % n_loose]
                if state.seen[other] != stamp:
                    _insert(state, other)
            return


@kernel
def _gain(state: Search, n_loose: int, first: int) -> int:
    """Return the weight of a greedy independent set of the scratch list, from one of its nodes on."""
    state.counts[STAMP] += 1
    gained = 0
    for j in range(n_loose):
        node = state.scratch[(first + j) % n_loose]
        if state.seen[node] != state.counts[STAMP]:
            gained += state.weight[node]
            state.counts[WORK] += state.ptr[node + 1] - state.ptr[node]
            for at in range(state.ptr[node], state.ptr[node + 1]):
                state.seen[state.neighbours[at]] = state.counts[STAMP]
    return gained


@kernel
def _accept(state: Search) -> None:
    """Make the set the best one; costs what changed since the last time."""
    for k in range(state.counts[N_CHANGED]):
        node = state.changed[k]
        state.is_changed[node] = 0
        state.best[node] = state.inside[node]
    state.counts[N_CHANGED] = 0
    state.counts[N_LOG] = 0
    state.counts[BEST] = state.counts[VALUE]


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
