"""The rules of :mod:`coplug.problems.mis.weighted.reductions`, compiled."""

from __future__ import annotations

from coplug.jit import kernel
from coplug.problems.mis.reduction_graph import (
    POOL_END,
    SMALL_SIZE,
    STAMP,
    WIDE_SIZE,
    WORK,
    WORK_LIMIT,
    adjacent,
    look_again,
    make_room,
    mark_neighbours,
    merge,
    next_small,
    next_wide,
    remove,
    remove_closed,
    tidy,
)
from coplug.problems.mis.weighted.reduction_state import (
    CHAINED,
    FOLDED,
    JOINED,
    OFFSET,
    SPARE,
    TAKEN,
    State,
    close,
    push,
)

NONE = -1
LARGEST_CLIQUE = 32
"""Neighbours of a node up to which these are tested for being a clique, independent, or those of a twin."""

LARGEST_ASSUMED = 32
"""How many nodes may be assumed to be in the set before unconfined gives up."""

LARGEST_CHAIN = 3
"""Neighbours of a chain's heavy end; of more, edges would be added than are removed."""


@kernel
def reduce_some(state: State, work: int) -> bool:
    """Apply rules, the cheap ones first, until none applies (True) or so many list entries have been read (False)."""
    graph = state.graph
    end = graph.counts[WORK] + work
    while graph.counts[WORK] < end:
        if graph.counts[SMALL_SIZE]:
            node = next_small(graph)
            if graph.there[node]:
                _reduce_small(state, node)
        elif graph.counts[WIDE_SIZE]:
            node = next_wide(graph)
            if graph.there[node] and graph.counts[WORK] < graph.counts[WORK_LIMIT]:
                _reduce_wide(state, node)
        else:
            return True
        graph.counts[WORK] += 1
    return False


@kernel
def _reduce_small(state: State, node: int) -> None:
    """Apply the rules of degrees 0, 1 and 2."""
    graph = state.graph
    degree = graph.degree[node]
    around, least = _around(state, node)
    if state.weight[node] >= around:
        take(state, node)
    elif degree == 1:
        _spare(state, node)
    elif degree == 2:
        begin = tidy(graph, node)
        left, right = graph.pool[begin], graph.pool[begin + 1]
        if adjacent(graph, left, right):
            _spare(state, node)
        elif state.weight[node] >= around - least:
            _fold(state, node, around)
        else:
            _chain(state, node, left, right)


@kernel
def _reduce_wide(state: State, node: int) -> None:
    """Apply the rules of all degrees, until one applies."""
    graph = state.graph
    around, least = _around(state, node)
    weight = state.weight[node]
    if weight >= around:
        take(state, node)
        return
    if graph.degree[node] <= LARGEST_CLIQUE:
        if _is_clique(state, node):
            _spare(state, node)
            return
        if weight >= around - least and _is_independent(state, node):
            _fold(state, node, around)
            return
        if _join(state, node):
            return
    if unconfined(state, node):
        remove(graph, node)


@kernel
def _around(state: State, node: int) -> tuple[int, int]:
    """Return the sum and the least of the neighbours' weights; 0 without neighbours."""
    begin = tidy(state.graph, node)
    degree = state.graph.degree[node]
    state.graph.counts[WORK] += degree
    total, least = 0, 0
    for at in range(begin, begin + degree):
        weight = state.weight[state.graph.pool[at]]
        total += weight
        least = weight if at == begin else min(least, weight)
    return total, least


@kernel
def take(state: State, node: int) -> None:
    """Take a node into the set and remove its neighbours."""
    close(state, node, 0, TAKEN)
    state.counts[OFFSET] += state.weight[node]
    remove_closed(state.graph, node)


