"""Packets on their ways, by rules without a state in the packet: all origins of a destination at a time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

from .geometry import distance
from .network import Links
from .perceptron import Perceptron
from .rules import Scratch, next_from, next_node

UNKNOWN, ON_THE_WAY = -1.0, -2.0

NO_ROUTE = np.zeros(0, np.int32)
"""For walks whose routes nobody asks for."""


def new_route(links: Links) -> NDArray[np.int32]:
    """Return memory for the route of a lone packet; see :func:`note`."""
    return np.zeros(64 * (len(links.ends) + len(links.ptr)) + 2, np.int32)


@kernel
def note(route: NDArray[np.int32], node: int) -> None:
    """Append a node to a route, whose first entry counts the others; nothing is kept if there is no room."""
    if len(route) > 0 and route[0] + 1 < len(route):
        route[0] += 1
        route[route[0]] = node


@kernel
def distances_to(links: Links, dest: int) -> NDArray[np.float64]:
    """Return the distance of every node to one, float64, shape (n_nodes,)."""
    found = np.empty(len(links.ptr) - 1)
    for node in range(len(found)):
        found[node] = distance(links.place, links.curved, node, dest)
    return found


@kernel
def walks_to(
    links: Links,
    rule: int,
    net: Perceptron,
    dest: int,
    origins: NDArray[np.int64],
    scratch: Scratch,
    route: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return what the routes of a rule without origin cost, infinite where a packet is lost.

    Where a packet goes depends on where it is alone, so that each node is decided on once and a node that comes again
    loses the packet. ``route`` is that of a lone packet, see :func:`note`.
    """
    n = len(links.ptr) - 1
    to_dest = distances_to(links, dest)
    costs = np.full(n, UNKNOWN)
    costs[dest] = 0.0
    trail = np.empty(n, np.int32)
    paid = np.empty(n)
    for origin in origins:
        node, length = origin, 0
        while costs[node] == UNKNOWN:
            costs[node] = ON_THE_WAY
            following = next_node(links, rule, net, node, dest, to_dest, scratch)
            trail[length] = node
            note(route, node)
            paid[length] = link_cost(links, node, following) if following >= 0 else np.inf
            length += 1
            if following >= 0:
                node = following
        note(route, node)
        total = np.inf if costs[node] == ON_THE_WAY else costs[node]
        for k in range(length - 1, -1, -1):
            total += paid[k]
            costs[trail[k]] = total
    return costs[origins]


@kernel
def walks_from_to(
    links: Links,
    rule: int,
    net: Perceptron,
    dest: int,
    origins: NDArray[np.int64],
    scratch: Scratch,
    route: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the same of a rule that also knows the origin."""
    to_dest = distances_to(links, dest)
    costs = np.full(len(origins), np.inf)
    seen = np.full(len(links.ptr) - 1, -1, np.int64)
    for k in range(len(origins)):
        origin, node, total = origins[k], origins[k], 0.0
        while node != dest and seen[node] != k:
            seen[node] = k
            note(route, node)
            following = next_from(links, rule, net, node, origin, dest, to_dest, scratch)
            if following < 0:
                break
            total += link_cost(links, node, following)
            node = following
        note(route, node)
        if node == dest:
            costs[k] = total
    return costs


@kernel
def link_cost(links: Links, node: int, neighbour: int) -> float:
    """Return the cost of a link; infinite if there is none."""
    low, high = links.ptr[node], links.ptr[node + 1]
    while low < high:
        middle = (low + high) >> 1
        if links.ends[middle] < neighbour:
            low = middle + 1
        else:
            high = middle
    if low < links.ptr[node + 1] and links.ends[low] == neighbour:
        return float(links.costs[low])
    return math.inf
