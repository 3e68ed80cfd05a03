"""Graph batches to and from PyG's ``Data``, ``HeteroData`` and ``Batch``.

A network of PyG's layers needs none of these in training: it takes the tensors of
:meth:`coplug.graphs.batch.GraphBatch.to_torch`, ``nodes["node"].values`` as ``x`` and ``edges["edge"].index``
as ``edge_index``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from coplug.errors import UsageError
from coplug.extras import install_command
from coplug.graphs.batch import EdgeSet, GraphBatch, collate, one_graph
from coplug.graphs.check import check
from coplug.graphs.ragged import Array

EdgeType = tuple[str, str, str]


def to_pyg(batch: GraphBatch[Array]) -> list[Any]:
    """Return a PyG graph for each graph, ``Data`` if nodes are ``node`` and edges ``edge``, else ``HeteroData``.

    Features become ``x`` and ``edge_attr``; extras and references become attributes of their names, or, if
    they are called ``TYPE.NAME`` and there are nodes ``TYPE``, the attribute ``NAME`` of these nodes. Positions
    count from 0 in each graph; of references, PyG's ``Batch`` shifts those in a ``Data`` whose name has
    ``index`` in it, and no other. An edge set becomes the relation of its name; of several sets
    ``SOURCE__NAME__TARGET``, with the types of their ends, ``NAME`` is the relation. The tensors share no memory
    with the batch.

    Returns
    -------
    list of torch_geometric.data.Data or HeteroData

    Raises
    ------
    UsageError
        If PyG is missing.
    """
    data = _pyg().data
    is_plain = batch.nodes.keys() == {"node"} and batch.edges.keys() == {"edge"}
    return [
        _plain(graph, data.Data()) if is_plain else _hetero(graph, data.HeteroData())
        for graph in batch.split()
    ]


def from_pyg(data: Any, references: Mapping[str, str] | None = None) -> GraphBatch[Array]:
    """Return the inverse of :func:`to_pyg`.

    Parameters
    ----------
    data : torch_geometric.data.Data, HeteroData, a Batch or a sequence of these
        Without ``x``, nodes get features of shape (n_nodes, 0). Attributes other than those that
        :func:`to_pyg` names become extras; a single number becomes an array of one.
    references : mapping of str to str
        Which of the extras hold positions of nodes, and the type of those.

    Raises
    ------
    UsageError
        If PyG is missing, an attribute is not a tensor, or graphs do not fit together.
    """
    data_module = _pyg().data
    if isinstance(data, data_module.Batch):
        data = data.to_data_list()
    if isinstance(data, Sequence):
        return collate([from_pyg(graph, references) for graph in data])
    if isinstance(data, data_module.Data):
        return _from_plain(data, references or {})
    if isinstance(data, data_module.HeteroData):
        return _from_hetero(data, references or {})
    raise UsageError(
        f"a {type(data).__name__} is no graph; expected PyG's Data, HeteroData, Batch or a list of them"
    )


def _plain(graph: GraphBatch[Array], data: Any) -> Any:
    tensors, edges = graph.to_torch(), graph.to_torch().edges["edge"]
    data.x, data.edge_index = tensors.nodes["node"].values, edges.index
    if edges.features is not None:
        data.edge_attr = edges.features
    for name, values in _attributes(tensors):
        data[name] = values
    return data


def _hetero(graph: GraphBatch[Array], data: Any) -> Any:
    tensors = graph.to_torch()
    for name, nodes in tensors.nodes.items():
        data[name].x = nodes.values
    for edge_type, edges in zip(_edge_types(tensors), tensors.edges.values(), strict=True):
        store = data[edge_type]
        store.edge_index = edges.index
        if edges.features is not None:
            store.edge_attr = edges.features
    for name, values in _attributes(tensors):
        owner, _, attribute = name.partition(".")
        store = data[owner] if attribute and owner in graph.nodes else data
        setattr(store, attribute if store is not data else name, values)
    return data


def _attributes(tensors: GraphBatch[Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, extra.values) for name, extra in tensors.extras.items())
    yield from ((name, reference.positions.values) for name, reference in tensors.references.items())


def _from_plain(data: Any, references: Mapping[str, str]) -> GraphBatch[Array]:
    attributes = data.to_dict()
    attributes.pop("num_nodes", None)
    nodes = {"node": _node_features(data, attributes)}
    edges = {"edge": ("node", "node", *_edges(attributes))}
    return _assembled(nodes, edges, attributes, references)


def _from_hetero(data: Any, references: Mapping[str, str]) -> GraphBatch[Array]:
    stores = data.to_dict()
    others = stores["_global_store"]
    nodes, edges = {}, {}
    for name in data.node_types:
        attributes = stores[name]
        attributes.pop("num_nodes", None)
        nodes[name] = _node_features(data[name], attributes)
        others |= {f"{name}.{attribute}": values for attribute, values in attributes.items()}
    names = _edge_names(data.edge_types)
    for edge_type in data.edge_types:
        attributes = stores[edge_type]
        source, _, target = edge_type
        edges[names[edge_type]] = (source, target, *_edges(attributes))
        if attributes:
            raise UsageError(
                f"edges {edge_type} have {', '.join(attributes)}, expected edge_index and edge_attr alone; "
                "delete the others"
            )
    return _assembled(nodes, edges, others, references)


def _assembled(
    nodes: Mapping[str, Array],
    edges: Mapping[str, Any],
    others: Mapping[str, Any],
    references: Mapping[str, str],
) -> GraphBatch[Array]:
    missing = references.keys() - others.keys()
    if missing:
        raise UsageError(f"no attribute {', '.join(sorted(missing))} in this graph to be a reference")
    arrays = {name: _array(name, values) for name, values in others.items()}
    extras = {name: values for name, values in arrays.items() if name not in references}
    positions = {name: (nodes_of, arrays[name]) for name, nodes_of in references.items()}
    return check(one_graph(nodes, edges, extras, positions))


def _node_features(store: Any, attributes: dict[str, Any]) -> Array:
    if "x" in attributes:
        return _array("x", attributes.pop("x"))
    return np.empty((store.num_nodes, 0), np.float32)


def _edges(attributes: dict[str, Any]) -> tuple[Array, Array | None]:
    """Take the index and the features, or None, out of ``attributes``."""
    index = attributes.pop("edge_index", None)
    features = attributes.pop("edge_attr", None)
    return (
        np.empty((2, 0), np.int64) if index is None else _array("edge_index", index),
        None if features is None else _array("edge_attr", features),
    )


def _array(name: str, values: Any) -> Array:
    if isinstance(values, bool | int | float):
        return np.array([values])
    if not hasattr(values, "numpy"):
        raise UsageError(
            f"attribute {name!r} is a {type(values).__name__}, expected a tensor; delete it first"
        )
    array: Array = np.atleast_1d(values.numpy(force=True))
    return array


def _edge_types(batch: GraphBatch[Any]) -> list[EdgeType]:
    """Return PyG's type of each edge set, the inverse of :func:`_edge_names`."""
    relations = [_relation(name, edges) for name, edges in batch.edges.items()]
    count = Counter(relations)
    return [
        (edges.source, relation if count[relation] > 1 else name, edges.target)
        for (name, edges), relation in zip(batch.edges.items(), relations, strict=True)
    ]


def _relation(name: str, edges: EdgeSet[Any]) -> str:
    prefix, suffix = f"{edges.source}__", f"__{edges.target}"
    is_full = name.startswith(prefix) and name.endswith(suffix) and len(name) > len(prefix) + len(suffix)
    return name[len(prefix) : -len(suffix)] if is_full else name


def _edge_names(types: Sequence[EdgeType]) -> dict[EdgeType, str]:
    """Name edge sets after their relation, with the types of their ends where several share it."""
    count = Counter(relation for _, relation, _ in types)
    return {edges: edges[1] if count[edges[1]] == 1 else "__".join(edges) for edges in types}


def _pyg() -> Any:
    try:
        import torch_geometric.data
    except ModuleNotFoundError as error:
        raise UsageError(f"this conversion needs PyG; install it with: {install_command('train')}") from error
    return torch_geometric
