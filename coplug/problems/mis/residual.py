"""What is left of a graph while nodes are taken out, and a way back, without a copy of the graph.

A graph stays as it is; its residual is two small arrays and a trail of removals. Removing a node and putting it back
costs its degree. The recursion of a search over independent sets works on one residual: remove, go on, undo.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel

N_LEFT, N_TRAIL, N_EDGES = 0, 1, 2


class Residual(NamedTuple):
    """A graph without the nodes that were removed.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
    neighbours : int32, shape (2 * n_edges,)
        The whole graph.
    there : uint8, shape (n_nodes,)
        1 for nodes that are left.
    degree : int32, shape (n_nodes,)
        Neighbours that are left; of a removed node, those at its removal.
    trail : int32, shape (n_nodes,)
        Removed nodes in order.
    counts : int64, shape (3,)
        How many nodes are left, how many the trail has, how many edges are left.
    """

    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    there: NDArray[np.uint8]
    degree: NDArray[np.int32]
    trail: NDArray[np.int32]
    counts: NDArray[np.int64]


def residual(graph: Graph) -> Residual:
    """Return the residual of a graph from which nothing is removed."""
    n = graph.n_nodes
    return Residual(
        graph.ptr,
        graph.neighbours,
        np.ones(n, dtype=np.uint8),
        graph.degrees.astype(np.int32),
        np.empty(n, dtype=np.int32),
        np.array([n, 0, graph.n_edges], dtype=np.int64),
    )


@kernel
def remove(state: Residual, node: int) -> None:
    """Remove a node that is left."""
    state.there[node] = 0
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        if state.there[other]:
            state.degree[other] -= 1
    state.trail[state.counts[N_TRAIL]] = node
    state.counts[N_TRAIL] += 1
    state.counts[N_LEFT] -= 1
    state.counts[N_EDGES] -= state.degree[node]


@kernel
def remove_neighbours(state: Residual, node: int) -> None:
    """Remove all neighbours of a node that is left; the node stays, isolated."""
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        if state.there[other]:
            remove(state, other)


@kernel
def undo(state: Residual, mark: int) -> None:
    """Put nodes back, last removed first, until the trail is as long as it was: ``counts[N_TRAIL] == mark``."""
    while state.counts[N_TRAIL] > mark:
        state.counts[N_TRAIL] -= 1
        node = state.trail[state.counts[N_TRAIL]]
        for at in range(state.ptr[node], state.ptr[node + 1]):
            other = state.neighbours[at]
            if state.there[other]:
                state.degree[other] += 1
        state.there[node] = 1
        state.counts[N_LEFT] += 1
        state.counts[N_EDGES] += state.degree[node]