@kernel
def _spare(state: State, node: int) -> None:
    """Take a node whose neighbours are a clique, to be exchanged for one of these that turns out to be better."""
    graph, weight = state.graph, state.weight[node]
    begin = tidy(graph, node)
    degree = graph.degree[node]
    graph.members[:degree] = graph.pool[begin : begin + degree]
    state.counts[OFFSET] += weight
    graph.there[node] = 0
    n_heavier = 0
    for k in range(degree):
        other = graph.members[k]
        graph.degree[other] -= 1
        state.weight[other] -= weight
        if state.weight[other] > 0:
            push(state, other)
            n_heavier += 1
    close(state, node, n_heavier, SPARE)
    for k in range(degree):
        other = graph.members[k]
        if state.weight[other] > 0:
            look_again(graph, other)
        else:
            remove(graph, other)


@kernel
def _is_clique(state: State, node: int) -> bool:
    """Tell whether the neighbours of a node are pairwise adjacent."""
    graph = state.graph
    stamp = mark_neighbours(graph, node)
    begin, degree = graph.first[node], graph.degree[node]
    for at in range(begin, begin + degree):
        other = graph.pool[at]
        if graph.degree[other] < degree or _n_marked(state, other, stamp) < degree - 1:
            return False
    return True


@kernel
def _is_independent(state: State, node: int) -> bool:
    """Tell whether no two neighbours of a node are adjacent."""
    graph = state.graph
    stamp = mark_neighbours(graph, node)
    begin = graph.first[node]
    n_edges = 0
    for at in range(begin, begin + graph.degree[node]):
        n_edges += _n_marked(state, graph.pool[at], stamp)
    return n_edges == 0


@kernel
def _n_marked(state: State, node: int, stamp: int) -> int:
    """Count the neighbours of a node that have a stamp."""
    graph = state.graph
    begin = tidy(graph, node)
    graph.counts[WORK] += graph.degree[node]
    count = 0
    for at in range(begin, begin + graph.degree[node]):
        count += graph.seen[graph.pool[at]] == stamp
    return count


@kernel
def _fold(state: State, node: int, around: int) -> None:
    """Merge a node and its neighbours, which are independent and heavier together only, into one of these."""
    graph = state.graph
    begin = tidy(graph, node)
    degree = graph.degree[node]
    graph.members[:degree] = graph.pool[begin : begin + degree]
    state.counts[OFFSET] += state.weight[node]
    graph.there[node] = 0
    for k in range(degree):
        other = graph.members[k]
        graph.degree[other] -= 1
        push(state, other)
    close(state, node, degree, FOLDED)
    one = graph.members[0]
    state.weight[one] = around - state.weight[node]
    for k in range(1, degree):
        merge(graph, one, graph.members[k])


@kernel
def _join(state: State, node: int) -> bool:
    """Merge a node and one with the same neighbours, if there is one, into the node."""
    graph = state.graph
    stamp = mark_neighbours(graph, node)
    begin, degree = graph.first[node], graph.degree[node]
    if degree == 0:
        return False
    near = graph.pool[begin]
    for at in range(begin, begin + degree):
        if graph.degree[graph.pool[at]] < graph.degree[near]:
            near = graph.pool[at]
    begin = tidy(graph, near)
    graph.counts[WORK] += graph.degree[near]
    for at in range(begin, begin + graph.degree[near]):
        other = graph.pool[at]
        if other == node or graph.degree[other] != degree or graph.seen[other] == stamp:
            continue
        if _n_marked(state, other, stamp) == degree:
            push(state, other)
            close(state, node, 1, JOINED)
            state.weight[node] += state.weight[other]
            remove(graph, other)
            look_again(graph, node)
            return True
    return False


