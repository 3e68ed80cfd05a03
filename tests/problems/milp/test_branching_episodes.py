from __future__ import annotations

import numpy as np
import pytest
import torch

import coplug.ecole as ecole
from coplug.errors import InstanceError, UsageError
from coplug.graphs import check
from coplug.models.gcnn_actor import GCNNActorCritic
from coplug.problems.milp.episodes import BranchingEpisodes, family_episodes
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.policies import load_policy
from tests.conftest import INSTANCES
from tests.ecole.models import NO_ROOT_WORK

FAMILY = CombinatorialAuction(30, 100)


def play(episodes, seeds, choose=lambda n: 0):
    """Return the sum of rewards and the number of decisions of each episode."""
    observation = episodes.reset(seeds)
    totals, lengths = np.zeros(len(seeds)), np.zeros(len(seeds), int)
    while observation is not None:
        check(observation.graphs)
        counts = observation.graphs.references["actions"].positions.lengths
        step = episodes.step(np.array([choose(n) for n in counts]))
        totals[observation.episodes] += step.rewards
        lengths[observation.episodes] += 1
        observation = step.observation
    return totals, lengths


def test_episodes_side_by_side_are_those_alone():
    episodes = BranchingEpisodes(FAMILY, scip_params=NO_ROOT_WORK)
    together = play(episodes, [3, 4, 5])
    for k, seed in enumerate([3, 4, 5]):
        totals, lengths = play(episodes, [seed])
        assert (totals[0], lengths[0]) == (together[0][k], together[1][k])


def test_in_a_tree_each_decision_has_its_parent():
    episodes = BranchingEpisodes(CombinatorialAuction(40, 160), scip_params=NO_ROOT_WORK, tree=True)
    observation = episodes.reset([5, 6])
    parents, rewards = {0: [], 1: []}, {0: [], 1: []}
    while observation is not None:
        step = episodes.step(np.zeros(len(observation.episodes), np.int64))
        for k, episode in enumerate(observation.episodes):
            solver = episodes._episodes[episode].model.solver
            parents[episode].append(observation.parents[k])
            rewards[episode].append(step.rewards[k])
            assert len(episodes._episodes[episode].decisions) <= solver.getNTotalNodes()
        observation = step.observation
    for episode in (0, 1):
        assert len(parents[episode]) > 3
        assert parents[episode][0] == -1
        assert all(0 <= parent < k for k, parent in enumerate(parents[episode]) if k)
        # Some decision is not the consequence of the one before it.
        assert any(parent != k - 1 for k, parent in enumerate(parents[episode]))
        assert set(rewards[episode]) == {-1.0}


def test_the_reward_is_minus_the_nodes_after_the_first_decision():
    episodes = BranchingEpisodes(FAMILY, scip_params=NO_ROOT_WORK)
    episodes.reset([3])
    model = episodes._episodes[0].model
    at_first = model.solver.getNTotalNodes()
    total, observation = 0.0, True
    while observation:
        step = episodes.step(np.array([0]))
        total += step.rewards[0]
        observation = step.observation
    assert total == at_first - model.solver.getNTotalNodes()
    assert step.terminated.all()


def test_an_observation_is_the_node_with_its_candidates():
    episodes = BranchingEpisodes(FAMILY, scip_params=NO_ROOT_WORK)
    graphs = episodes.reset([3]).graphs
    model = episodes._episodes[0].model
    reader = model.reader
    state, columns = reader.read(), reader.candidates("lp")
    found = graphs.references["actions"].positions.values
    np.testing.assert_array_equal(found, columns)
    np.testing.assert_allclose(graphs.nodes["column"].values, state.column_features, rtol=1e-6)
    np.testing.assert_allclose(graphs.nodes["row"].values, state.row_features, rtol=1e-6)
    np.testing.assert_array_equal(graphs.edges["coefficient"].index[1], state.edge_columns)


def test_a_limit_truncates_and_leaves_the_last_observation():
    episodes = BranchingEpisodes(FAMILY, scip_params=NO_ROOT_WORK | {"limits/nodes": 4})
    observation = episodes.reset([3])
    last = observation.graphs
    while observation:
        last = observation.graphs
        step = episodes.step(np.array([0]))
        observation = step.observation
    assert step.truncated.all()
    np.testing.assert_array_equal(step.last.nodes["column"].values, last.nodes["column"].values)


def test_an_actor_from_a_policy_scores_as_the_policy():
    directory = load_policy("setcover-gcnn")
    episodes = BranchingEpisodes(INSTANCES / "setcover-tiny-0001.lp", scip_params=NO_ROOT_WORK)
    graphs = episodes.reset([1]).graphs
    network = GCNNActorCritic(weights="setcover-gcnn")
    with torch.no_grad():
        logits, values = network(graphs.to_torch())
    reader = episodes._episodes[0].model.reader
    expected = directory.scores(reader.read(), reader.candidates("lp"))
    np.testing.assert_allclose(logits.numpy(), expected, atol=1e-4)
    assert values.shape == (1,)


def test_an_exported_actor_is_a_policy(tmp_path):
    torch.manual_seed(0)
    network = GCNNActorCritic(8)
    network.export(tmp_path / "policy", {"why": "test"})
    policy = load_policy(str(tmp_path / "policy"))
    episodes = BranchingEpisodes(FAMILY, scip_params=NO_ROOT_WORK)
    graphs = episodes.reset([3]).graphs
    with torch.no_grad():
        logits, _ = network(graphs.to_torch())
    reader = episodes._episodes[0].model.reader
    np.testing.assert_allclose(policy.scores(reader.read(), reader.candidates("lp")), logits, atol=1e-4)


def test_instances_without_a_decision_are_refused():
    easy = ecole.scip.Model.prob_basic("easy")
    view = easy.as_pyscipopt()
    view.setObjective(view.addVar("x", vtype="I", lb=1), "minimize")
    with pytest.raises(InstanceError, match="give harder ones"):
        BranchingEpisodes(easy).reset([0])


def test_names_in_recipes():
    assert isinstance(family_episodes("auctions"), BranchingEpisodes)
    with pytest.raises(UsageError, match="gasse"):
        family_episodes("auctions", protocol="mine")
    with pytest.raises(UsageError, match="nothing"):
        family_episodes("nothing")
