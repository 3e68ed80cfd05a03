"""Upper bounds for independent sets, and the cliques that make an exact model tight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel


def clique_cover_bound(graph: Graph) -> int:
    """Return the number of cliques of a greedy partition of the nodes: no independent set is larger."""
    order = np.argsort(graph.degrees, kind="stable").astype(np.int32)
    return int(_cover(graph.ptr, graph.neighbours, order)[0])


def weighted_clique_cover_bound(graph: Graph) -> int:
    """Return the sum of the heaviest weights of the cliques of a greedy partition: no independent set is heavier.

    The graph's node weights are whole numbers. The heaviest node comes first, so those that join its clique are free.
    """
    weights = graph.weights_of_nodes()
    order = np.argsort(-weights, kind="stable").astype(np.int32)
    n_cliques, clique_of = _cover(graph.ptr, graph.neighbours, order)
    heaviest = np.zeros(n_cliques)
    np.maximum.at(heaviest, clique_of, weights)
    return int(heaviest.sum())


@kernel
def _cover(
    ptr: NDArray[np.int64], neighbours: NDArray[np.int32], order: NDArray[np.int32]
) -> tuple[int, NDArray[np.int32]]:
    """Put each node into the largest clique whose members are all its neighbours, or into one of its own.

    Return how many cliques there are, and which each node is in.
    """
    n = len(ptr) - 1
    clique_of = np.full(n, -1, dtype=np.int32)
    size = np.zeros(n, dtype=np.int32)
    beside = np.zeros(n, dtype=np.int32)
    n_cliques = 0
    for node in order:
        chosen = n_cliques
        for at in range(ptr[node], ptr[node + 1]):
            clique = clique_of[neighbours[at]]
            if clique >= 0:
                beside[clique] += 1
                if beside[clique] == size[clique] and (chosen == n_cliques or size[clique] > size[chosen]):
                    chosen = clique
        for at in range(ptr[node], ptr[node + 1]):
            clique = clique_of[neighbours[at]]
            if clique >= 0:
                beside[clique] = 0
        clique_of[node] = chosen
        size[chosen] += 1
        n_cliques += chosen == n_cliques
    return n_cliques, clique_of


def edge_clique_cover(graph: Graph) -> list[NDArray[np.int32]]:
    """Return cliques that together hold every edge: uncovered edges, extended by common neighbours in order."""
    members, ends = _extend(graph.ptr, graph.neighbours)
    return np.split(members, ends[:-1]) if len(ends) else []


@kernel
def _extend(
    ptr: NDArray[np.int64], neighbours: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the cliques one after the other, and where each ends."""
    n, n_entries = len(ptr) - 1, len(neighbours)
    covered = np.zeros(n_entries, dtype=np.uint8)
    members = np.empty(n_entries + n + 2, dtype=np.int32)
    ends = np.empty(n_entries // 2, dtype=np.int64)
    used, n_cliques = 0, 0
    for node in range(n):
        for at in range(ptr[node], ptr[node + 1]):
            if covered[at] or neighbours[at] < node:
                continue
            begin = used
            if used + ptr[node + 1] - ptr[node] + 1 > len(members):
                members = np.concatenate((members, np.empty_like(members)))
            members[used], members[used + 1] = node, neighbours[at]
            used += 2
            for place in range(ptr[node], ptr[node + 1]):
                other = neighbours[place]
                if place != at and _joins(ptr, neighbours, members[begin + 1 : used], other):
                    members[used] = other
                    used += 1
            for one in members[begin:used]:
                for other in members[begin:used]:
                    if one != other:
                        covered[_entry(ptr, neighbours, one, other)] = 1
            ends[n_cliques] = used
            n_cliques += 1
    return members[:used].copy(), ends[:n_cliques].copy()


@kernel
def _entry(ptr: NDArray[np.int64], neighbours: NDArray[np.int32], node: int, other: int) -> int:
    """Return where ``other`` stands, or would stand, in the list of ``node``."""
    begin = ptr[node]
    return int(begin + np.searchsorted(neighbours[begin : ptr[node + 1]], other))


@kernel
def _joins(
    ptr: NDArray[np.int64], neighbours: NDArray[np.int32], clique: NDArray[np.int32], node: int
) -> bool:
    """Tell whether a node is adjacent to all members."""
    for member in clique:
        at = _entry(ptr, neighbours, member, node)
        if at == ptr[member + 1] or neighbours[at] != node:
            return False
    return True
