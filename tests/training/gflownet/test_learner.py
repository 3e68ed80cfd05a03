import json
import math

import numpy as np
import pytest
import torch

from coplug.contracts.dag import Enumerable
from coplug.errors import RecipeError, WeightsError
from coplug.models.gflownet_mlp import GFlowNetMLP, load
from coplug.problems.hypergrid import HyperGrid
from coplug.training.device import seeded
from coplug.training.gflownet.exact import Exact, total_variation
from coplug.training.gflownet.learner import (
    GFlowNetLearner,
    GFlowNetOptimizerSettings,
    GFlowNetRecipe,
    trainer,
)
from coplug.training.gflownet.objectives import OBJECTIVES, Objective
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.replay import ReplaySettings
from coplug.training.loop import train
from coplug.training.recipe_files import load_recipe
from coplug.training.run_directory import RunDirectory
from tests.training.gflownet.tabular import Endless, Words

CPU = torch.device("cpu")
CLOSE = 0.02


class Reporter:
    def start(self, epoch, max_epochs, epoch_steps): ...

    def step(self, epoch, done, name, mean): ...

    def epoch(self, metrics): ...

    def message(self, text): ...


class Interrupted(GFlowNetLearner):
    """A learner whose process dies before a step."""

    stop_at = None

    def steps(self, epoch, start):
        for k, measured in enumerate(super().steps(epoch, start), start=start):
            if (epoch, k) == self.stop_at:
                raise InterruptedError
            yield measured


def make_recipe(**changes):
    defaults = {"kind": "gflownet", "environment": "here:Grid", "epoch_steps": 5, "max_epochs": 3}
    return GFlowNetRecipe(**(defaults | changes))


def run(directory, recipe, environment, resume=False, stop_at=None):
    with (
        seeded(recipe.seed, CPU),
        RunDirectory(directory, recipe, resume=resume) as opened,
    ):
        network = GFlowNetMLP(environment.n_features, environment.n_actions, width=8)
        learner = Interrupted(network, environment, recipe)
        learner.stop_at = stop_at
        outcome = train(learner, recipe, opened, Reporter())
    return outcome, learner


def metrics_of(directory):
    return [json.loads(line) for line in (directory / "metrics.jsonl").read_text().splitlines()]


def trained(directory, loss, *settings):
    recipe = load_recipe("hypergrid-gflownet", [f"loss={loss}", *settings])[1]
    outcome = trainer.train(recipe, directory, resume=False, reporter=Reporter())
    return metrics_of(directory)[-1], outcome


@pytest.mark.parametrize("loss", OBJECTIVES)
def test_small_grid_is_learned(tmp_path, loss):
    settings = [
        "environment_arguments.side=5",
        "max_epochs=4",
        "epoch_steps=100",
        "optimizer.learning_rate=5e-3",
    ]
    metrics, _ = trained(tmp_path, loss, *settings)
    assert metrics["valid_tv"] < CLOSE
    assert metrics["valid_log_z_error"] < CLOSE


@pytest.mark.slow
@pytest.mark.parametrize("loss", OBJECTIVES)
@pytest.mark.parametrize("r0", [0.1, 0.001])
def test_grid_of_side_eight_is_learned(tmp_path, loss, r0):
    metrics, _ = trained(tmp_path, loss, f"environment_arguments.r0={r0}")
    assert metrics["valid_tv"] < CLOSE
    assert metrics["valid_log_z_error"] < CLOSE


@pytest.mark.parametrize("loss", OBJECTIVES)
@pytest.mark.parametrize("crash", [(0, 3), (1, 0), (2, 2)])
def test_resume_continues_to_the_bit(tmp_path, loss, crash):
    recipe = make_recipe(
        loss=loss, checkpoint_s=0.0, batch_size=6, replay=ReplaySettings(batch_size=4, capacity=20)
    )
    grid = HyperGrid(side=4)
    _, whole = run(tmp_path / "whole", recipe, grid)
    with pytest.raises(InterruptedError):
        run(tmp_path / "crashed", recipe, grid, stop_at=crash)
    _, resumed = run(tmp_path / "crashed", recipe, grid, resume=True)
    for ours, theirs in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert torch.equal(whole.replay.state()["objects"], resumed.replay.state()["objects"])
    without_time = [
        [m | {"time_s": 0, "environment_steps_per_s": 0} for m in metrics_of(tmp_path / n)]
        for n in ("whole", "crashed")
    ]
    assert without_time[0] == without_time[1]


def test_seed_decides_the_trajectories(tmp_path):
    grid = HyperGrid(side=4)
    losses = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        run(tmp_path / name, make_recipe(seed=seed, max_epochs=1), grid)
        losses.append(metrics_of(tmp_path / name)[0]["train_loss"])
    assert losses[0] == losses[1] != losses[2]


def test_forced_stops_and_double_edges_can_be_learned(tmp_path):
    recipe = make_recipe(
        epoch_steps=300,
        max_epochs=2,
        optimizer=GFlowNetOptimizerSettings(learning_rate=2e-2, schedule="cosine"),
    )
    outcome, _ = run(tmp_path, recipe, Words())
    assert outcome.best["valid_tv"] < CLOSE


