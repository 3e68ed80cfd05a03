"""Routing with a map in the packet: what its nodes have told, and where to explore next, compiled.

A packet carries the part of the network that the nodes on its way know: their links, or also those of their neighbours.
Nodes of it whose own
neighbours are known are *heard*; the others are the *frontier*. The packet goes the shortest way of its map to the node
of the frontier for which the way and an estimate of what remains from there are least, and to the destination once that
is on the map. Estimates only change when something new is heard, and every step between makes the way to the chosen
node shorter: each connected pair is delivered, and a packet without frontier knows that there is no route.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.routing import FRONTIER
from coplug.jit import kernel

from .geometry import cosine, distance
from .network import Links
from .perceptron import Perceptron, evaluate
from .shortest import pop, push
from .walks import distances_to, note


class Map(NamedTuple):
    """What a packet has on its map, and memory to search it.

    A node is of a packet if its entry is that packet's number.

    Attributes
    ----------
    heard_by, seen_by : int64, shape (n_nodes,)
    heard, frontier : int32, shape (n_nodes,)
        The heard nodes of the packet, in order; nodes of the frontier, and some that have been.
    estimate : float64, shape (n_nodes,)
        Of what remains from a node of the frontier.
    reach : float64, shape (n_nodes,)
        Lengths of ways on the map in the last search.
    searched : int64, shape (n_nodes,)
        Number of the search that ``reach`` and ``back`` are of.
    back : int32, shape (n_nodes,)
        The node before on such a way.
    keys, items
        A heap.
    density : float64, shape (1,)
        Mean degree of the nodes that the origin told.
    features : float32, shape (8,)
    hidden : float32, shape (width,)
    """

    heard_by: NDArray[np.int64]
    seen_by: NDArray[np.int64]
    heard: NDArray[np.int32]
    frontier: NDArray[np.int32]
    estimate: NDArray[np.float64]
    reach: NDArray[np.float64]
    searched: NDArray[np.int64]
    back: NDArray[np.int32]
    keys: NDArray[np.float64]
    items: NDArray[np.int32]
    density: NDArray[np.float64]
    features: NDArray[np.float32]
    hidden: NDArray[np.float32]


@kernel
def new_map(n_nodes: int, n_ends: int, width: int) -> Map:
    """Return the memory that packets on a network of this size need."""
    return Map(
        np.full(n_nodes, -1, np.int64),
        np.full(n_nodes, -1, np.int64),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes),
        np.empty(n_nodes),
        np.full(n_nodes, -1, np.int64),
        np.empty(n_nodes, np.int32),
        np.empty(n_ends + 1),
        np.empty(n_ends + 1, np.int32),
        np.zeros(1),
        np.zeros(len(FRONTIER), np.float32),
        np.zeros(width, np.float32),
    )


class Travel(NamedTuple):
    """How the packets of some origins fared on their way to one destination.

    Attributes
    ----------
    costs : float64, shape (n_origins,)
        Infinite where the packet came to know that there is no route.
    hops : int64, shape (n_origins,)
    seen, known_links : int64, shape (n_origins,)
        Nodes and links on the map in the end.
    """

    costs: NDArray[np.float64]
    hops: NDArray[np.int64]
    seen: NDArray[np.int64]
    known_links: NDArray[np.int64]


@kernel
def explored_to(
    links: Links,
    net: Perceptron,
    two_hops: bool,
    dest: int,
    origins: NDArray[np.int64],
    route: NDArray[np.int32],
) -> Travel:
    """Send a packet from each origin to a destination; see :class:`Travel`.

    Parameters
    ----------
    links : Links
    net : Perceptron
        Estimates what the way from a node of the frontier is longer than the straight line: as a share of that where
        nodes know two hops, in radii where they know one.
    two_hops : bool
        Whether nodes know the links of their neighbours.
    dest : int
    origins : int64, shape (n_origins,)
    route : int32
        Of a lone packet, see :func:`~.walks.note`.
    """
    packet = new_map(len(links.ptr) - 1, len(links.ends), len(net.first_bias))
    to_dest = distances_to(links, dest)
    costs = np.full(len(origins), np.inf)
    hops, seen, known = np.zeros((3, len(origins)), np.int64)
    search = 0
    for number in range(len(origins)):
        node, total, n_heard, n_frontier = origins[number], 0.0, 0, 0
        while True:
            note(route, node)
            n_heard, n_frontier = _hear(
                links, net, packet, two_hops, number, node, to_dest, n_heard, n_frontier
            )
            if node == dest:
                costs[number] = total
                break
            search += 1
            n_frontier, goal = _goal(links, packet, number, search, node, dest, to_dest, n_frontier)
            if goal < 0:
                break
            while packet.back[goal] != node:
                goal = packet.back[goal]
            for k in range(links.ptr[node], links.ptr[node + 1]):
                if links.ends[k] == goal:
                    total += links.costs[k]
            node = goal
            hops[number] += 1
        seen[number], known[number] = _size(links, packet, number, n_heard)
    return Travel(costs, hops, seen, known)


@kernel
def _size(links: Links, packet: Map, number: int, n_heard: int) -> tuple[int, int]:
    """Return how many nodes and links are on the map."""
    n_seen, n_links = 0, 0
    for i in range(len(packet.seen_by)):
        n_seen += packet.seen_by[i] == number
    for i in range(n_heard):
        heard = packet.heard[i]
        for k in range(links.ptr[heard], links.ptr[heard + 1]):
            end = links.ends[k]
            n_links += packet.heard_by[end] != number or heard < end
    return n_seen, n_links


@kernel
def _hear(
    links: Links,
    net: Perceptron,
    packet: Map,
    two_hops: bool,
    number: int,
    node: int,
    to_dest: NDArray[np.float64],
    n_heard: int,
    n_frontier: int,
) -> tuple[int, int]:
    """Put what a node knows on the map; returns how many nodes are heard, and listed as frontier, now."""
    before = n_heard
    for k in range(links.ptr[node] - 1, links.ptr[node + 1] if two_hops else links.ptr[node]):
        who = node if k < links.ptr[node] else links.ends[k]
        if packet.heard_by[who] == number:
            continue
        packet.heard_by[who] = packet.seen_by[who] = number
        packet.heard[n_heard] = who
        n_heard += 1
    if before == 0:
        degrees = 0
        for i in range(n_heard):
            degrees += links.ptr[packet.heard[i] + 1] - links.ptr[packet.heard[i]]
        packet.density[0] = degrees / n_heard
    for i in range(before, n_heard):
        who = packet.heard[i]
        for k in range(links.ptr[who], links.ptr[who + 1]):
            end = links.ends[k]
            if packet.heard_by[end] == number:
                continue
            if packet.seen_by[end] != number:
                packet.seen_by[end] = number
                packet.frontier[n_frontier] = end
                n_frontier += 1
            packet.estimate[end] = -1.0
    for i in range(n_frontier):
        end = packet.frontier[i]
        if packet.estimate[end] < 0.0 and packet.heard_by[end] != number:
            _describe(links, packet, two_hops, number, end, to_dest, packet.features)
            beyond = max(0.0, evaluate(net, packet.features, packet.hidden))
            packet.estimate[end] = to_dest[end] + beyond * (to_dest[end] if two_hops else links.radius)
    return n_heard, n_frontier


@kernel
def _goal(
    links: Links,
    packet: Map,
    number: int,
    search: int,
    start: int,
    dest: int,
    to_dest: NDArray[np.float64],
    n_frontier: int,
) -> tuple[int, int]:
    """Return the length of the frontier's list, and the destination if it is on the map, else the best of the frontier.

    The second is -1 if the frontier is empty. It is a search by A*, in which no way is shorter than the straight line,
    and no estimate either, nor than the least estimate of all.
    """
    known = packet.seen_by[dest] == number
    least, left = 0.0 if known else np.inf, 0
    for i in range(n_frontier):
        node = packet.frontier[i]
        if packet.heard_by[node] != number:
            packet.frontier[left] = node
            left += 1
            least = min(least, packet.estimate[node])
    best, goal = np.inf, -1
    packet.reach[start], packet.searched[start], packet.back[start] = 0.0, search, start
    size = push(packet.keys, packet.items, 0, max(least, to_dest[start]), start)
    while size > 0:
        key, node = packet.keys[0], packet.items[0]
        if key >= best:
            break
        size = pop(packet.keys, packet.items, size)
        reach = packet.reach[node]
        if key > reach + max(least, to_dest[node]):
            continue
        if node == dest:
            return left, dest
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end, way = links.ends[k], reach + links.spans[k]
            if packet.seen_by[end] != number:
                continue
            if packet.searched[end] == search and packet.reach[end] <= way:
                continue
            is_heard = packet.heard_by[end] == number
            if not is_heard and packet.heard_by[node] != number:
                continue
            packet.reach[end], packet.searched[end], packet.back[end] = way, search, node
            rest = max(least, to_dest[end])
            if not is_heard and not known:
                if way + packet.estimate[end] < best:
                    best, goal = way + packet.estimate[end], end
                rest = np.inf  # ways through the frontier are found on arrival
            if way + rest < best:
                size = push(packet.keys, packet.items, size, way + rest, end)
    return left, goal


@kernel
def _describe(
    links: Links,
    packet: Map,
    two_hops: bool,
    number: int,
    node: int,
    to_dest: NDArray[np.float64],
    out: NDArray[np.float32],
) -> None:
    """Write what is known of a node of the frontier, see :data:`coplug.inference.architectures.routing.FRONTIER`."""
    unit, rest = 1.0 / links.radius, to_dest[node]
    near, nearest, progress, slack, best = 0, np.inf, -np.inf, np.inf, -1
    for k in range(links.ptr[node], links.ptr[node + 1]):
        end = links.ends[k]
        if packet.heard_by[end] != number:
            continue
        near += 1
        nearest = min(nearest, links.spans[k])
        progress = max(progress, rest - to_dest[end])
        if links.spans[k] + rest - to_dest[end] < slack:
            slack, best = links.spans[k] + rest - to_dest[end], k
    before = links.ends[best]
    ahead = 0
    if not two_hops:
        for k in range(links.ptr[before], links.ptr[before + 1]):
            third = links.ends[k]
            if to_dest[third] < rest and third != node:
                ahead += distance(links.place, links.curved, node, third) <= links.radius
    out[0], out[1] = rest * unit, near * 0.1
    out[2], out[3] = nearest * unit, progress * unit
    out[4], out[5] = packet.density[0] * 0.1, slack * unit
    out[6] = 1.0 - cosine(links.curved, links.spans[best], rest, to_dest[before])
    out[7] = ahead * 0.2
