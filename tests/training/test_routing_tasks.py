"""Learning to route, on few and small networks."""

import numpy as np
import pytest
import torch

from coplug.envs.routing.environment import GeometricRoutingEnv
from coplug.envs.routing.episodes import encode
from coplug.errors import RecipeError
from coplug.graphs import collate
from coplug.models.routing import ExplorerScorer, ForwarderScorer, TensileMembers
from coplug.models.weights_directory import arrays_of
from coplug.problems.routing.learned import load_rule, perceptron
from coplug.problems.routing.perceptron import evaluate, linear_map
from coplug.training.routing.forwarding import ForwardingTask
from coplug.training.routing.tensile import TensileTask
from coplug.training.routing.walking import WalkTask

SMALL = {"n_nodes": 25, "densities": "3", "valid_nodes": 25, "valid_densities": "3", "valid_networks": 1}


def test_the_regret_of_choices_is_learned():
    torch.manual_seed(0)
    task = ForwardingTask(metric="mean_stretch", **SMALL)
    network = ForwarderScorer()
    batch = next(task.batches([range(len(task))], torch.device("cpu")))
    assert (batch.regret >= 0).all()
    firsts = torch.full((batch.n_decisions,), torch.inf).scatter_reduce(
        0, batch.decision, batch.regret, "amin"
    )
    assert firsts.abs().max() < 1e-5
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    before = task.loss(network, batch).item()
    for _ in range(30):
        optimizer.zero_grad()
        task.loss(network, batch).backward()
        optimizer.step()
    assert task.loss(network, batch).item() < before
    assert set(task.evaluate(network)) == {"zeta_accuracy", "delivery", "mean_stretch"}
    assert all(value >= 1.0 for value in task.baselines().values())


def test_compiled_and_torch_agree(tmp_path):
    torch.manual_seed(1)
    network = ForwarderScorer(width=7, second_width=3)
    torch.nn.init.normal_(network.last.weight)
    x = np.random.default_rng(0).normal(size=(20, 10)).astype(np.float32)
    expected = network.score(torch.from_numpy(x)).detach().numpy()
    network.export(tmp_path / "w", {})
    rule = load_rule(str(tmp_path / "w"))
    hidden = np.zeros(7, np.float32)
    found = [evaluate(rule.net, row, hidden) for row in x]
    assert found == pytest.approx(expected.tolist(), abs=1e-5)
    again = ForwarderScorer(weights=str(tmp_path / "w"))
    assert again.sizes == {"width": 7, "second_width": 3}
    assert (again.value.weight == network.value.weight).all()


def test_linear_maps_have_no_hidden_units():
    weights = np.array([1.0, -2.0, 0.5], np.float32)
    x = np.array([3.0, 1.0, 4.0], np.float32)
    assert evaluate(linear_map(weights, 0.25), x, np.zeros(0, np.float32)) == pytest.approx(3.25)


def test_whole_walks_have_a_fitness():
    sparse = SMALL | {"densities": "1.7", "n_nodes": 80}
    task = WalkTask("explorer-2", n_networks=2, networks_per_step=2, n_pairs=60, **sparse)
    straight = ExplorerScorer()
    torch.nn.init.zeros_(straight.skip)
    torch.nn.init.zeros_(straight.last.bias)
    assert task.fitness(straight, np.random.default_rng(0)) == pytest.approx(0.0, abs=1e-6)
    assert task.evaluate(straight)["delivery"] == 1.0
    with pytest.raises(RecipeError, match="kind is 'ant'"):
        WalkTask("ant")


@pytest.mark.parametrize("variant", ["supervised", "rl"])
def test_members_fit_the_values_of_shortest_paths(variant):
    torch.manual_seed(0)
    task = TensileTask(variant, members=2, n_nodes=30, density=4.0, valid_nodes=25, valid_networks=1)
    network = TensileMembers(2, 20, 4)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    before = task.loss(network, torch.device("cpu")).item()
    for _ in range(40):
        optimizer.zero_grad()
        task.loss(network, torch.device("cpu")).backward()
        optimizer.step()
    assert task.loss(network, torch.device("cpu")).item() < before
    found = task.evaluate(network)
    assert found["zeta_accuracy"] >= found["mean_zeta_accuracy"]
    accuracies = [task._accuracy(member) for member in network.members]
    assert network.best == int(np.argmax(accuracies))
    assert (network.members[0].skip == 0).all()


def test_policy_gradients_see_all_neighbours():
    env = GeometricRoutingEnv(size="tiny")
    graphs = collate([encode(*env.reset(seed=seed)) for seed in range(3)])
    logits, values = ForwarderScorer()(graphs.to_torch(torch.device("cpu")))
    assert len(logits) == graphs.references["actions"].positions.ptr[-1]
    assert values.shape == (3,)
    assert perceptron(arrays_of(ForwarderScorer())).skip[1] == 1.0
