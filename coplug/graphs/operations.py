"""Graphs made of graphs: complements, parts and unions, and graphs with nodes or directions added and taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs.graph import Graph, from_edges
from coplug.graphs.rows import turned_rows


def pairs_at(positions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs at places of the order (0,1), (0,2), (1,2), (0,3), ...; int64, shape (k, 2)."""
    large = ((1 + np.sqrt(1 + 8 * positions.astype(np.float64))) / 2).astype(np.int64)
    large -= large * (large - 1) // 2 > positions
    large += (large + 1) * large // 2 <= positions
    return np.column_stack([positions - large * (large - 1) // 2, large])


def complement(graph: Graph) -> Graph:
    """Return the graph whose edges are the pairs that are no edges; names, weights of nodes and direction stay.

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
    return Graph(ptr, neighbours, graph.names, graph.node_weights, directed=graph.directed)


def complement_bytes(graph: Graph) -> int:
    """Return the bytes of the complement's arrays."""
    n = graph.n_nodes
    return 4 * (n * (n - 1) - len(graph.neighbours)) + 8 * (n + 1)


def components(graph: Graph) -> list[NDArray[np.int64]]:
    """Return the nodes of each connected component, ascending, components with the fewest nodes first.

    Directions do not matter.
    """
    count, labels = scipy.sparse.csgraph.connected_components(_matrix(graph), directed=False)
    order = np.argsort(labels, kind="stable").astype(np.int64)
    sizes = np.bincount(labels, minlength=count)
    parts = np.split(order, np.cumsum(sizes)[:-1]) if count else []
    return sorted(parts, key=len)


def split(graph: Graph, groups: Sequence[NDArray[np.int64]]) -> list[Graph]:
    """Return the components of a graph as graphs of their own, in time linear in the graph; names are left out.

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
        places, ptr = _places(graph, nodes)
        parts.append(
            Graph(
                ptr,
                position[graph.neighbours[places]],
                node_weights=_some(graph.node_weights, nodes),
                edge_weights=_some(graph.edge_weights, places),
                directed=graph.directed,
            )
        )
    return parts


def union(graphs: Sequence[Graph]) -> Graph:
    """Return the graph whose components are those of some graphs, at least one, in order; names are left out.

    Weights stay where all graphs have them.

    Raises
    ------
    UsageError
        If one graph is directed and another is not.
    """
    if len(graphs) == 1:
        return graphs[0]
    directed = graphs[0].directed
    if any(graph.directed != directed for graph in graphs):
        raise UsageError(
            "a directed and an undirected graph have no union; drop the direction with undirected()"
        )
    shifts = np.cumsum([0, *(graph.n_nodes for graph in graphs)])
    lengths = np.concatenate([graph.degrees for graph in graphs])
    neighbours = [
        graph.neighbours + np.int32(shift) for graph, shift in zip(graphs, shifts[:-1], strict=True)
    ]
    return Graph(
        np.concatenate([[0], np.cumsum(lengths)]),
        np.concatenate(neighbours),
        node_weights=_joined([graph.node_weights for graph in graphs]),
        edge_weights=_joined([graph.edge_weights for graph in graphs]),
        directed=directed,
    )


def subgraph(graph: Graph, nodes: NDArray[np.integer]) -> Graph:
    """Return the graph of some nodes and the edges between them; names, weights and direction stay.

    Parameters
    ----------
    graph : Graph
    nodes : integers, shape (k,)
        Each once; node ``i`` of the result is ``nodes[i]``.
    """
    position = np.full(graph.n_nodes, -1, dtype=np.int32)
    position[nodes] = np.arange(len(nodes), dtype=np.int32)
    places, ptr = _places(graph, nodes)
    heads = position[graph.neighbours[places]]
    tails = np.repeat(np.arange(len(nodes), dtype=np.int32), np.diff(ptr))
    inside = np.flatnonzero(heads >= 0)
    inside = inside[np.lexsort((heads[inside], tails[inside]))]
    lengths = np.bincount(tails[inside], minlength=len(nodes))
    return Graph(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        heads[inside],
        [graph.names[node] for node in nodes],
        _some(graph.node_weights, nodes),
        _some(graph.edge_weights, places[inside]),
        graph.directed,
    )


def without(graph: Graph, node: int) -> Graph:
    """Return the graph without a node, as :func:`subgraph`; those behind it move up."""
    return subgraph(graph, np.delete(np.arange(graph.n_nodes), node))


def padded(graph: Graph, n_nodes: int) -> Graph:
    """Return the graph with isolated nodes behind the others, ``n_nodes`` in all; they weigh 1, names are left out.

    Raises
    ------
    UsageError
        If the graph has more nodes.
    """
    more = n_nodes - graph.n_nodes
    if more < 0:
        raise UsageError(f"the graph has {graph.n_nodes} nodes; pad it to no fewer, not to {n_nodes}")
    weights = graph.node_weights
    return Graph(
        np.concatenate([graph.ptr, np.full(more, graph.ptr[-1])]),
        graph.neighbours,
        node_weights=None if weights is None else np.concatenate([weights, np.ones(more)]),
        edge_weights=graph.edge_weights,
        directed=graph.directed,
    )


def reversed_edges(graph: Graph) -> Graph:
    """Return the graph whose edges lead the other way; an undirected one is its own."""
    if not graph.directed:
        return graph
    ptr, neighbours, places = turned_rows(graph.ptr, graph.neighbours)
    return replace(graph, ptr=ptr, neighbours=neighbours, edge_weights=_some(graph.edge_weights, places))


def undirected(graph: Graph) -> Graph:
    """Return the graph without direction; names and weights of nodes stay, and so do weights of edges.

    Of two edges between the same nodes, the one from the smaller node counts.
    """
    if not graph.directed:
        return graph
    return from_edges(
        graph.n_nodes,
        graph.edges(),
        graph.names,
        node_weights=graph.node_weights,
        edge_weights=graph.edge_weights,
    )


def _matrix(graph: Graph) -> scipy.sparse.csr_array:
    there = np.ones(len(graph.neighbours), np.bool_)
    return scipy.sparse.csr_array((there, graph.neighbours, graph.ptr), shape=(graph.n_nodes, graph.n_nodes))


def _places(graph: Graph, nodes: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the neighbours of some nodes stand, node after node, and where those of each begin."""
    starts = graph.ptr[nodes]
    lengths = graph.ptr[np.asarray(nodes) + 1] - starts
    ptr = np.concatenate([[0], np.cumsum(lengths)])
    return np.arange(ptr[-1]) + np.repeat(starts - ptr[:-1], lengths), ptr


def _some(weights: NDArray[np.float64] | None, places: NDArray[np.integer]) -> NDArray[np.float64] | None:
    return None if weights is None else weights[places]


def _joined(weights: Sequence[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    there = [part for part in weights if part is not None]
    return np.concatenate(there) if len(there) == len(weights) else None
