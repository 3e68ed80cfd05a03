"""The pair networks: what they may depend on, and what they must not."""

import numpy as np
import pytest
import torch

from coplug.graphs.graph import Graph
from coplug.inference.architectures.pairs import CHANNELS
from coplug.models.pair_resnet import PairResNet
from coplug.models.pairformer import Pairformer
from coplug.problems.extremal.game import ExtremalGame


def pictures(*graphs):
    game = ExtremalGame(max(graph.n_nodes for graph in graphs), 2)
    return torch.from_numpy(game.encode(game.states(graphs)))


def permuted(graph, order):
    return Graph.of(graph.n_nodes, order[graph.edges()])


def matrix(logits, n):
    full = torch.zeros(n, n)
    j, i = torch.tril_indices(n, n, -1)
    full[i, j] = full[j, i] = logits
    return full.numpy()


GRAPH = Graph.of(7, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (4, 5), (1, 6), (2, 6)])
ORDER = np.array([3, 5, 0, 6, 1, 4, 2])


def make(network, seed=0):
    torch.manual_seed(seed)
    made = network(width=8, depth=2)
    with torch.no_grad():
        made.heads.policy_outer.weight.normal_()
    return made.eval()


@torch.no_grad()
def test_renamed_nodes_get_the_same_logits_and_value():
    network = make(Pairformer)
    logits, values = network(pictures(GRAPH, permuted(GRAPH, ORDER)))
    first, second = matrix(logits[0], 7), matrix(logits[1], 7)
    np.testing.assert_allclose(second[np.ix_(ORDER, ORDER)], first, atol=1e-5)
    assert values[0].item() == pytest.approx(values[1].item(), abs=1e-5)
    assert first.std() > 0.01


@torch.no_grad()
def test_equivalent_pairs_get_the_same_logit():
    star = Graph.of(6, [(0, k) for k in range(1, 6)])
    logits = matrix(make(Pairformer)(pictures(star))[0][0], 6)
    rim = logits[1:, 1:][~np.eye(5, dtype=bool)]
    np.testing.assert_allclose(rim, rim[0], atol=1e-5)
    assert abs(logits[0, 1] - rim[0]) > 1e-3


@torch.no_grad()
def test_the_resnet_depends_on_the_order_and_ends_at_the_graph():
    network = make(PairResNet)
    logits, _ = network(pictures(GRAPH, permuted(GRAPH, ORDER)))
    first, second = matrix(logits[0], 7), matrix(logits[1], 7)
    assert abs(second[np.ix_(ORDER, ORDER)] - first).max() > 1e-3
    alone, value = network(pictures(GRAPH))
    both, values = network(pictures(GRAPH, Graph.of(9, [(0, 8)])))
    torch.testing.assert_close(both[0, :21], alone[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(values[:1], value, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("network", [Pairformer, PairResNet])
def test_every_weight_is_learned(network):
    made = make(network)
    logits, values = made(pictures(GRAPH, permuted(GRAPH, ORDER), Graph.of(4, [(0, 1), (1, 2)])))
    weight = torch.randn(logits.shape)
    ((logits * weight).sum() + values.sum()).backward()
    for name, parameter in made.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_a_resnet_is_written(tmp_path):
    make(PairResNet).export(tmp_path, {"metrics": {}})
    assert (tmp_path / "model.safetensors").stat().st_size > len(CHANNELS) * 8 * 4
