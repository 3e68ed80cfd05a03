"""Graphs with any number of node types, merged into one disconnected graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coplug.errors import UsageError
from coplug.graphs.ragged import A, Array, B, Indices, Ragged, concatenate, pointer

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class EdgeSet(Generic[A]):
    """Directed edges of one kind. An undirected graph has each edge in both directions.

    Attributes
    ----------
    source : str
        Node type where the edges begin.
    target : str
        Node type where they end.
    index : A, int64, shape (2, n_edges)
        Source and target of each edge, positions over the whole batch.
    ptr : A, int64, shape (n_graphs + 1,)
        The edges of graph ``i`` are ``ptr[i]:ptr[i + 1]``.
    features : A, shape (n_edges, ...), or None
        Of each edge, in their order; None without any.
    """

    source: str
    target: str
    index: A
    ptr: A
    features: A | None = None

    def map(self, function: Callable[[A], B]) -> EdgeSet[B]:
        """Return the same with ``function`` applied to each array."""
        features = None if self.features is None else function(self.features)
        return EdgeSet(self.source, self.target, function(self.index), function(self.ptr), features)


@dataclass(frozen=True, slots=True, eq=False)
class Reference(Generic[A]):
    """Nodes that each graph points at, such as the candidates for branching.

    Attributes
    ----------
    nodes : str
        Their type.
    positions : Ragged, int64
        Positions over the whole batch.
    """

    nodes: str
    positions: Ragged[A]

    def map(self, function: Callable[[A], B]) -> Reference[B]:
        """Return the same with ``function`` applied to each array."""
        return Reference(self.nodes, self.positions.map(function))


@dataclass(frozen=True, slots=True, eq=False)
class GraphBatch(Generic[A]):
    """Graphs of one structure, merged into one disconnected graph.

    ``A`` is the kind of array: numpy's, or torch's after :meth:`to_torch`. Nothing is copied or checked here;
    see :func:`coplug.graphs.check.check`. What copies graphs is for numpy alone, as the types say.

    Attributes
    ----------
    nodes : mapping of str to Ragged
        Features of each node type, values of shape (n_nodes, ...); at least one type. Where there is only
        one, it is called ``node``.
    edges : mapping of str to EdgeSet
        Where there is only one set, it is called ``edge``.
    extras : mapping of str to Ragged
        What else each graph has: labels, masks, scores. The same when graphs are merged.
    references : mapping of str to Reference
        Positions of nodes, which shift when graphs are merged.
    """

    nodes: Mapping[str, Ragged[A]]
    edges: Mapping[str, EdgeSet[A]] = field(default_factory=dict)
    extras: Mapping[str, Ragged[A]] = field(default_factory=dict)
    references: Mapping[str, Reference[A]] = field(default_factory=dict)

    @property
    def n_graphs(self) -> int:
        """Number of graphs."""
        return len(next(iter(self.nodes.values())))

    def __len__(self) -> int:
        return self.n_graphs

    def take(self: GraphBatch[Array], indices: Indices) -> GraphBatch[Array]:
        """Copy some graphs, in this order and possibly more than once; ``indices`` as for :meth:`Ragged.take`."""
        nodes = {name: ragged.take(indices) for name, ragged in self.nodes.items()}
        shifts = {name: nodes[name].starts - ragged.starts[indices] for name, ragged in self.nodes.items()}
        return GraphBatch(
            nodes=nodes,
            edges={name: _take_edges(edges, indices, shifts) for name, edges in self.edges.items()},
            extras={name: ragged.take(indices) for name, ragged in self.extras.items()},
            references={
                name: Reference(r.nodes, _shifted(r.positions.take(indices), shifts[r.nodes]))
                for name, r in self.references.items()
            },
        )

    def graph(self: GraphBatch[Array], i: int) -> GraphBatch[Array]:
        """Return graph ``i`` alone, a copy whose positions start at 0."""
        return self.take([i])

    def split(self: GraphBatch[Array]) -> list[GraphBatch[Array]]:
        """Return each graph alone."""
        return [self.graph(i) for i in range(self.n_graphs)]

    def map(self, function: Callable[[A], B]) -> GraphBatch[B]:
        """Return the same with ``function`` applied to each array."""
        return GraphBatch(
            {name: nodes.map(function) for name, nodes in self.nodes.items()},
            {name: edges.map(function) for name, edges in self.edges.items()},
            {name: extra.map(function) for name, extra in self.extras.items()},
            {name: reference.map(function) for name, reference in self.references.items()},
        )

    def to_torch(self: GraphBatch[Array], device: str | torch.device = "cpu") -> GraphBatch[Tensor]:
        """Return the same in tensors; on the CPU they share their memory with this batch."""
        import torch

        return self.map(lambda array: torch.from_numpy(array).to(device))

    def to_numpy(self: GraphBatch[Tensor]) -> GraphBatch[Array]:
        """Return the same in numpy arrays."""
        return self.map(lambda tensor: tensor.numpy(force=True))


Graphs = GraphBatch[Array]
"""Batches as they leave environments and files, in numpy's arrays."""


