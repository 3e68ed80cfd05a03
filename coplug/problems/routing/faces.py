"""Greedy forwarding with perimeters, and face routing, on the Gabriel graph, compiled.

Sources: B. Karp and H. T. Kung, GPSR, MobiCom 2000; H. Frey and I. Stojmenovic, On delivery guarantees of face and
combined greedy-face routing, MobiCom 2006.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

from .geometry import HYPERBOLIC
from .network import Links, Network
from .walks import distances_to, link_cost, note


class Faces(NamedTuple):
    """The Gabriel graph of a network.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
    ends : int32, shape (n_arcs,)
        Counterclockwise around each node.
    angles : float64, shape (n_arcs,)
        Of the arcs, ascending within a node.
    following : int64, shape (n_arcs,)
        The arc that the right-hand rule takes after each: the next one counterclockwise from the way back.
    plane : float64, shape (n_nodes, 2)
        Positions in which links are straight; of the hyperbolic plane, those of Klein's model.
    """

    ptr: NDArray[np.int64]
    ends: NDArray[np.int32]
    angles: NDArray[np.float64]
    following: NDArray[np.int64]
    plane: NDArray[np.float64]


def gabriel(network: Network) -> Faces:
    """Return the Gabriel graph: links in whose disk no neighbour of an end lies."""
    plane = network.positions
    if network.geometry == HYPERBOLIC:
        r = np.hypot(plane[:, 0], plane[:, 1])
        plane = plane * (np.tanh(r) / np.where(r > 0, r, 1.0))[:, None]
    return _gabriel(network.links, np.ascontiguousarray(plane))


@kernel
def _gabriel(links: Links, plane: NDArray[np.float64]) -> Faces:
    n = len(links.ptr) - 1
    ptr = np.zeros(n + 1, np.int64)
    ends = np.empty(len(links.ends), np.int32)
    angles = np.empty(len(links.ends))
    count = 0
    for node in range(n):
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end = links.ends[k]
            if _has_witness(links, node, end, links.spans[k]):
                continue
            ends[count] = end
            angles[count] = math.atan2(plane[end, 1] - plane[node, 1], plane[end, 0] - plane[node, 0])
            count += 1
        ptr[node + 1] = count
        begin = ptr[node]
        order = np.argsort(angles[begin:count])
        ends[begin:count] = ends[begin:count][order]
        angles[begin:count] = angles[begin:count][order]
    following = np.empty(count, np.int64)
    for node in range(n):
        for arc in range(ptr[node], ptr[node + 1]):
            end = ends[arc]
            for back in range(ptr[end], ptr[end + 1]):
                if ends[back] == node:
                    following[arc] = back + 1 if back + 1 < ptr[end + 1] else ptr[end]
    return Faces(ptr, ends[:count].copy(), angles[:count].copy(), following, plane)


@kernel
def _has_witness(links: Links, node: int, end: int, span: float) -> bool:
    """Tell whether a common neighbour lies within the disk that a link is the diameter of.

    Of nodes at one place, the first one does.
    """
    i, j = links.ptr[node], links.ptr[end]
    while i < links.ptr[node + 1] and j < links.ptr[end + 1]:
        if links.ends[i] < links.ends[j]:
            i += 1
        elif links.ends[i] > links.ends[j]:
            j += 1
        else:
            a, b, third = links.spans[i], links.spans[j], links.ends[i]
            if links.curved:
                inside = math.cosh(a) + math.cosh(b) < 1.0 + math.cosh(span)
            else:
                inside = a * a + b * b < span * span * (1.0 - 1e-12)
            if inside or (a == 0.0 and third < node) or (b == 0.0 and third < end):
                return True
            i += 1
            j += 1
    return False


@kernel
def gpsr_to(
    links: Links, faces: Faces, dest: int, origins: NDArray[np.int64], route: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return what routes cost that are greedy, and go around faces where that fails; infinite where one is given up.

    A packet is greedy again at the first node that is nearer to the destination than where it failed. ``route`` is that
    of a lone packet, see :func:`~.walks.note`.
    """
    to_dest = distances_to(links, dest)
    costs = np.full(len(origins), np.inf)
    most = 4 * len(faces.ends) + len(faces.ptr)
    for number in range(len(origins)):
        node, total = origins[number], 0.0
        arc, first, entered, met = -1, -1, np.inf, np.inf
        start = node
        for _ in range(most):
            note(route, node)
            direct = link_cost(links, node, dest)
            if node == dest or direct < np.inf:
                costs[number] = total + (0.0 if node == dest else direct)
                if node != dest:
                    note(route, dest)
                break
            if arc < 0 or to_dest[node] < entered:
                following, arc = _nearest(links, node, to_dest), -1
                if following >= 0:
                    total += link_cost(links, node, following)
                    node = following
                    continue
            if arc < 0:
                arc = _first_arc(faces, node, dest)
                if arc < 0:
                    break
                start, entered, met = node, to_dest[node], np.inf
                first = -1
            else:
                arc = faces.following[arc]
            arc, crossed = _around(faces, node, arc, start, dest, met)
            if crossed < met:
                met, first = crossed, -1
            if arc == first:
                break
            if first < 0:
                first = arc
            total += link_cost(links, node, faces.ends[arc])
            node = faces.ends[arc]
    return costs


