"""The check that a batch of graphs is what it says."""

from __future__ import annotations

import numpy as np

from coplug.errors import UsageError
from coplug.graphs.batch import EdgeSet, GraphBatch
from coplug.graphs.ragged import Array, Ragged


def check(batch: GraphBatch[Array]) -> GraphBatch[Array]:
    """Return ``batch`` if it is sound. Not for hot paths: it looks at every edge.

    Raises
    ------
    UsageError
        If there is no node type, a ``ptr`` is not one, counts do not match, or an edge or reference leaves its
        graph.
    """
    if not batch.nodes:
        raise UsageError(
            "a batch has no node type; give it at least one, with features of shape (n, 0) if need be"
        )
    n_graphs = next(iter(batch.nodes.values())).ptr.size - 1
    for name, nodes in batch.nodes.items():
        _check_ptr(nodes.ptr, len(nodes.values), n_graphs, f"nodes {name!r}")
    for name, edges in batch.edges.items():
        _check_edges(batch, edges, f"edge set {name!r}")
    for name, extra in batch.extras.items():
        _check_ptr(extra.ptr, len(extra.values), n_graphs, f"extra {name!r}")
    for name, reference in batch.references.items():
        _check_positions(batch, reference.nodes, reference.positions, f"reference {name!r}")
    return batch


def _check_edges(batch: GraphBatch[Array], edges: EdgeSet[Array], what: str) -> None:
    if edges.index.ndim != 2 or len(edges.index) != 2:
        raise UsageError(f"the index of {what} has shape {edges.index.shape}, expected (2, n_edges)")
    n_edges = edges.index.shape[1]
    if edges.features is not None and len(edges.features) != n_edges:
        raise UsageError(f"{what} has {n_edges} edges and features of {len(edges.features)}; they must match")
    _check_positions(batch, edges.source, Ragged(edges.index[0], edges.ptr), f"the source of {what}")
    _check_positions(batch, edges.target, Ragged(edges.index[1], edges.ptr), f"the target of {what}")


def _check_positions(batch: GraphBatch[Array], nodes: str, positions: Ragged[Array], what: str) -> None:
    """Require that positions are of nodes of their own graph."""
    if nodes not in batch.nodes:
        raise UsageError(f"{what} names nodes {nodes!r}; choose from {', '.join(batch.nodes)}")
    if positions.values.dtype != np.int64 or positions.values.ndim != 1:
        raise UsageError(
            f"the positions of {what} are {positions.values.dtype} of shape {positions.values.shape}, "
            "expected int64 of one dimension"
        )
    _check_ptr(positions.ptr, len(positions.values), batch.n_graphs, what)
    graph, ptr = positions.segment_ids(), batch.nodes[nodes].ptr
    outside = (positions.values < ptr[graph]) | (positions.values >= ptr[graph + 1])
    if outside.any():
        i = int(np.argmax(outside))
        start, stop = ptr[graph[i]], ptr[graph[i] + 1]
        raise UsageError(
            f"entry {i} of {what} is {positions.values[i]}, but graph {graph[i]} has the nodes {nodes!r} "
            f"{start} to {stop - 1}; positions count over the whole batch"
            if stop > start
            else f"entry {i} of {what} is {positions.values[i]}, but graph {graph[i]} has no nodes {nodes!r}"
        )


def _check_ptr(ptr: Array, n_values: int, n_graphs: int, what: str) -> None:
    if ptr.dtype != np.int64 or ptr.shape != (n_graphs + 1,):
        raise UsageError(
            f"the ptr of {what} is {ptr.dtype} of shape {ptr.shape}, expected int64 of shape ({n_graphs + 1},) "
            f"for {n_graphs} graphs"
        )
    if len(ptr) == 0 or ptr[0] != 0 or ptr[-1] != n_values or (np.diff(ptr) < 0).any():
        raise UsageError(f"the ptr of {what} must rise from 0 to {n_values}, the number of its values")
