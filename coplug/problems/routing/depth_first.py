"""Depth-first search with the visited nodes listed in the packet, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

from .network import Links
from .walks import distances_to, link_cost, note


@kernel
def depth_first_to(
    links: Links, dest: int, origins: NDArray[np.int64], two_hops: bool, route: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Send a packet from each origin to the neighbour nearest to the destination that it has not visited, or back.

    Parameters
    ----------
    links : Links
    dest : int
    origins : int64, shape (n_origins,)
    two_hops : bool
        Whether nodes know their neighbours' neighbours: a neighbour then counts as near as the nearest node that was
        not visited and is reached over it, and one over which none is reached is passed by.
    route : int32
        Of a lone packet, see :func:`~.walks.note`.

    Returns
    -------
    costs : float64, shape (n_origins,)
        Infinite where there is no route.
    listed : int64, shape (n_origins,)
        Nodes in the packet in the end.
    """
    n = len(links.ptr) - 1
    to_dest = distances_to(links, dest)
    costs, listed = np.full(len(origins), np.inf), np.zeros(len(origins), np.int64)
    seen, way = np.full(n, -1, np.int64), np.empty(n, np.int32)
    for number in range(len(origins)):
        node, total, depth = origins[number], 0.0, 0
        seen[node], way[0] = number, node
        listed[number] = 1
        note(route, node)
        while node != dest:
            following = _next(links, node, dest, to_dest, seen, number, two_hops)
            if following < 0 and depth == 0:
                break
            if following < 0:
                depth -= 1
                following = way[depth]
            else:
                depth += 1
                way[depth], seen[following] = following, number
                listed[number] += 1
            total += link_cost(links, node, following)
            node = following
            note(route, node)
        if node == dest:
            costs[number] = total
    return costs, listed


@kernel
def _next(
    links: Links,
    node: int,
    dest: int,
    to_dest: NDArray[np.float64],
    seen: NDArray[np.int64],
    number: int,
    two_hops: bool,
) -> int:
    chosen, best = -1, np.inf
    for k in range(links.ptr[node], links.ptr[node + 1]):
        end = links.ends[k]
        if end == dest:
            return dest
        if seen[end] == number:
            continue
        score = to_dest[end]
        if two_hops:
            score = np.inf
            for j in range(links.ptr[end], links.ptr[end + 1]):
                third = links.ends[j]
                if third != node and seen[third] != number:
                    score = min(score, to_dest[third])
        if score < best:
            chosen, best = end, score
    return chosen
