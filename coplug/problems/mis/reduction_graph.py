"""A graph from which nodes are removed and in which nodes are merged, in place; for the reductions.

A node's list is ``pool[first[v] : first[v] + length[v]]``. It may hold removed nodes until :func:`tidy` drops them;
``degree[v]`` counts the others. Two queues hold the nodes that rules may apply to: those of degree at most 2, and all
whose surroundings changed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

DEGREE_TWO, DOMINATION, UNCONFINED = 1, 2, 4
"""Rules, as bits."""

RULES, N_TRAIL, POOL_END, STAMP, WORK, WORK_LIMIT, PEEL_DEGREE = 0, 1, 2, 3, 4, 5, 6
SMALL_HEAD, SMALL_SIZE, WIDE_HEAD, WIDE_SIZE = 7, 8, 9, 10
N_COUNTS = 11

IN_SMALL, IN_WIDE = 1, 2
WIDE_DEGREE = 32
"""A node of larger degree does not send its neighbours to be looked at again; what that misses stays in the kernel."""

TAKEN = -1


class State(NamedTuple):
    """The graph, its queues, and the steps taken.

    Attributes
    ----------
    pool : int32, shape (n_pool,)
    first, length : int64 and int32, shape (n_nodes,)
        Where each list is, removed nodes included.
    degree : int32, shape (n_nodes,)
    there : uint8, shape (n_nodes,)
        1 for nodes that are left.
    seen : int64, shape (n_nodes,)
        Nodes are marked by ``counts[STAMP]``.
    around, tally, members : int32, shape (n_nodes,)
        Scratch.
    small, wide : int32, shape (n_nodes,)
        Rings of queued nodes.
    queued : uint8, shape (n_nodes,)
        Which rings a node is in.
    trail : int32, shape (n_nodes, 3)
        ``(v, TAKEN, TAKEN)``: v was taken; ``(v, u, w)``: v was folded with its neighbours into u.
    bucket, after : int32, shape (n_nodes + 1,) and (n_nodes,)
        Lists of nodes by degree, for peeling.
    counts : int64, shape (N_COUNTS,)
    """

    pool: NDArray[np.int32]
    first: NDArray[np.int64]
    length: NDArray[np.int32]
    degree: NDArray[np.int32]
    there: NDArray[np.uint8]
    seen: NDArray[np.int64]
    around: NDArray[np.int32]
    tally: NDArray[np.int32]
    members: NDArray[np.int32]
    small: NDArray[np.int32]
    wide: NDArray[np.int32]
    queued: NDArray[np.uint8]
    trail: NDArray[np.int32]
    bucket: NDArray[np.int32]
    after: NDArray[np.int32]
    counts: NDArray[np.int64]


def allocate(n_nodes: int, n_pool: int, lanes: tuple[int, ...] = ()) -> State:
    """Return the arrays of a graph, or of ``lanes`` of them with axes in front; to be filled by :func:`load`.

    Parameters
    ----------
    n_nodes : int
    n_pool : int
        Room for lists: twice the neighbours, and 2, is enough for all rules.
    lanes : tuple of int
    """

    def integers(*shape: int) -> NDArray[np.int32]:
        return np.empty((*lanes, *shape), dtype=np.int32)

    return State(
        pool=integers(n_pool),
        first=np.empty((*lanes, n_nodes), dtype=np.int64),
        length=integers(n_nodes),
        degree=integers(n_nodes),
        there=np.zeros((*lanes, n_nodes), dtype=np.uint8),
        seen=np.empty((*lanes, n_nodes), dtype=np.int64),
        around=integers(n_nodes),
        tally=integers(n_nodes),
        members=integers(n_nodes),
        small=integers(n_nodes),
        wide=integers(n_nodes),
        queued=np.empty((*lanes, n_nodes), dtype=np.uint8),
        trail=integers(n_nodes, 3),
        bucket=integers(n_nodes + 1),
        after=integers(n_nodes),
        counts=np.zeros((*lanes, N_COUNTS), dtype=np.int64),
    )


def start(ptr: NDArray[np.int64], neighbours: NDArray[np.int32], rules: int) -> State:
    """Return the state of a whole graph, every node queued."""
    state = allocate(len(ptr) - 1, 2 * len(neighbours) + 2)
    load(state, ptr, neighbours, rules)
    return state


@kernel
def load(state: State, ptr: NDArray[np.int64], neighbours: NDArray[np.int32], rules: int) -> None:
    """Make this the graph, every node queued; ``neighbours`` may hold others in front and behind."""
    begin, end = ptr[0], ptr[len(ptr) - 1]
    state.pool[: end - begin] = neighbours[begin:end]
    for node in range(len(ptr) - 1):
        state.first[node] = ptr[node] - begin
        state.degree[node] = ptr[node + 1] - ptr[node]
    start_anew(state, rules, end - begin)


@kernel
def start_anew(state: State, rules: int, n_entries: int) -> None:
    """Begin with all nodes, each queued, where ``pool``, ``first`` and ``degree`` hold a graph already."""
    state.length[:] = state.degree
    state.there[:] = 1
    state.seen[:] = 0
    state.queued[:] = 0
    state.counts[:] = 0
    state.counts[RULES], state.counts[POOL_END], state.counts[PEEL_DEGREE] = rules, n_entries, -1
    queue_all(state)


@kernel
def queue_all(state: State) -> None:
    """Queue every node that is left."""
    for node in range(len(state.first)):
        if state.there[node]:
            queue(state, node)


@kernel
def queue(state: State, node: int) -> None:
    """Queue a node for the rules of its degree, and for the others."""
    n = len(state.first)
    if state.degree[node] <= 2 and not state.queued[node] & IN_SMALL:
        state.queued[node] |= IN_SMALL
        state.small[(state.counts[SMALL_HEAD] + state.counts[SMALL_SIZE]) % n] = node
        state.counts[SMALL_SIZE] += 1
    if state.counts[RULES] & (DOMINATION | UNCONFINED) and not state.queued[node] & IN_WIDE:
        state.queued[node] |= IN_WIDE
        state.wide[(state.counts[WIDE_HEAD] + state.counts[WIDE_SIZE]) % n] = node
        state.counts[WIDE_SIZE] += 1


@kernel
def next_small(state: State) -> int:
    """Return the next queued node of small degree; it may have changed since."""
    node = int(state.small[state.counts[SMALL_HEAD]])
    state.counts[SMALL_HEAD] = (state.counts[SMALL_HEAD] + 1) % len(state.first)
    state.counts[SMALL_SIZE] -= 1
    state.queued[node] ^= IN_SMALL
    return node


@kernel
def next_wide(state: State) -> int:
    """Return the next node queued for domination and unconfined; it may have gone since."""
    node = int(state.wide[state.counts[WIDE_HEAD]])
    state.counts[WIDE_HEAD] = (state.counts[WIDE_HEAD] + 1) % len(state.first)
    state.counts[WIDE_SIZE] -= 1
    state.queued[node] ^= IN_WIDE
    return node


@kernel
def tidy(state: State, node: int) -> int:
    """Drop removed nodes from a list, keeping order; return where it begins. It has ``degree[node]`` entries then."""
    begin = int(state.first[node])
    if state.length[node] != state.degree[node]:
        kept = begin
        for at in range(begin, begin + state.length[node]):
            other = state.pool[at]
            if state.there[other]:
                state.pool[kept] = other
                kept += 1
        state.counts[WORK] += state.length[node]
        state.length[node] = kept - begin
    return begin


@kernel
def lose_neighbour(state: State, node: int) -> None:
    """Count one neighbour less, and queue what may follow from that."""
    state.degree[node] -= 1
    look_again(state, node)


@kernel
def look_again(state: State, node: int) -> None:
    """Queue a node and, if these are few, its neighbours."""
    queue(state, node)
    if state.degree[node] <= WIDE_DEGREE and state.counts[RULES] & (DOMINATION | UNCONFINED):
        begin = tidy(state, node)
        state.counts[WORK] += state.degree[node]
        for at in range(begin, begin + state.degree[node]):
            queue(state, state.pool[at])


@kernel
def remove(state: State, node: int) -> None:
    """Remove a node."""
    begin = tidy(state, node)
    state.there[node] = 0
    state.counts[WORK] += state.degree[node]
    for at in range(begin, begin + state.degree[node]):
        state.degree[state.pool[at]] -= 1
    for at in range(begin, begin + state.degree[node]):
        look_again(state, state.pool[at])


@kernel
def take(state: State, node: int) -> None:
    """Take a node into the set and remove its neighbours."""
    record(state, node, TAKEN, TAKEN)
    remove_closed(state, node)


@kernel
def remove_closed(state: State, node: int) -> None:
    """Remove a node and its neighbours."""
    begin = tidy(state, node)
    degree = state.degree[node]
    state.there[node] = 0
    for at in range(begin, begin + degree):
        other = state.pool[at]
        state.degree[other] -= 1
    for at in range(begin, begin + degree):
        remove(state, state.pool[at])


@kernel
def record(state: State, node: int, left: int, right: int) -> None:
    """Append a step to the trail."""
    at = state.counts[N_TRAIL]
    state.trail[at, 0], state.trail[at, 1], state.trail[at, 2] = node, left, right
    state.counts[N_TRAIL] += 1


@kernel
def adjacent(state: State, one: int, other: int) -> bool:
    """Tell whether two nodes that are left are adjacent."""
    if state.degree[one] > state.degree[other]:
        one, other = other, one
    begin = tidy(state, one)
    state.counts[WORK] += state.degree[one]
    found = False
    for at in range(begin, begin + state.degree[one]):
        found |= state.pool[at] == other
    return found


@kernel
def mark_neighbours(state: State, node: int) -> int:
    """Mark a node's neighbours with a new stamp, which is returned."""
    state.counts[STAMP] += 1
    stamp = int(state.counts[STAMP])
    begin = tidy(state, node)
    state.counts[WORK] += state.degree[node]
    for at in range(begin, begin + state.degree[node]):
        state.seen[state.pool[at]] = stamp
    return stamp


