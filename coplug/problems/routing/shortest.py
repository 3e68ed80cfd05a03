"""Shortest paths from and to one node, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

from .network import Links


@kernel
def push(keys: NDArray[np.float64], items: NDArray[np.int32], size: int, key: float, item: int) -> int:
    """Put an item into a binary heap of these arrays; returns the new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= key:
            break
        keys[at], items[at] = keys[above], items[above]
        at = above
    keys[at], items[at] = key, item
    return size + 1


@kernel
def pop(keys: NDArray[np.float64], items: NDArray[np.int32], size: int) -> int:
    """Remove the item of least key, which was at 0; returns the new size."""
    size -= 1
    key, item = keys[size], items[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[at], items[at] = keys[below], items[below]
        at = below
    keys[at], items[at] = key, item
    return size


@kernel
def shortest_to(links: Links, dest: int) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the cost of the cheapest route of each node to ``dest``, and its next node; Dijkstra's algorithm.

    Returns
    -------
    costs : float64, shape (n_nodes,)
        Infinite where there is no route.
    following : int32, shape (n_nodes,)
        -1 where there is none, and at ``dest``.
    """
    n = len(links.ptr) - 1
    costs = np.full(n, np.inf)
    following = np.full(n, -1, np.int32)
    keys = np.empty(len(links.ends) + 1)
    items = np.empty(len(links.ends) + 1, np.int32)
    costs[dest] = 0.0
    size = push(keys, items, 0, 0.0, dest)
    while size > 0:
        key, node = keys[0], items[0]
        size = pop(keys, items, size)
        if key > costs[node]:
            continue
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end, cost = links.ends[k], key + links.costs[k]
            if cost < costs[end]:
                costs[end], following[end] = cost, node
                size = push(keys, items, size, cost, end)
    return costs, following


@kernel
def shortest_costs(links: Links, dests: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cost from each node to each of ``dests``, float64, shape (n_dests, n_nodes)."""
    found = np.empty((len(dests), len(links.ptr) - 1))
    for k in range(len(dests)):
        found[k] = shortest_to(links, dests[k])[0]
    return found
