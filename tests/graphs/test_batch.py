import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.graphs import EdgeSet, GraphBatch, Ragged, Reference, check, collate, equal, one_graph

from .strategies import batches, graph_lists

X = np.arange(6.0).reshape(3, 2)


def small(**changes):
    edges = {"edge": ("node", "node", [[0, 2], [1, 2]], [5.0, 6.0])}
    parts = {"nodes": {"node": X}, "edges": edges, "references": {"goal": ("node", [2])}}
    return one_graph(**(parts | changes))


@settings(deadline=None)
@given(graph_lists())
def test_split_is_the_inverse_of_collate(graphs):
    batch = check(collate(graphs))
    assert len(batch) == batch.n_graphs == len(graphs)
    assert all(equal(a, b) for a, b in zip(batch.split(), graphs, strict=True))
    assert equal(collate(batch.split()), batch)


@settings(deadline=None)
@given(graph_lists(), st.data())
def test_take_is_what_a_list_does(graphs, data):
    batch = collate(graphs)
    indices = data.draw(st.lists(st.integers(-len(graphs), len(graphs) - 1), min_size=1))
    assert equal(check(batch.take(indices)), collate([graphs[i] for i in indices]))
    assert equal(batch.take(np.arange(len(graphs)) < 1), graphs[0])


@settings(deadline=None)
@given(batches(), batches())
def test_none_of_the_graphs_is_a_batch_too(batch, other):
    none = check(batch.take([]))
    assert none.n_graphs == 0
    assert equal(collate([none, batch, none]), batch)
    assert not equal(none, batch)


@settings(deadline=None)
@given(graph_lists(min_size=3))
def test_batches_can_be_merged_again(graphs):
    assert equal(collate([collate(graphs[:2]), collate(graphs[2:])]), collate(graphs))


@settings(deadline=None)
@given(batches())
def test_tensors_and_back(batch):
    tensors = batch.to_torch()
    assert all(isinstance(nodes.values, torch.Tensor) for nodes in tensors.nodes.values())
    assert len(tensors) == len(batch)
    assert equal(tensors.to_numpy(), batch)


def test_merging_shifts_edges_and_references():
    other = one_graph(
        {"node": X[:1]}, {"edge": ("node", "node", [[0], [0]], [7.0])}, {}, {"goal": ("node", [0, 0])}
    )
    batch = collate([small(), other, small()])
    assert batch.nodes["node"].ptr.tolist() == [0, 3, 4, 7]
    assert batch.edges["edge"].index.tolist() == [[0, 2, 3, 4, 6], [1, 2, 3, 5, 6]]
    assert batch.edges["edge"].features.tolist() == [5.0, 6.0, 7.0, 5.0, 6.0]
    assert batch.references["goal"].positions.values.tolist() == [2, 3, 3, 6]
    assert batch.graph(1).references["goal"].positions.values.tolist() == [0, 0]


def test_graphs_are_copies():
    x, index = X.copy(), np.array([[0, 2], [1, 2]])
    graph = small(nodes={"node": x}, edges={"edge": ("node", "node", index, [5.0, 6.0])})
    x[:], index[:] = 0, 0
    collate([graph]).edges["edge"].index[:] = 0
    graph.graph(0).edges["edge"].index[:] = 0
    assert equal(graph, small())


def test_equal_looks_at_everything():
    assert equal(small(), small())
    assert not equal(small(), small(nodes={"node": X.astype(np.float32)}))
    assert not equal(small(), small(references={"goal": ("node", [1])}))
    assert not equal(small(), small(references={}))
    assert not equal(small(), small(edges={"edge": ("node", "node", [[0, 2], [1, 2]], None)}))
    unknown = {"score": [np.nan, 1.0]}
    assert equal(small(extras=unknown), small(extras=unknown))
    assert not equal(small(extras=unknown), small(extras={"score": [np.nan, 2.0]}))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (small(nodes={"node": X, "row": X}), "the nodes of two batches differ: node and node, row"),
        (small(edges={}), "the edges of two batches differ: .* and none"),
        (small(extras={"mask": [True]}), "the extras of two batches differ: none and mask"),
        (small(references={}), "the references of two batches differ"),
    ],
)
def test_graphs_of_two_structures_do_not_merge(other, message):
    with pytest.raises(UsageError, match=message):
        collate([small(), other])


def test_nothing_does_not_merge():
    with pytest.raises(UsageError, match="no graphs"):
        collate([])


def with_edges(**changes):
    edges = EdgeSet("node", "node", np.array([[0, 3], [1, 4]]), np.array([0, 1, 2]))
    nodes = {"node": Ragged(np.zeros((5, 1)), np.array([0, 2, 5]))}
    return GraphBatch(nodes, {"edge": dataclasses.replace(edges, **changes)})


def with_ptr(ptr):
    return GraphBatch({"node": Ragged(np.zeros((5, 1)), np.array(ptr))})


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (GraphBatch({}), "no node type"),
        (with_ptr([0, 2, 4]), "nodes 'node' must rise from 0 to 5"),
        (with_ptr([1, 2, 5]), "must rise from 0 to 5"),
        (with_ptr([0, 6, 5]), "must rise from 0 to 5"),
        (with_ptr(5), "int64 of shape"),
        (with_ptr(np.zeros(0, np.int64)), "must rise"),
        (with_ptr([0.0, 5.0]), "the ptr of nodes 'node' is float64"),
        (with_edges(index=np.array([[0, 3]])), r"has shape \(1, 2\), expected \(2, n_edges\)"),
        (with_edges(index=np.array([[0, 3], [1, 4]], dtype=np.int32)), "are int32 of shape"),
        (with_edges(features=np.zeros((3, 1))), "2 edges and features of 3"),
        (with_edges(ptr=np.array([0, 2])), r"expected int64 of shape \(3,\) for 2 graphs"),
        (with_edges(source="row"), "names nodes 'row'; choose from node"),
        (
            with_edges(index=np.array([[0, 3], [2, 4]])),
            "entry 0 of the target of edge set 'edge' is 2, but graph 0 has the nodes 'node' 0 to 1",
        ),
        (with_edges(index=np.array([[0, 1], [1, 4]])), "entry 1 of the source .* graph 1 .* 2 to 4"),
        (with_edges(index=np.array([[0, -1], [1, 4]])), "entry 1 of the source .* is -1"),
        (small(references={"goal": ("node", [3])}), "entry 0 of reference 'goal' is 3"),
        (small(nodes={"node": X[:0]}, edges={}), "graph 0 has no nodes 'node'"),
        (
            GraphBatch(
                {"node": Ragged.of([X])}, {}, {}, {"goal": Reference("node", Ragged.of([np.array([0.5])]))}
            ),
            "reference 'goal' are float64",
        ),
        (GraphBatch({"node": Ragged.of([X])}, {}, {"mask": Ragged.of([X, X])}), "the ptr of extra 'mask'"),
    ],
)
def test_check_says_what_is_wrong(batch, message):
    with pytest.raises(UsageError, match=message):
        check(batch)


def test_import_is_light():
    heavy = "torch networkx scipy torch_geometric"
    code = f"import sys, coplug.graphs; print([m for m in '{heavy}'.split() if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