@kernel
def make_room(state: State, needed: int) -> None:
    """See that the pool has room for a list at its end."""
    if state.counts[POOL_END] + needed <= len(state.pool):
        return
    copy = np.empty(len(state.pool), dtype=np.int32)
    end = 0
    for node in range(len(state.first)):
        if not state.there[node]:
            continue
        begin = tidy(state, node)
        copy[end : end + state.degree[node]] = state.pool[begin : begin + state.degree[node]]
        state.first[node] = end
        end += state.degree[node]
    state.pool[:end] = copy[:end]
    state.counts[POOL_END] = end
    state.counts[WORK] += end + len(state.first)


@kernel
def fold(state: State, node: int, left: int, right: int) -> None:
    """Merge a node of degree 2 and its two neighbours, which are not adjacent, into the one of larger degree."""
    if state.degree[left] < state.degree[right]:
        left, right = right, left
    record(state, node, left, right)
    state.there[node] = 0
    state.degree[left] -= 1
    state.degree[right] -= 1
    merge(state, left, right)


@kernel
def merge(state: State, left: int, right: int) -> None:
    """Give a node the neighbours of another one too, which is not adjacent to it and is removed."""
    make_room(state, state.degree[left] + state.degree[right])
    stamp = mark_neighbours(state, left)
    begin, end = state.first[left], state.counts[POOL_END]
    state.pool[end : end + state.degree[left]] = state.pool[begin : begin + state.degree[left]]
    state.first[left] = end
    end += state.degree[left]
    begin = tidy(state, right)
    state.there[right] = 0
    state.counts[WORK] += state.degree[right]
    for at in range(begin, begin + state.degree[right]):
        other = state.pool[at]
        if state.seen[other] == stamp:
            state.degree[other] -= 1
        else:
            _rename(state, other, right, left)
            state.pool[end] = other
            end += 1
    state.degree[left] = state.length[left] = end - state.first[left]
    state.counts[POOL_END] = end
    for at in range(state.first[right], state.first[right] + state.degree[right]):
        look_again(state, state.pool[at])
    look_again(state, left)


@kernel
def _rename(state: State, node: int, old: int, new: int) -> None:
    """Replace an entry of a node's list."""
    at = state.first[node]
    while state.pool[at] != old:
        at += 1
    state.counts[WORK] += at - state.first[node]
    state.pool[at] = new
