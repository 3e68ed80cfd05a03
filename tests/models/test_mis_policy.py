import numpy as np
import pytest
import torch

from coplug.errors import WeightsError
from coplug.graphs.families.hard_graphs import RbModel
from coplug.graphs.graph import Graph, from_edges
from coplug.models.mis_policy import NodeFlow, NodePolicy, load, node_scores
from coplug.models.neighbour_sum import neighbour_sum
from coplug.problems.mis.construction import Construction
from coplug.problems.mis.dag import IndependentSetDag
from coplug.problems.mis.episodes import as_batch

TINY = RbModel(**RbModel.sizes["tiny"])
CLOSE = {"rtol": 0.0, "atol": 1e-5}


def random_graph(seed=0):
    return TINY.generate(np.random.RandomState(seed))


def batch_of(*graphs):
    return as_batch(Construction(graphs).left())


def policy(seed=0, **sizes):
    torch.manual_seed(seed)
    return NodePolicy(**sizes)


def adjacency_of(graph):
    matrix = torch.zeros(graph.n_nodes, graph.n_nodes, dtype=torch.float64)
    u, v = torch.from_numpy(graph.edges().astype(np.int64)).T
    matrix[u, v] = matrix[v, u] = 1.0
    return matrix


def test_neighbours_are_summed_as_by_the_adjacency_matrix():
    graph = random_graph()
    x = torch.randn(graph.n_nodes, 7, dtype=torch.float64, requires_grad=True)
    weight = torch.randn_like(x)
    ptr, neighbours = torch.from_numpy(graph.ptr), torch.from_numpy(graph.neighbours.astype(np.int64))
    total, expected = neighbour_sum(x, ptr, neighbours), adjacency_of(graph) @ x
    torch.testing.assert_close(total, expected)
    (ours,), (theirs,) = (torch.autograd.grad((y * weight).sum(), x) for y in (total, expected))
    torch.testing.assert_close(ours, theirs)


def test_neighbours_outside_the_graph_are_refused():
    with pytest.raises(IndexError, match=r"outside 0\.\.1"):
        neighbour_sum(torch.ones(2, 3), torch.tensor([0, 1, 1]), torch.tensor([2]))


def test_a_graph_does_not_notice_the_others():
    network, graphs = policy(), [random_graph(seed) for seed in range(3)]
    logits, values = network(batch_of(*graphs).to_torch())
    alone = [network(batch_of(graph).to_torch()) for graph in graphs]
    torch.testing.assert_close(logits, torch.cat([one[0] for one in alone]), **CLOSE)
    torch.testing.assert_close(values, torch.cat([one[1] for one in alone]), **CLOSE)


def test_scores_follow_a_renumbering_of_the_nodes():
    network, graph = policy(), random_graph()
    order = np.random.default_rng(0).permutation(graph.n_nodes)
    renumbered = from_edges(graph.n_nodes, order[graph.edges()])
    logits, value = network(batch_of(graph).to_torch())
    others, same = network(batch_of(renumbered).to_torch())
    torch.testing.assert_close(others[torch.from_numpy(order)], logits, **CLOSE)
    torch.testing.assert_close(same, value, **CLOSE)


def test_the_network_is_its_formula_on_a_dense_matrix():
    network, graph = policy(width=8, depth=2).double(), random_graph()
    a, n = adjacency_of(graph), graph.n_nodes
    d = a.sum(dim=1)
    log_n = torch.full_like(d, np.log1p(n) / 6)
    h = torch.relu(network.embedding(torch.stack([d.log1p() / 4, 1 / (1 + d), d / n, log_n], dim=1)))
    for layer in network.rounds:
        around = a @ h / (1 + d).sqrt()[:, None]
        h = h + torch.relu(layer.norm(layer.own(h) + layer.around(around) + layer.whole(h.mean(dim=0))))
    batch = batch_of(graph).to_torch().map(lambda x: x.double() if x.is_floating_point() else x)
    logits, value = network(batch)
    torch.testing.assert_close(logits, network.score(h)[:, 0])
    torch.testing.assert_close(value, network.value(h).sum()[None] / 16)


def test_an_empty_graph_is_worth_nothing():
    empty = from_edges(0, np.zeros((0, 2), np.int64))
    logits, values = policy()(batch_of(random_graph(), empty).to_torch())
    assert values[1].item() == 0.0
    assert len(logits) == random_graph().n_nodes


def test_a_policy_is_read_back(tmp_path):
    network = policy(width=8, depth=2)
    network.export(tmp_path / "w", {"seed": 3})
    other, config = load(tmp_path / "w")
    assert (config["training"], config["width"], config["depth"]) == ({"seed": 3}, 8, 2)
    batch = batch_of(random_graph())
    assert np.array_equal(node_scores(network, batch), node_scores(other, batch))


def test_training_begins_with_given_weights(tmp_path):
    network = policy(width=8, depth=2)
    network.export(tmp_path / "w", {})
    other = NodePolicy(weights=str(tmp_path / "w"))
    assert other.sizes == {"width": 8, "depth": 2}
    assert all(map(torch.equal, network.parameters(), other.parameters()))


def test_damaged_weights_are_named(tmp_path):
    with pytest.raises(WeightsError, match=r"config\.json cannot be read"):
        load(tmp_path)
    network = policy()
    network.export(tmp_path / "w", {})
    (tmp_path / "w" / "config.json").write_text('{"format": 1, "architecture": "gcnn"}')
    with pytest.raises(WeightsError, match="holds no mis-policy of format 1"):
        load(tmp_path / "w")
    (tmp_path / "w" / "config.json").write_text(
        '{"format": 1, "architecture": "mis-policy", "width": 7, "depth": 3}'
    )
    with pytest.raises(WeightsError, match=r"embedding.weight has shape \(32, 4\), expected \(7, 4\)"):
        load(tmp_path / "w")
    (tmp_path / "w" / "config.json").write_text('{"format": 1, "architecture": "mis-policy", "width": 7}')
    with pytest.raises(WeightsError, match="depth is None; expected a positive integer"):
        load(tmp_path / "w")
    torch.nn.init.constant_(network.embedding.bias, torch.nan)
    with pytest.raises(WeightsError, match=r"embedding.bias has a NaN"):
        network.export(tmp_path / "nan", {})


def test_a_flow_puts_logits_at_the_nodes_numbers():
    graphs: list[Graph] = [random_graph(0), random_graph(1)]
    dag = IndependentSetDag(graphs)
    torch.manual_seed(0)
    network = NodeFlow(dag.n_features, dag.n_actions, width=8, depth=1, flow_scale=3.0)
    states = dag.step(dag.empty(np.array([0, 1])), np.array([4, 7]))
    encoded = dag.encode(states).to_torch()
    forward, backward, log_flow = network(encoded)
    logits, values = network.policy(encoded)
    mask = torch.from_numpy(dag.forward_mask(states))
    assert torch.equal(forward[mask], logits)
    assert not forward[~mask].any()
    assert backward.shape == (2, dag.max_nodes)
    assert not backward.any()
    assert torch.equal(log_flow, 3.0 * values)