@kernel
def faces_to(
    links: Links, faces: Faces, dest: int, origins: NDArray[np.int64], route: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Return what routes cost that walk around whole faces, then back to where the line is crossed nearest to the end.

    Source: P. Bose, P. Morin, I. Stojmenovic and J. Urrutia, Routing with guaranteed delivery in ad hoc wireless
    networks, Wireless Networks 7 (2001), FACE-1. Costs are infinite where a packet is given up.
    """
    costs = np.full(len(origins), np.inf)
    for number in range(len(origins)):
        start = origins[number]
        node, total, met = start, 0.0, np.inf
        arc = _first_arc(faces, node, dest)
        while arc >= 0 or node == dest:
            walked, at, best, where, before = 0.0, node, met, -1, 0.0
            noted = route[0] if len(route) else 0
            steps, crossed = 0, 0
            note(route, node)
            along = arc
            arrived = node == dest or link_cost(links, node, dest) < np.inf
            while not arrived:
                left = _crossing(faces.plane, at, faces.ends[along], start, dest)
                if left < best:
                    best, where, before, crossed = left, along, walked, steps
                walked += link_cost(links, at, faces.ends[along])
                at = faces.ends[along]
                steps += 1
                note(route, at)
                arrived = at == dest or link_cost(links, at, dest) < np.inf
                along = faces.following[along]
                if along == arc:
                    break
            if arrived:
                costs[number] = total + walked + (0.0 if at == dest else link_cost(links, at, dest))
                if at != dest:
                    note(route, dest)
                break
            if where < 0:
                break
            total += walked + min(before, walked - before)
            if len(route) > 0:
                _note_way_back(route, noted + 1, steps, crossed, before <= walked - before)
            met, node = best, _tail(faces, where)
            arc = where + 1 if where + 1 < faces.ptr[node + 1] else faces.ptr[node]
    return costs


@kernel
def _note_way_back(route: NDArray[np.int32], first: int, steps: int, crossed: int, onwards: bool) -> None:
    """Append the way from the end of a tour around a face, noted from ``first`` on, to its step ``crossed``.

    That step itself is left for the next tour to note; a tour that begins where this one did notes it again.
    """
    if crossed == 0:
        route[0] -= 1
    elif onwards:
        for step in range(1, crossed):
            note(route, route[first + step])
    else:
        for step in range(steps - 1, crossed, -1):
            note(route, route[first + step])


@kernel
def _tail(faces: Faces, arc: int) -> int:
    return int(np.searchsorted(faces.ptr, arc, side="right")) - 1


@kernel
def _nearest(links: Links, node: int, to_dest: NDArray[np.float64]) -> int:
    chosen, best = -1, to_dest[node]
    for k in range(links.ptr[node], links.ptr[node + 1]):
        if to_dest[links.ends[k]] < best:
            chosen, best = links.ends[k], to_dest[links.ends[k]]
    return chosen


@kernel
def _first_arc(faces: Faces, node: int, dest: int) -> int:
    """Return the first arc counterclockwise from the line to the destination, -1 if the node has none."""
    begin, end = faces.ptr[node], faces.ptr[node + 1]
    if begin == end:
        return -1
    plane = faces.plane
    angle = math.atan2(plane[dest, 1] - plane[node, 1], plane[dest, 0] - plane[node, 0])
    for arc in range(begin, end):
        if faces.angles[arc] >= angle:
            return arc
    return int(begin)


@kernel
def _around(faces: Faces, node: int, arc: int, start: int, dest: int, met: float) -> tuple[int, float]:
    """Return the first arc from ``arc`` on, counterclockwise, that does not cross the line nearer to the destination.

    Returns
    -------
    arc : int
    met : float
        Share of the line from ``start`` that is left at the last crossing.
    """
    begin, end = faces.ptr[node], faces.ptr[node + 1]
    for _ in range(end - begin):
        left = _crossing(faces.plane, node, faces.ends[arc], start, dest)
        if left >= met:
            return arc, met
        met = left
        arc = arc + 1 if arc + 1 < end else begin
    return arc, met


@kernel
def _crossing(plane: NDArray[np.float64], i: int, j: int, start: int, dest: int) -> float:
    """Return which share of the line from ``start`` to ``dest`` is left where a link crosses it; infinite if none does.

    Links that begin or end at its start do not cross it.
    """
    if start == i or start == j:  # noqa: SIM109 # numba knows no tuples of mixed integers
        return np.inf
    px, py = plane[start, 0], plane[start, 1]
    rx, ry = plane[dest, 0] - px, plane[dest, 1] - py
    qx, qy = plane[i, 0], plane[i, 1]
    sx, sy = plane[j, 0] - qx, plane[j, 1] - qy
    det = rx * sy - ry * sx
    if det == 0.0:
        return np.inf
    t = ((qx - px) * sy - (qy - py) * sx) / det
    u = ((qx - px) * ry - (qy - py) * rx) / det
    if 0.0 < t <= 1.0 and 0.0 <= u <= 1.0:
        return float(1.0 - t)
    return np.inf
