"""Routing with a map in the packet: what its nodes have told, and where to explore next, compiled.

A packet carries the part of the network that the nodes on its way know: their links, or also those of their neighbours.
Nodes of it whose own neighbours are known are *heard*; the others are the *frontier*. The packet goes the shortest way
of its map to the node of the frontier for which the way and an estimate of what remains from there are least. Once the
destination is on the map it goes there instead; where links come from a radius, a node of the frontier within it is
presumed to be linked with the destination. The packet plans anew when something new is heard, so that each connected
pair is delivered, and one without frontier knows that there is no route.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.routing import FRONTIER
from coplug.jit import inlined_kernel, kernel

from .geometry import cosine, distance
from .network import Links
from .perceptron import Perceptron, evaluate
from .shortest import pop, push
from .walks import distances_to, note

HEARD, SEEN, KNOWN_LINKS, SEARCHES = 0, 1, 2, 3
"""Places in :attr:`Map.counts`."""


class Map(NamedTuple):
    """What a packet has on its map, and memory to search it.

    Attributes
    ----------
    mark : int64, shape (n_nodes,)
        Twice the packet's number for its seen nodes, 1 more for its heard ones, less for what is not on its map.
    counts : int64, shape (4,)
        Heard nodes, seen nodes and known links of the packet; searches of all packets so far.
    estimate : float64, shape (n_nodes,)
        Of what remains from a node of the frontier; negative until it is asked for.
    reach : float64, shape (n_nodes,)
        Lengths of ways on the map in the last search.
    searched : int64, shape (n_nodes,)
        Number of the search that ``reach`` and ``back`` are of.
    back : int32, shape (n_nodes,)
        The node before on such a way.
    plan : int32, shape (n_nodes,)
        The nodes that the packet is about to visit, the next one last.
    keys, items
        A heap.
    density : float64, shape (1,)
        Mean degree of the nodes that the origin told.
    features : float32, shape (8,)
    hidden : float32, shape (width,)
    """

    mark: NDArray[np.int64]
    counts: NDArray[np.int64]
    estimate: NDArray[np.float64]
    reach: NDArray[np.float64]
    searched: NDArray[np.int64]
    back: NDArray[np.int32]
    plan: NDArray[np.int32]
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
        np.zeros(4, np.int64),
        np.empty(n_nodes),
        np.empty(n_nodes),
        np.full(n_nodes, -1, np.int64),
        np.empty(n_nodes, np.int32),
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
        nodes know two hops, in radii where they know one. One without features takes the straight line.
    two_hops : bool
        Whether nodes know the links of their neighbours.
    dest : int
    origins : int64, shape (n_origins,)
    route : int32
        Of a lone packet, see :func:`~.walks.note`.
    """
    packet = new_map(len(links.ptr) - 1, len(links.ends), net.first.shape[1])
    to_dest = distances_to(links, dest)
    costs = np.full(len(origins), np.inf)
    hops, seen, known = np.zeros((3, len(origins)), np.int64)
    for number in range(len(origins)):
        node, total, planned = origins[number], 0.0, 0
        packet.counts[:SEARCHES] = 0
        while True:
            note(route, node)
            if node == dest:
                costs[number] = total
                break
            if _hear(links, packet, two_hops, number, node):
                goal = _goal(links, net, packet, two_hops, number, node, dest, to_dest)
                planned = 0
                while goal >= 0 and goal != node:
                    packet.plan[planned] = goal
                    planned += 1
                    goal = packet.back[goal]
            if planned == 0:
                break
            planned -= 1
            following = packet.plan[planned]
            for k in range(links.ptr[node], links.ptr[node + 1]):
                if links.ends[k] == following:
                    total += links.costs[k]
            node = following
            hops[number] += 1
        seen[number], known[number] = packet.counts[SEEN], packet.counts[KNOWN_LINKS]
    return Travel(costs, hops, seen, known)