def test_replay_learns_from_earlier_objects_as_well(tmp_path):
    metrics, _ = trained(
        tmp_path,
        "tb",
        "environment_arguments.side=5",
        "max_epochs=4",
        "epoch_steps=100",
        "optimizer.learning_rate=5e-3",
        "batch_size=8",
        "replay.batch_size=8",
        "temperature=1.5",
    )
    assert metrics["valid_tv"] < CLOSE


def test_log_z_has_its_own_learning_rate():
    recipe = make_recipe(
        optimizer=GFlowNetOptimizerSettings(learning_rate=1e-4, log_z_learning_rate=0.5, weight_decay=0.1)
    )
    grid = HyperGrid(side=4)
    with seeded(0, CPU):
        learner = GFlowNetLearner(GFlowNetMLP(grid.n_features, grid.n_actions), grid, recipe)
    body = learner.network.body[0].weight.detach().clone()
    next(learner.steps(0, 0))
    assert abs(learner.network.log_z.item()) == pytest.approx(0.5, rel=1e-3)
    assert (learner.network.body[0].weight - body).abs().max().item() < 2e-4
    assert learner.measurements()["learning_rate"] == 1e-4


def test_environment_too_large_to_enumerate_is_evaluated_by_samples(tmp_path):
    assert not isinstance(Endless(), Enumerable)
    recipe = make_recipe(
        epoch_steps=150, max_epochs=2, optimizer=GFlowNetOptimizerSettings(learning_rate=1e-2)
    )
    outcome, learner = run(tmp_path, recipe, Endless())
    assert (learner.metric, outcome.metric) == ("log_reward", "valid_log_reward")
    expected = sum(r * math.log(r) for r in range(1, 7)) / 21
    assert outcome.best["valid_log_reward"] == pytest.approx(expected, abs=0.15)
    assert metrics_of(tmp_path)[-1]["valid_log_z"] == pytest.approx(math.log(21), abs=0.15)


def test_exported_weights_are_the_policy_that_was_measured(tmp_path):
    settings = ["max_epochs=1", "epoch_steps=10", "network_arguments.learned_backward=false"]
    metrics, outcome = trained(tmp_path, "db", *settings)
    network, config = load(outcome.policy)
    grid = HyperGrid(**config["training"]["recipe"]["environment_arguments"])
    exact, policy = Exact(grid), Policy(network, grid, CPU)
    built = exact.terminal_distribution(policy.forward(exact.states))
    assert total_variation(built, exact.target) == pytest.approx(metrics["valid_tv"])
    np.testing.assert_allclose(
        policy.backward(np.array([[0, 0], [3, 0], [2, 2]])), [[0, 0], [1, 0], [0.5, 0.5]]
    )
    assert "| valid tv |" in (outcome.policy / "README.md").read_text()


def test_weights_that_do_not_fit(tmp_path):
    network = GFlowNetMLP(4, 3, width=5, depth=1)
    with pytest.raises(WeightsError, match="no such weights directory"):
        load(tmp_path / "missing")
    network.export(tmp_path, {})
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"architecture": "gcnn"}))
    with pytest.raises(WeightsError, match="holds no gflownet-mlp"):
        load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config | {"width": 6}))
    with pytest.raises(WeightsError, match=r"has shape \(5.*\), expected \(6"):
        load(tmp_path)
    with torch.no_grad():
        network.log_z.fill_(torch.nan)
    with pytest.raises(WeightsError, match="log_z has a NaN"):
        network.export(tmp_path, {})


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("loss=xx", "loss is 'xx', expected one of fm, db, tb, subtb"),
        ("subtb_lambda=0", "subtb_lambda is 0.0, expected a number above 0"),
        ("temperature=-1", "temperature is -1.0, expected"),
        ("exploration=1.5", "exploration is 1.5, expected at most 1"),
        ("replay.top_share=2", r"replay.top_share is 2.0, expected at most 1"),
    ],
)
def test_recipe_that_means_nothing(setting, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe("hypergrid-gflownet", [setting])


EVERY_LOG_Z = Objective(OBJECTIVES["db"].balance, lambda policy: policy.network.log_z + 3.0)


def test_an_objective_by_its_module(tmp_path):
    recipe = make_recipe(loss=f"{__name__}:EVERY_LOG_Z", max_epochs=1)
    with seeded(0, CPU):
        grid = HyperGrid(side=3)
        learner = GFlowNetLearner(GFlowNetMLP(grid.n_features, grid.n_actions, width=8), grid, recipe)
    assert learner.evaluate(0)["log_z"] == pytest.approx(3.0)
    assert np.isfinite(next(learner.steps(0, 0))["loss"])


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (f"{__name__}:nothing", "has no 'nothing'"),
        ("builtins:dict", "loss 'builtins:dict' is a type, expected an Objective"),
    ],
)
def test_an_objective_that_is_none(loss, message):
    with pytest.raises(RecipeError, match=message):
        make_recipe(loss=loss)


def test_environment_that_is_none(tmp_path):
    recipe = load_recipe("hypergrid-gflownet", ["environment=builtins:dict", "environment_arguments.side=3"])[
        1
    ]
    with pytest.raises(RecipeError, match="made an object without step, backward_step"):
        trainer.train(recipe, tmp_path, resume=False, reporter=Reporter())
