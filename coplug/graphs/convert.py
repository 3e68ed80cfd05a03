"""Graph batches to and from networkx and scipy.sparse. A batch of several graphs is one disconnected graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from coplug.errors import UsageError
from coplug.graphs.batch import EdgeSet, GraphBatch, one_graph
from coplug.graphs.ragged import Array

if TYPE_CHECKING:
    import networkx
    import scipy.sparse


def from_networkx(
    graph: networkx.Graph,
    node_attributes: Sequence[str] = (),
    edge_attributes: Sequence[str] = (),
    dtype: DTypeLike = np.float64,
) -> GraphBatch[Array]:
    """Return a batch of one graph, with nodes ``node`` in the order of ``graph.nodes`` and edges ``edge``.

    Parameters
    ----------
    graph : networkx.Graph or networkx.DiGraph
        An undirected edge is taken in both directions, a self-loop once. Edges are sorted by their source.
    node_attributes, edge_attributes : sequence of str
        Numbers that become the columns of the features; every node or edge must have them.
    dtype : numpy type
        Of the features.

    Raises
    ------
    UsageError
        If an attribute is missing or not a number, or ``graph`` may have parallel edges.
    """
    if graph.is_multigraph():
        raise UsageError(
            "a multigraph may have parallel edges; convert it to a networkx Graph or DiGraph first"
        )
    place = {node: i for i, node in enumerate(graph.nodes)}
    ends = [(place[u], place[v]) for u, neighbours in graph.adjacency() for v in neighbours]
    of_nodes = [data for _, data in graph.nodes(data=True)]
    of_edges = [data for _, neighbours in graph.adjacency() for data in neighbours.values()]
    index = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    nodes = _table(of_nodes, node_attributes, dtype, "node")
    edges = _table(of_edges, edge_attributes, dtype, "edge") if edge_attributes else None
    return one_graph({"node": nodes}, {"edge": ("node", "node", np.ascontiguousarray(index), edges)})


def to_networkx(
    batch: GraphBatch[Array],
    node_attributes: Sequence[str] = (),
    edge_attributes: Sequence[str] = (),
    *,
    directed: bool = True,
) -> networkx.Graph:
    """Return a graph with the nodes 0, 1, ... and the edges of a batch with one node type and one edge set.

    Parameters
    ----------
    batch : GraphBatch
    node_attributes, edge_attributes : sequence of str
        Names of the columns of the features.
    directed : bool
        Whether to return a ``networkx.DiGraph``, or a ``networkx.Graph``.

    Raises
    ------
    UsageError
        If there are several node types, parallel edges, columns without a name, or, with ``directed=False``,
        edges without their like in the other direction.
    """
    import networkx

    if len(batch.nodes) != 1 or len(batch.edges) != 1:
        raise UsageError(
            f"a networkx graph has one kind of nodes and edges, this batch has nodes {', '.join(batch.nodes)} "
            f"and edges {', '.join(batch.edges) or 'none'}"
        )
    (nodes,), (edges,) = batch.nodes.values(), batch.edges.values()
    _require_simple(edges, directed)
    graph = networkx.DiGraph() if directed else networkx.Graph()
    graph.add_nodes_from(enumerate(_attributes(nodes.values, node_attributes, "node")))
    of_edges = _attributes(_features(edges), edge_attributes, "edge")
    graph.add_edges_from(zip(*edges.index.tolist(), of_edges, strict=True))
    return graph


def from_scipy(
    matrix: scipy.sparse.sparray | scipy.sparse.spmatrix,
    *,
    source: str = "node",
    target: str = "node",
    edges: str = "edge",
    features: Mapping[str, ArrayLike] | None = None,
) -> GraphBatch[Array]:
    """Return a batch of one graph with an edge from row to column for each stored entry, also for a stored 0.

    Parameters
    ----------
    matrix : sparse, shape (n_sources, n_targets)
        An adjacency matrix, or, if ``source`` and ``target`` differ, the biadjacency matrix of a bipartite
        graph. Its entries are the features of the edges, shape (n_edges, 1).
    source, target, edges : str
        Names of the node types and of the edge set.
    features : mapping of str to array, shape (n_nodes, ...)
        Features of a node type; none, float32 of shape (n_nodes, 0), where not given.

    Raises
    ------
    UsageError
        If an adjacency matrix is not square, or counts do not match.
    """
    matrix = matrix.tocoo()
    n_sources, n_targets = matrix.shape
    if source == target and n_sources != n_targets:
        raise UsageError(
            f"an adjacency matrix of shape {matrix.shape} is not square; name a source and a target "
            "for a biadjacency matrix"
        )
    given = features or {}
    if unknown := given.keys() - {source, target}:
        raise UsageError(f"features of {', '.join(sorted(unknown))}, but the nodes are {source} and {target}")
    nodes = {}
    for name, n_nodes in ((source, n_sources), (target, n_targets)):
        nodes[name] = np.asarray(given.get(name, np.empty((n_nodes, 0), np.float32)))
        if len(nodes[name]) != n_nodes:
            raise UsageError(f"{len(nodes[name])} features of {name!r} for {n_nodes} of the matrix")
    index = np.stack([matrix.row, matrix.col])
    return one_graph(nodes, {edges: (source, target, index, matrix.data[:, None])})


def to_scipy(batch: GraphBatch[Array], edges: str = "edge", feature: int = 0) -> scipy.sparse.coo_array:
    """Return the matrix of an edge set, block-diagonal over the graphs, entries in the order of the edges.

    Parameters
    ----------
    batch : GraphBatch
    edges : str
        The edge set.
    feature : int
        The column of the edges' features that holds the entries; without features they are 1.

    Raises
    ------
    UsageError
        If there is no such edge set or feature.
    """
    import scipy.sparse

    if edges not in batch.edges:
        raise UsageError(f"no edges {edges!r} in this batch; choose from {', '.join(batch.edges) or 'none'}")
    chosen = batch.edges[edges]
    entries = np.ones((chosen.index.shape[1], 1)) if chosen.features is None else _features(chosen)
    if not 0 <= feature < entries.shape[1]:
        raise UsageError(f"edges {edges!r} have {entries.shape[1]} features, and not one of number {feature}")
    shape = tuple(len(batch.nodes[name].values) for name in (chosen.source, chosen.target))
    return scipy.sparse.coo_array((entries[:, feature], tuple(chosen.index)), shape=shape)


def _table(rows: Sequence[Mapping[str, Any]], names: Sequence[str], dtype: DTypeLike, what: str) -> Array:
    """Return the attributes ``names`` of each row, shape (n_rows, n_names)."""
    try:
        table = [[row[name] for name in names] for row in rows]
        return np.array(table, dtype=dtype).reshape(len(rows), len(names))
    except (KeyError, TypeError, ValueError) as error:
        reason = f"one has no {error}" if isinstance(error, KeyError) else str(error)
        raise UsageError(f"every {what} needs a number for {', '.join(names)}, but {reason}") from error


def _attributes(features: Array, names: Sequence[str], what: str) -> list[dict[str, Any]]:
    """Return each row of ``features`` as attributes."""
    features = _matrix(features)
    if features.shape[1:] != (len(names),):
        raise UsageError(
            f"{what} features of shape {features.shape} for {len(names)} names; name every column of them"
        )
    return [dict(zip(names, row, strict=True)) for row in features.tolist()]


def _features(edges: EdgeSet[Array]) -> Array:
    """Return the features of edges as a matrix, shape (n_edges, n_features)."""
    n_edges = edges.index.shape[1]
    if edges.features is None:
        return np.empty((n_edges, 0))
    return _matrix(edges.features)


def _matrix(features: Array) -> Array:
    return features[:, None] if features.ndim == 1 else features


def _require_simple(edges: EdgeSet[Array], directed: bool) -> None:
    forth = _order(edges.index)
    ordered = edges.index[:, forth]
    if (np.diff(ordered, axis=1) == 0).all(axis=0).any():
        raise UsageError("a networkx graph has no parallel edges, this batch does; merge them first")
    if directed:
        return
    back = _order(edges.index[::-1])
    features = _features(edges)
    if not (
        np.array_equal(ordered, edges.index[::-1, back])
        and np.array_equal(features[forth], features[back], equal_nan=True)
    ):
        raise UsageError(
            "an undirected graph needs every edge in both directions with the same features; "
            "convert with directed=True"
        )


def _order(index: Array) -> Array:
    """Sort edges by source, then by target."""
    return np.lexsort(index[::-1])
