import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch_geometric.data import Batch, Data, HeteroData

from coplug.errors import UsageError
from coplug.graphs import collate, equal, from_pyg, one_graph, to_pyg

from .strategies import batches, graph_lists

PLAIN = {
    "nodes": {"node": (2, np.float32)},
    "edges": {"edge": ("node", "node", 1)},
    "extras": {"mask": 0, "score": 2},
    "references": {"goal_index": "node"},
}


def references_of(batch):
    return {name: reference.nodes for name, reference in batch.references.items()}


@settings(deadline=None)
@given(batches())
def test_pyg_and_back(batch):
    assert equal(from_pyg(to_pyg(batch), references_of(batch)), batch)


@settings(deadline=None)
@given(graph_lists(structure=PLAIN))
def test_data_through_pygs_own_batch(graphs):
    data = to_pyg(collate(graphs))
    assert all(type(one) is Data for one in data)
    whole, ours = Batch.from_data_list(data), collate(graphs)
    assert equal(from_pyg(whole, {"goal_index": "node"}), ours)
    assert np.array_equal(whole.edge_index.numpy(), ours.edges["edge"].index)
    assert np.array_equal(whole.ptr.numpy(), ours.nodes["node"].ptr)
    assert np.array_equal(whole.batch.numpy(), ours.nodes["node"].segment_ids())
    assert np.array_equal(whole.goal_index.numpy(), ours.references["goal_index"].positions.values)


@settings(deadline=None)
@given(batches())
def test_heterodata_through_pygs_own_batch(batch):
    data = to_pyg(batch)
    if type(data[0]) is Data:
        return
    assert equal(from_pyg(Batch.from_data_list(data), references_of(batch)), batch)


def test_attributes_of_nodes_and_relations_that_share_a_name():
    data = HeteroData()
    data["row"].x = torch.ones(2, 1)
    data["row"].label = torch.tensor([3, 4])
    data["column"].num_nodes = 3
    data["row", "to", "column"].edge_index = torch.tensor([[0, 1], [2, 2]])
    data["column", "to", "row"].edge_index = torch.tensor([[2], [1]])
    data["column", "next", "column"].edge_index = torch.tensor([[0, 1], [1, 2]])
    data.gap = 0.5
    batch = from_pyg(data)
    assert list(batch.edges) == ["row__to__column", "column__to__row", "next"]
    assert batch.nodes["column"].values.shape == (3, 0)
    assert batch.extras["row.label"].values.tolist() == [3, 4]
    assert batch.extras["gap"].values.tolist() == [0.5]
    (back,) = to_pyg(batch)
    assert back.edge_types == data.edge_types
    assert back["row"].label.tolist() == [3, 4]
    assert equal(from_pyg(back), batch)


@pytest.mark.filterwarnings("ignore:There exist type names")
def test_names_that_only_look_like_pygs():
    for name in ("a__b", "node__", "node____node", "node__x__node"):
        batch = one_graph({"node": [[1.0]]}, {name: ("node", "node", [[0], [0]], None)})
        assert equal(from_pyg(to_pyg(batch)), batch)


def test_data_without_features():
    batch = from_pyg(Data(num_nodes=3, y=torch.tensor(2)))
    assert batch.nodes["node"].values.shape == (3, 0)
    assert batch.edges["edge"].index.shape == (2, 0)
    assert batch.extras["y"].values.tolist() == [2]


def test_what_does_not_convert_says_why(monkeypatch):
    with pytest.raises(UsageError, match="attribute 'name' is a str"):
        from_pyg(Data(x=torch.ones(1, 1), name="karate"))
    with pytest.raises(UsageError, match="no attribute goal in this graph"):
        from_pyg(Data(x=torch.ones(1, 1)), {"goal": "node"})
    with pytest.raises(UsageError, match="a dict is no graph"):
        from_pyg({})
    with pytest.raises(UsageError, match="entry 0 of the source of edge set 'edge' is 4"):
        from_pyg(Data(x=torch.ones(1, 1), edge_index=torch.tensor([[4], [0]])))
    data = HeteroData({"node": {"x": torch.ones(1, 1)}})
    data["node", "to", "node"].time = torch.ones(0)
    with pytest.raises(UsageError, match="have time, expected edge_index"):
        from_pyg(data)
    monkeypatch.setitem(sys.modules, "torch_geometric", None)
    with pytest.raises(UsageError, match=r"needs PyG; install it with: pip install '.*\[train\]'"):
        to_pyg(one_graph({"node": [1.0]}))