def one_graph(
    nodes: Mapping[str, ArrayLike],
    edges: Mapping[str, tuple[str, str, ArrayLike, ArrayLike | None]] | None = None,
    extras: Mapping[str, ArrayLike] | None = None,
    references: Mapping[str, tuple[str, ArrayLike]] | None = None,
) -> GraphBatch[Array]:
    """Copy the arrays of a single graph into a batch; unchecked, as :class:`GraphBatch`.

    Parameters
    ----------
    nodes : mapping of str to array, shape (n_nodes, ...)
        Features of each type.
    edges : mapping of str to (source, target, index, features or None)
        See :class:`EdgeSet`.
    extras : mapping of str to array, shape (n, ...)
    references : mapping of str to (type of the nodes, positions)
    """
    edge_sets = {}
    for name, (source, target, index, features) in (edges or {}).items():
        ends = np.array(index, dtype=np.int64)
        values = None if features is None else np.array(features)
        edge_sets[name] = EdgeSet(source, target, ends, pointer([ends.shape[-1]]), values)
    return GraphBatch(
        {name: Ragged.of([values]) for name, values in nodes.items()},
        edge_sets,
        {name: Ragged.of([values]) for name, values in (extras or {}).items()},
        {
            name: Reference(target, Ragged.of([np.asarray(positions, dtype=np.int64)]))
            for name, (target, positions) in (references or {}).items()
        },
    )


def collate(batches: Sequence[GraphBatch[Array]]) -> GraphBatch[Array]:
    """Merge one or more batches of the same structure, in this order.

    Raises
    ------
    UsageError
        If there is no batch, or two differ in their names or in what these stand for.
    """
    _require_one_structure(batches)
    sizes = [batch.n_graphs for batch in batches]
    ragged_nodes = {name: [batch.nodes[name] for batch in batches] for name in batches[0].nodes}
    shifts = {
        name: np.repeat(pointer(len(r.values) for r in parts)[:-1], sizes)
        for name, parts in ragged_nodes.items()
    }
    return GraphBatch(
        nodes={name: concatenate(parts) for name, parts in ragged_nodes.items()},
        edges={
            name: _merge_edges([batch.edges[name] for batch in batches], shifts) for name in batches[0].edges
        },
        extras={name: concatenate([batch.extras[name] for batch in batches]) for name in batches[0].extras},
        references={
            name: Reference(
                r.nodes,
                _shifted(concatenate([b.references[name].positions for b in batches]), shifts[r.nodes]),
            )
            for name, r in batches[0].references.items()
        },
    )


def equal(first: GraphBatch[Array], second: GraphBatch[Array]) -> bool:
    """Return whether two batches have the same names, types, shapes and values; NaN equals NaN."""
    arrays, others = _arrays(first), _arrays(second)
    return arrays.keys() == others.keys() and all(_same(arrays[key], others[key]) for key in arrays)


