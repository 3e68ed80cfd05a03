import json

import numpy as np
import pytest
import torch

from coplug.graphs import GraphBatch, Ragged
from coplug.training.device import seeded
from coplug.training.loop import train
from coplug.training.optimizer import DivergenceError, OptimizerSettings
from coplug.training.run_directory import RunDirectory
from coplug.training.self_training import SelfTrainingLearner, SelfTrainingRecipe
from tests.training.test_supervised import Reporter

N = 6


class Distance:
    """Steps to the end of a chain: the label of a place is 1 more than what the model says of the next one."""

    metric, maximize = "error", False

    def __init__(self, fail_at=None, poison=False):
        self.fail_at, self.poison, self.calls = fail_at, poison, 0

    def label(self, model, rng):
        self.calls += 1
        if self.calls == self.fail_at:
            raise InterruptedError
        places = rng.integers(N, size=16)
        following = model.weight[0, np.minimum(places + 1, N - 1)].numpy()
        labels = np.where(places == N - 1, 0.0, 1.0 + following)
        if self.poison:
            labels[0] = np.nan
        nodes = Ragged.one_each(np.eye(N)[places])
        return GraphBatch({"node": nodes}, extras={"label": Ragged.one_each(labels)})

    def loss(self, model, graphs):
        found = model(graphs.nodes["node"].values)[:, 0]
        return (found - graphs.extras["label"].values).square().mean()

    def evaluate(self, model):
        exact = torch.arange(N - 1, -1, -1.0)
        return {"error": (model.weight[0] - exact).abs().max().item()}

    def export(self, model, directory, info):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "policy.json").write_text(json.dumps(info["metrics"]))


def make_recipe(**changes):
    names = {"kind": "chain", "task": "", "network": ""}
    settings = names | {"epoch_steps": 5, "max_epochs": 3, "checkpoint_s": 0.0, "capacity": 64}
    return SelfTrainingRecipe(**(settings | changes))


def run(directory, recipe, task, resume=False):
    with (
        seeded(recipe.seed, torch.device("cpu")),
        RunDirectory(directory, recipe, resume=resume) as opened,
    ):
        learner = SelfTrainingLearner(torch.nn.Linear(N, 1, bias=False).double(), task, recipe)
        return train(learner, recipe, opened, Reporter()), learner


def test_the_exact_values_are_learned_from_own_labels(tmp_path):
    optimizer = OptimizerSettings(learning_rate=0.05, schedule="linear")
    recipe = make_recipe(epoch_steps=100, max_epochs=6, refresh_steps=4, optimizer=optimizer)
    outcome, _ = run(tmp_path, recipe, Distance())
    assert outcome.best["valid_error"] < 0.01


@pytest.mark.parametrize("when", [2, 6, 11])
def test_resume_continues_to_the_bit(tmp_path, when):
    recipe = make_recipe(refresh_steps=2)
    _, whole = run(tmp_path / "whole", recipe, Distance())
    with pytest.raises(InterruptedError):
        run(tmp_path / "cut", recipe, Distance(fail_at=when))
    _, resumed = run(tmp_path / "cut", recipe, Distance(), resume=True)
    assert torch.equal(whole.network.weight, resumed.network.weight)
    assert torch.equal(whole.labeler.weight, resumed.labeler.weight)
    assert len(whole.replay) == len(resumed.replay) == 64


def test_labels_that_are_not_finite_leave_the_model_alone(tmp_path):
    recipe = make_recipe()
    torch.manual_seed(0)
    learner = SelfTrainingLearner(torch.nn.Linear(N, 1, bias=False).double(), Distance(poison=True), recipe)
    before = learner.network.weight.clone()
    with pytest.raises(DivergenceError, match="loss is nan"):
        next(learner.steps(0, 0))
    assert torch.equal(learner.network.weight, before)
    with pytest.raises(DivergenceError, match="epoch 1, step 0"):
        run(tmp_path, recipe, Distance(poison=True))
