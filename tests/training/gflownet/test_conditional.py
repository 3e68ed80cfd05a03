"""Environments of many problems, and flows that look forward."""

import itertools

import numpy as np
import pytest
import torch

from coplug.errors import RecipeError
from coplug.graphs.graph import from_edges
from coplug.models.mis_policy import NodeFlow
from coplug.problems.hypergrid import HyperGrid
from coplug.problems.mis.dag import IndependentSetDag
from coplug.training.gflownet.learner import GFlowNetLearner, GFlowNetOptimizerSettings
from coplug.training.gflownet.objectives import OBJECTIVES
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.trajectories import sample_forward
from tests.training.gflownet.tabular import Words, all_trajectories, solved_policy
from tests.training.gflownet.test_learner import make_recipe, metrics_of, run

FORK = from_edges(6, np.array([[0, 1], [1, 2], [1, 3], [3, 4], [4, 5]]))
CYCLE = from_edges(6, np.array([[i, (i + 1) % 6] for i in range(6)]))
GRAPHS = [FORK, CYCLE]


class HopefulWords(Words):
    """Words whose beginnings have a reward too."""

    def partial_log_reward(self, states):
        return np.log(1.0 + np.maximum(states, 0) @ np.array([4.0, 2.0, 1.0]))


class Ahead(torch.nn.Module):
    """A table whose flows are divided by the rewards so far."""

    def __init__(self, table, environment):
        super().__init__()
        self.table = table
        self.so_far = torch.from_numpy(environment.partial_log_reward(environment.states()))
        self.log_z = table.log_z

    def forward(self, features):
        forward, backward, log_flow = self.table(features)
        return forward, backward, log_flow - self.so_far[features.argmax(dim=1)]


def learner_of(environment, **changes):
    torch.manual_seed(0)
    network = NodeFlow(1, environment.n_actions, width=16, depth=2, flow_scale=1.0)
    return GFlowNetLearner(network, environment, make_recipe(**changes))


def maximal_sets(graph):
    """Return every maximal independent set, as tuples of 0 and 1."""
    near = np.zeros((graph.n_nodes, graph.n_nodes), dtype=int)
    u, v = graph.edges().T
    near[u, v] = near[v, u] = 1
    rows = [np.array(row) for row in itertools.product((0, 1), repeat=graph.n_nodes)]
    return {
        tuple(row.tolist())
        for row in rows
        if not (near @ row)[row == 1].any() and ((near @ row > 0) | (row == 1)).all()
    }


@pytest.mark.parametrize("loss", ["db", "subtb"])
def test_the_exact_flow_over_the_reward_so_far_has_no_loss(loss):
    environment = HopefulWords()
    batch, solved = all_trajectories(environment), solved_policy(environment)
    network = Ahead(solved.network, environment)
    ahead = Policy(network, environment, solved.device, forward_looking=True)
    assert OBJECTIVES[loss].balance(ahead, batch, 0.8).loss.item() < 1e-20
    behind = Policy(network, environment, solved.device)
    assert OBJECTIVES[loss].balance(behind, batch, 0.8).loss.item() > 0.1


@pytest.mark.parametrize("loss", ["db", "subtb"])
def test_each_graph_gets_a_distribution_of_its_own(loss):
    dag = IndependentSetDag(GRAPHS, beta=1.0)
    learner = learner_of(
        dag,
        loss=loss,
        forward_looking=True,
        epoch_steps=400,
        batch_size=16,
        max_epochs=1,
        optimizer=GFlowNetOptimizerSettings(learning_rate=5e-3, schedule="cosine"),
    )
    for _ in learner.steps(0, 0):
        pass
    for number, graph in enumerate(GRAPHS):
        single = IndependentSetDag([graph], beta=1.0)
        policy = Policy(learner.network, single, torch.device("cpu"), forward_looking=True)
        drawn = sample_forward(single, policy.forward, 4000, np.random.default_rng(number))
        found, counts = np.unique(drawn.objects[:, 1:], axis=0, return_counts=True)
        shares = {tuple(row): count / 4000 for row, count in zip(found.tolist(), counts, strict=True)}
        sets = maximal_sets(graph)
        weights = {one: np.exp(sum(one)) for one in sets}
        total = sum(weights.values())
        assert shares.keys() <= sets
        distance = sum(abs(shares.get(one, 0.0) - weights[one] / total) for one in sets) / 2
        assert distance < 0.05
        log_z = policy.scores(single.initial(1)).log_flow[0].item()
        assert log_z == pytest.approx(np.log(total), abs=0.2)


def test_evaluations_draw_the_same_problems_and_report_no_common_log_z(tmp_path):
    dag = IndependentSetDag(GRAPHS, beta=2.0)
    learner = learner_of(dag, loss="db", forward_looking=True, evaluation_samples=50)
    first = learner.evaluate(0)
    assert first.keys() == {"log_reward"}
    assert first == learner.evaluate(3)
    assert 2.0 * 2 <= first["log_reward"] <= 2.0 * 4


def test_trajectories_begin_at_problems_that_are_drawn():
    dag = IndependentSetDag(GRAPHS)
    learner = learner_of(dag, loss="db", forward_looking=True)
    drawn = sample_forward(dag, learner.policy.forward, 40, np.random.default_rng(0))
    assert set(drawn.states[:, 0, 0].tolist()) == {0, 1}
    assert (drawn.states[:, :, 0] == drawn.states[:, :1, 0]).all()


@pytest.mark.parametrize(
    ("environment", "changes", "message"),
    [
        (IndependentSetDag(GRAPHS), {"loss": "tb"}, "loss tb has one log Z, and each problem"),
        (HyperGrid(), {"loss": "db", "forward_looking": True}, "which HyperGrid does not know"),
        (
            IndependentSetDag(GRAPHS),
            {"loss": "fm", "forward_looking": True},
            "which loss fm has none of",
        ),
    ],
)
def test_a_loss_that_does_not_fit_is_named(environment, changes, message):
    with pytest.raises(RecipeError, match=message):
        learner_of(environment, **changes)


def test_other_environments_report_as_before(tmp_path):
    run(tmp_path, make_recipe(loss="tb", max_epochs=1), HyperGrid(side=3))
    assert {"valid_tv", "valid_log_z"} <= metrics_of(tmp_path)[-1].keys()