def _take_edges(
    edges: EdgeSet[Array], indices: Indices, shifts: Mapping[str, NDArray[np.int64]]
) -> EdgeSet[Array]:
    sources = Ragged(edges.index[0], edges.ptr)
    positions, ptr = sources.positions(indices), pointer(sources.lengths[indices])
    index = _shifted_index(edges, edges.index[:, positions], ptr, shifts)
    features = None if edges.features is None else edges.features[positions]
    return EdgeSet(edges.source, edges.target, index, ptr, features)


def _merge_edges(parts: Sequence[EdgeSet[Array]], shifts: Mapping[str, NDArray[np.int64]]) -> EdgeSet[Array]:
    first = parts[0]
    ptr = pointer(np.concatenate([np.diff(part.ptr) for part in parts]))
    index = _shifted_index(first, np.concatenate([part.index for part in parts], axis=1), ptr, shifts)
    features = [part.features for part in parts if part.features is not None]
    return EdgeSet(first.source, first.target, index, ptr, np.concatenate(features) if features else None)


def _shifted_index(
    edges: EdgeSet[Array], index: Array, ptr: Array, shifts: Mapping[str, NDArray[np.int64]]
) -> Array:
    """Add to the ends of each edge what its graph's nodes move by; ``index`` is overwritten."""
    lengths = np.diff(ptr)
    index[0] += np.repeat(shifts[edges.source], lengths)
    index[1] += np.repeat(shifts[edges.target], lengths)
    return index


def _shifted(positions: Ragged[Array], shifts: NDArray[np.int64]) -> Ragged[Array]:
    return Ragged(positions.values + np.repeat(shifts, positions.lengths), positions.ptr)


def _structure(batch: GraphBatch[Any]) -> dict[str, dict[str, object]]:
    return {
        "nodes": dict.fromkeys(batch.nodes),
        "edges": {name: (e.source, e.target, e.features is None) for name, e in batch.edges.items()},
        "extras": dict.fromkeys(batch.extras),
        "references": {name: reference.nodes for name, reference in batch.references.items()},
    }


def _require_one_structure(batches: Sequence[GraphBatch[Any]]) -> None:
    if not batches:
        raise UsageError("no graphs to merge: a batch of none has no structure; take([]) of a batch has one")
    first = _structure(batches[0])
    other = next((found for batch in batches[1:] if (found := _structure(batch)) != first), first)
    for kind in first:
        if first[kind] != other[kind]:
            raise UsageError(
                f"the {kind} of two batches differ: {_described(first[kind])} and {_described(other[kind])}; "
                "merge graphs of one structure, with empty arrays for what a graph lacks"
            )


def _described(names: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {detail}" if detail else name for name, detail in names.items()) or "none"


def _arrays(batch: GraphBatch[Array]) -> dict[tuple[str, ...], Array]:
    """Return every array of a batch under a name that says where it belongs."""
    arrays: dict[tuple[str, ...], Array] = {}
    for kind, ragged in (("nodes", batch.nodes), ("extras", batch.extras)):
        for name, part in ragged.items():
            arrays |= {(kind, name, "values"): part.values, (kind, name, "ptr"): part.ptr}
    for name, reference in batch.references.items():
        at = ("references", name, reference.nodes)
        arrays |= {(*at, "values"): reference.positions.values, (*at, "ptr"): reference.positions.ptr}
    for name, edges in batch.edges.items():
        of = ("edges", name, edges.source, edges.target)
        arrays |= {(*of, "index"): edges.index, (*of, "ptr"): edges.ptr}
        if edges.features is not None:
            arrays[(*of, "features")] = edges.features
    return arrays


def _same(first: Array, second: Array) -> bool:
    is_float = first.dtype.kind in "fc"
    return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=is_float)
