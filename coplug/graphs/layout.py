"""Places for the nodes of a graph in a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel

Places = NDArray[np.float64]

MAX_SPRINGS = 2000
"""Nodes above which a graph is laid out on a circle: springs take quadratic time."""

N_ROUNDS = 60


def circle(n: int) -> Places:
    """Return n places on a circle, shape (n, 2), the first on top and the others clockwise."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / max(n, 1)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def springs(graph: Graph) -> Places:
    """Return places in the unit disc, neighbours near each other and others not, float64, shape (n, 2).

    Nodes push each other away by the square of a length over their distance, edges pull by the square of their length
    over that length, and what a node moves shrinks from round to round. The start is drawn with a fixed seed, so a
    graph always looks the same. Graphs of more than 2000 nodes are put on a circle.

    Source: T. Fruchterman and E. Reingold, Graph drawing by force-directed placement, Software 21 (1991).
    """
    n = graph.n_nodes
    if n > MAX_SPRINGS:
        return circle(n)
    places = np.random.default_rng(0).random((n, 2))
    _relax(places, graph.ptr, graph.neighbours, N_ROUNDS)
    return _spread(places)


def _spread(places: Places) -> Places:
    """Return places in the unit disc, halfway to where as many would be at each distance from its middle."""
    n = len(places)
    if n < 2:
        return np.zeros((n, 2))
    centred: Places = places - places.mean(axis=0)
    distance = np.maximum(np.linalg.norm(centred, axis=1), 1e-12)
    even = np.empty(n)
    even[np.argsort(distance)] = np.sqrt((np.arange(n) + 0.5) / n)
    wanted = (distance / distance.max() + even) / 2
    spread: Places = centred * (wanted / distance)[:, None]
    return spread


@kernel
def _relax(
    places: NDArray[np.float64], ptr: NDArray[np.int64], neighbours: NDArray[np.int32], n_rounds: int
) -> None:
    """Move places of the unit square to where forces are small."""
    n = len(places)
    length = 1.0 / np.sqrt(max(n, 1))
    moves = np.empty((n, 2))
    for number in range(n_rounds):
        moves[:] = 0.0
        for node in range(n):
            for other in range(node):
                x = places[node, 0] - places[other, 0]
                y = places[node, 1] - places[other, 1]
                push = length**2 / max(x * x + y * y, 1e-8)
                moves[node, 0] += push * x
                moves[node, 1] += push * y
                moves[other, 0] -= push * x
                moves[other, 1] -= push * y
            for k in range(ptr[node], ptr[node + 1]):
                x = places[node, 0] - places[neighbours[k], 0]
                y = places[node, 1] - places[neighbours[k], 1]
                pull = np.sqrt(x * x + y * y) / length
                moves[node, 0] -= pull * x
                moves[node, 1] -= pull * y
        furthest = 0.1 * (1.0 - number / n_rounds)
        for node in range(n):
            size = np.sqrt(moves[node, 0] ** 2 + moves[node, 1] ** 2)
            share = min(size, furthest) / max(size, 1e-12)
            places[node, 0] += share * moves[node, 0]
            places[node, 1] += share * moves[node, 1]
