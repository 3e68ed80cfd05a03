"""A simple undirected graph in compressed rows: what graph files are read into and graph solvers work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError

MAX_NODES = 2**31 - 1
"""Nodes are numbered by int32."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph without loops, parallel edges, directions or weights; its arrays are not to be changed.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
        The neighbours of node ``v`` are ``neighbours[ptr[v]:ptr[v + 1]]``.
    neighbours : int32, shape (2 * n_edges,)
        Ascending within a node; each edge stands twice.
    names : sequence of int or str
        What the nodes are called in the file; ``0, 1, ...`` if not given.

    Raises
    ------
    UsageError
        If there is not one name a node.
    """

    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    names: Sequence[int] | Sequence[str] = field(default=())

    def __post_init__(self) -> None:
        if len(self.names) == 0:
            object.__setattr__(self, "names", range(self.n_nodes))
        if len(self.names) != self.n_nodes:
            raise UsageError(f"the graph has {self.n_nodes} nodes and {len(self.names)} names; give one each")

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.ptr) - 1

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.neighbours) // 2

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Number of neighbours of each node; int64, shape (n_nodes,)."""
        return np.diff(self.ptr)

    def adjacent(self, node: int) -> NDArray[np.int32]:
        """Return the neighbours of a node; int32, ascending."""
        return self.neighbours[self.ptr[node] : self.ptr[node + 1]]

    def edges(self) -> NDArray[np.int32]:
        """Return the edges ``(u, v)`` with ``u < v``, sorted; int32, shape (n_edges, 2)."""
        tails = np.repeat(np.arange(self.n_nodes, dtype=np.int32), self.degrees)
        once = tails < self.neighbours
        return np.column_stack([tails[once], self.neighbours[once]])

    def density(self) -> float:
        """Return the share of pairs that are edges; 0 below two nodes."""
        pairs = self.n_nodes * (self.n_nodes - 1) // 2
        return self.n_edges / pairs if pairs else 0.0


def from_edges(n_nodes: int, edges: NDArray[np.integer], names: Sequence[int] | Sequence[str] = ()) -> Graph:
    """Return the graph of a list of edges; loops are left out, and edges that come again or the other way round.

    Parameters
    ----------
    n_nodes : int
        At least 0.
    edges : integers, shape (k, 2)
        In ``0..n_nodes - 1``.
    names : sequence of int or str
        One a node, or none.

    Raises
    ------
    UsageError
        If an end of an edge is no node, or the nodes are too many for int32.
    """
    if not 0 <= n_nodes <= MAX_NODES:
        raise UsageError(f"a graph of {n_nodes} nodes is out of range; take 0 to {MAX_NODES}")
    edges = np.asarray(edges).reshape(-1, 2)
    if len(edges) and not (edges.min() >= 0 and edges.max() < n_nodes):
        raise UsageError(f"an edge leaves the graph's {n_nodes} nodes; number them 0 to {n_nodes - 1}")
    kept = edges[edges[:, 0] != edges[:, 1]].astype(np.int32)
    ends = np.concatenate([kept, kept[:, ::-1]])
    matrix = scipy.sparse.coo_array(
        (np.ones(len(ends), dtype=np.bool_), (ends[:, 0], ends[:, 1])), shape=(n_nodes, n_nodes)
    ).tocsr()
    matrix.sort_indices()
    return Graph(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), names)


def pairs_at(positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs at places of the order (0,1), (0,2), (1,2), (0,3), ...; int64, shape (k, 2)."""
    large = ((1 + np.sqrt(1 + 8 * positions.astype(np.float64))) / 2).astype(np.int64)
    large -= large * (large - 1) // 2 > positions
    large += (large + 1) * large // 2 <= positions
    return np.column_stack([positions - large * (large - 1) // 2, large])


def complement(graph: Graph) -> Graph:
    """Return the graph whose edges are the pairs that are no edges; names stay.

    Its memory grows with the square of the nodes; :func:`complement_bytes` says how much before.
    """
    n = graph.n_nodes
    lengths = n - 1 - graph.degrees
    ptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    neighbours = np.empty(ptr[-1], dtype=np.int32)
    everyone = np.arange(n, dtype=np.int32)
    for node in range(n):
        apart = np.ones(n, dtype=np.bool_)
        apart[graph.adjacent(node)] = False
        apart[node] = False
        neighbours[ptr[node] : ptr[node + 1]] = everyone[apart]
    return Graph(ptr, neighbours, graph.names)


def complement_bytes(graph: Graph) -> int:
    """Return the bytes of the complement's arrays."""
    n = graph.n_nodes
    return 4 * (n * (n - 1) - 2 * graph.n_edges) + 8 * (n + 1)


def split(graph: Graph, groups: Sequence[NDArray[np.int64]]) -> list[Graph]:
    """Return the components of a graph as graphs of their own, in time linear in the graph.

    Parameters
    ----------
    graph : Graph
    groups : sequence of int64 arrays
        What :func:`components` returns.
    """
    if len(groups) == 1:
        return [graph]
    position = np.empty(graph.n_nodes, dtype=np.int32)
    parts = []
    for nodes in groups:
        position[nodes] = np.arange(len(nodes), dtype=np.int32)
        lengths = graph.ptr[nodes + 1] - graph.ptr[nodes]
        ptr = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(ptr[-1]) + np.repeat(graph.ptr[nodes] - ptr[:-1], lengths)
        parts.append(Graph(ptr, position[graph.neighbours[places]]))
    return parts


def union(graphs: Sequence[Graph]) -> Graph:
    """Return the graph whose components are those of some graphs, at least one, in order."""
    if len(graphs) == 1:
        return graphs[0]
    shifts = np.cumsum([0, *(graph.n_nodes for graph in graphs)])
    lengths = np.concatenate([graph.degrees for graph in graphs])
    neighbours = [
        graph.neighbours + np.int32(shift) for graph, shift in zip(graphs, shifts[:-1], strict=True)
    ]
    return Graph(np.concatenate([[0], np.cumsum(lengths)]), np.concatenate(neighbours))


def components(graph: Graph) -> list[NDArray[np.int64]]:
    """Return the nodes of each connected component, ascending, components with the fewest nodes first."""
    matrix = scipy.sparse.csr_array(
        (np.ones(len(graph.neighbours), dtype=np.bool_), graph.neighbours, graph.ptr),
        shape=(graph.n_nodes, graph.n_nodes),
    )
    count, labels = scipy.sparse.csgraph.connected_components(matrix, directed=False)
    order = np.argsort(labels, kind="stable").astype(np.int64)
    sizes = np.bincount(labels, minlength=count)
    parts = np.split(order, np.cumsum(sizes)[:-1]) if count else []
    return sorted(parts, key=len)