@inlined_kernel
def _hear(links: Links, packet: Map, two_hops: bool, number: int, node: int) -> bool:
    """Put what a node knows on the map; returns whether any of it is new."""
    heard, seen, known, degrees = packet.counts[HEARD], packet.counts[SEEN], packet.counts[KNOWN_LINKS], 0
    before, seen_mark, heard_mark = heard, 2 * number, 2 * number + 1
    for k in range(links.ptr[node] - 1, links.ptr[node + 1] if two_hops else links.ptr[node]):
        who = node if k < links.ptr[node] else links.ends[k]
        if packet.mark[who] == heard_mark:
            continue
        seen += packet.mark[who] < seen_mark
        packet.mark[who] = heard_mark
        heard += 1
        degrees += links.ptr[who + 1] - links.ptr[who]
        for j in range(links.ptr[who], links.ptr[who + 1]):
            end = links.ends[j]
            known += packet.mark[end] < heard_mark
            seen += packet.mark[end] < seen_mark
            packet.mark[end], packet.estimate[end] = max(packet.mark[end], seen_mark), -1.0
    packet.counts[HEARD], packet.counts[SEEN], packet.counts[KNOWN_LINKS] = heard, seen, known
    if before == 0:
        packet.density[0] = degrees / heard
    return bool(heard > before)


@inlined_kernel
def _goal(
    links: Links,
    net: Perceptron,
    packet: Map,
    two_hops: bool,
    number: int,
    start: int,
    dest: int,
    to_dest: NDArray[np.float64],
) -> int:
    """Return where to go: the destination, or a node of the frontier; -1 if there is none.

    It is a search by A*, in which no way is shorter than the straight line, and no estimate either; estimates are asked
    for as they come to matter.
    """
    search = packet.counts[SEARCHES] = packet.counts[SEARCHES] + 1
    seen_mark, heard_mark = 2 * number, 2 * number + 1
    known, presumable = packet.mark[dest] >= seen_mark, packet.mark[dest] != heard_mark
    best, goal = np.inf, -1
    packet.reach[start], packet.searched[start], packet.back[start] = 0.0, search, start
    size = push(packet.keys, packet.items, 0, to_dest[start], start)
    while size > 0:
        key, node = packet.keys[0], packet.items[0]
        if key >= best or node == dest:
            return dest if key < best else goal
        size = pop(packet.keys, packet.items, size)
        reach = packet.reach[node]
        if key > reach + to_dest[node]:
            continue
        is_heard = packet.mark[node] == heard_mark
        if not is_heard and not known:
            total = reach + _estimated(links, net, packet, two_hops, number, node, to_dest)
            if total < best:
                best, goal = total, node
            continue  # ways through the frontier are found on arrival
        if not is_heard and presumable and to_dest[node] <= links.presumed:
            best, goal = key, node
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end, way = links.ends[k], reach + links.spans[k]
            if packet.mark[end] < (seen_mark if is_heard else heard_mark):
                continue
            if packet.searched[end] == search and packet.reach[end] <= way:
                continue
            if way + to_dest[end] < best:
                packet.reach[end], packet.searched[end], packet.back[end] = way, search, node
                size = push(packet.keys, packet.items, size, way + to_dest[end], end)
    return goal


@inlined_kernel
def _estimated(
    links: Links,
    net: Perceptron,
    packet: Map,
    two_hops: bool,
    number: int,
    node: int,
    to_dest: NDArray[np.float64],
) -> float:
    """Return the estimate of what remains from a node of the frontier, as it was kept or made now."""
    if packet.estimate[node] < 0.0:
        if len(net.skip) > 0:
            _describe(links, packet, two_hops, number, node, to_dest, packet.features)
        beyond = max(0.0, evaluate(net, packet.features, packet.hidden))
        unit = to_dest[node] if two_hops else links.radius
        packet.estimate[node] = to_dest[node] + beyond * unit
    return float(packet.estimate[node])


@inlined_kernel
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
        if packet.mark[end] != 2 * number + 1:
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