@kernel
def _chain(state: State, node: int, left: int, right: int) -> None:
    """Remove a node of degree 2 between a heavier node and one that is not, which then stands for both of these.

    With the heavy end alone in the set, its weight less that of the node is gained; the other end alone is no better
    than the node. So that end is taken with the heavy one only, whose neighbours it gets too.
    """
    graph, weight = state.graph, state.weight[node]
    heavy, light = (left, right) if state.weight[left] > state.weight[right] else (right, left)
    if state.weight[light] > weight or graph.degree[heavy] > LARGEST_CHAIN:
        return
    push(state, heavy)
    push(state, light)
    close(state, node, 2, CHAINED)
    state.counts[OFFSET] += weight
    state.weight[heavy] -= weight
    graph.there[node] = 0
    graph.degree[heavy] -= 1
    graph.degree[light] -= 1
    stamp = mark_neighbours(graph, light)
    begin = tidy(graph, heavy)
    degree = graph.degree[heavy]
    graph.members[:degree] = graph.pool[begin : begin + degree]
    for k in range(degree):
        other = graph.members[k]
        if graph.seen[other] != stamp:
            _append(state, light, other)
            _append(state, other, light)
    look_again(graph, heavy)
    look_again(graph, light)


@kernel
def _append(state: State, node: int, other: int) -> None:
    """Append to a node's list, which moves to the end of the pool."""
    graph = state.graph
    make_room(graph, graph.degree[node] + 1)
    begin, end = tidy(graph, node), graph.counts[POOL_END]
    degree = graph.degree[node]
    graph.pool[end : end + degree] = graph.pool[begin : begin + degree]
    graph.pool[end + degree] = other
    graph.first[node] = end
    graph.degree[node] = graph.length[node] = degree + 1
    graph.counts[POOL_END] = end + degree + 1
    graph.counts[WORK] += degree + 1


@kernel
def unconfined(state: State, node: int) -> bool:
    """Tell whether assuming that the node is in every heaviest set leads to a contradiction.

    The assumed set S grows from the node. Let u be outside, beside members of S of weight at most its own, and X its
    neighbours that are neither in S nor beside it. A heaviest set that contains S must have more of X than u exceeds
    those members, or they could be exchanged for u: a contradiction if X is not heavier than that; and if X without
    one node is not, that one is in S too.
    """
    graph = state.graph
    graph.counts[STAMP] += 1
    stamp = graph.counts[STAMP]
    n_around = _assume(state, node, stamp, 0)
    for _ in range(LARGEST_ASSUMED):
        forced = NONE
        for k in range(n_around):
            other = graph.around[k]
            excess = state.weight[other] - state.held[other]
            if excess < 0:
                continue
            total, heaviest = _beyond(state, other, stamp, excess)
            if total <= excess:
                return True
            if total - state.weight[heaviest] <= excess:
                forced = heaviest
                break
        if forced == NONE:
            return False
        n_around = _assume(state, forced, stamp, n_around)
    return False


@kernel
def _assume(state: State, node: int, stamp: int, n_around: int) -> int:
    """Add a node to the assumed set, and its weight to what its neighbours are beside."""
    graph = state.graph
    graph.seen[node] = stamp
    begin = tidy(graph, node)
    graph.counts[WORK] += graph.degree[node]
    for at in range(begin, begin + graph.degree[node]):
        other = graph.pool[at]
        if graph.seen[other] == stamp:
            state.held[other] += state.weight[node]
        else:
            graph.seen[other] = stamp
            state.held[other] = state.weight[node]
            graph.around[n_around] = other
            n_around += 1
    return n_around


@kernel
def _beyond(state: State, node: int, stamp: int, excess: int) -> tuple[int, int]:
    """Return the total weight of a node's neighbours without a stamp, and the heaviest of them, NONE without any.

    The total may stop short of the rest where it exceeds ``excess`` by more than the heaviest.
    """
    graph = state.graph
    total, heaviest = 0, NONE
    begin = tidy(graph, node)
    for at in range(begin, begin + graph.degree[node]):
        other = graph.pool[at]
        if graph.seen[other] == stamp:
            continue
        total += state.weight[other]
        if heaviest == NONE or state.weight[other] > state.weight[heaviest]:
            heaviest = other
        if total - state.weight[heaviest] > excess:
            graph.counts[WORK] += at - begin
            return total, heaviest
    graph.counts[WORK] += graph.degree[node]
    return total, heaviest
