"""Policies that choose seeds: the compiled network beside torch, and what happens where a policy fails."""

import numpy as np
import pytest
import torch

from coplug.errors import UnknownPolicyError, UsageError
from coplug.families import make_family
from coplug.inference.zoo import shipped
from coplug.models.seed_policy import SeedPolicy
from coplug.problems.influence.acting import by_policy
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.episodes import family_episodes
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.network import make_network
from coplug.problems.influence.node_features import chances_of, features_of
from coplug.problems.influence.options import InfluenceOptions
from coplug.problems.influence.policies import load_policy
from coplug.problems.influence.spread import estimate
from coplug.problems.influence.task import Task
from tests.problems.influence.exact import IC, LT, SIS, network, task


class ByNumber:
    name = "by-number"

    def seed_scores(self, network, reached, left):
        return np.arange(network.n_nodes, dtype=float)


class Failing(ByNumber):
    def seed_scores(self, network, reached, left):
        if reached.sum() > 0:
            raise ValueError("no idea")
        return super().seed_scores(network, reached, left)


@pytest.mark.parametrize("diffusion", [IC, LT, SIS], ids=lambda d: d.model)
def test_the_compiled_network_is_that_of_torch(tmp_path, diffusion):
    torch.manual_seed(1)
    module = SeedPolicy(width=6, depth=2)
    module.export(tmp_path, {})
    episodes = family_episodes(size="tiny", diffusion=diffusion.model, budget=2, worlds=16)
    graphs = episodes.reset([5]).graphs
    nodes, edges = graphs.nodes["node"].values, graphs.edges["edge"]
    with torch.no_grad():
        expected = module(graphs.to_torch())[0].numpy()
    ptr = np.concatenate([[0], np.cumsum(np.bincount(edges.index[0], minlength=len(nodes)))])
    found = load_policy(str(tmp_path)).network.scores(
        ptr, edges.index[1].astype(np.int32), edges.features[:, 0].copy(), nodes
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_features_count_walks():
    net = network(IC)
    features = features_of(net, chances_of(net), np.zeros(6, np.float32), 0.5)
    out = net.out
    matrix = np.zeros((6, 6))
    matrix[np.repeat(np.arange(6), np.diff(out.ptr)), out.ends] = out.high
    along = np.ones(6)
    for hop in range(3):
        along = 1 + matrix @ along
        np.testing.assert_allclose(features[:, 1 + hop], np.log1p(along), rtol=1e-5)
    assert (features[:, 6] == 0.5).all()


def test_seeds_are_those_of_the_highest_scores():
    choice, use = by_policy(task(network(IC), 3, excluded=[4]), ByNumber(), 0, Limits())
    assert choice.seeds.tolist() == [5, 3, 2]
    assert (use.name, use.calls, use.fallbacks) == ("by-number", 3, 0)


def test_where_a_policy_fails_degree_discount_goes_on(caplog):
    choice, use = by_policy(task(network(IC), 3), Failing(), 0, Limits())
    assert choice.seeds[0] == 5
    assert len(set(choice.seeds.tolist())) == 3
    assert use.fallbacks == 1
    assert "policy by-number failed, degree discount goes on: ValueError: no idea" in caplog.text


def test_a_policy_and_a_method_are_one_too_many():
    with pytest.raises(UsageError, match="takes the place of method imm"):
        InfluenceOptions(budget=1, method="imm", policy=ByNumber())


def test_unknown_policies_are_one_line():
    with pytest.raises(UnknownPolicyError, match="is unknown for influence"):
        load_policy("nobody")


@pytest.mark.parametrize("diffusion", [Diffusion("ic"), Diffusion("lt", threshold=0.5)], ids=["ic", "fixed"])
def test_the_shipped_policy_chooses_better_than_chance(diffusion):
    assert "influence-rl" in shipped("influence")
    graph = make_family("holme_kim", "easy").generate(np.random.RandomState(2))
    net = make_network(graph, diffusion)
    nodes = np.arange(graph.n_nodes, dtype=np.int32)
    choice, use = by_policy(Task(net, 20.0, None, nodes[:0], nodes), load_policy("influence-rl"), 0, Limits())
    drawn = np.random.default_rng(0).choice(nodes, 20, replace=False)
    assert use.fallbacks == 0
    assert estimate(net, choice.seeds, 1, worlds=500).spread > estimate(net, drawn, 1, worlds=500).spread
