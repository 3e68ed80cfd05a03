import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from coplug.models.mis_policy import load
from coplug.training.recipe_files import load_recipe
from tests.training.test_supervised import Reporter

SMALL = {
    "independent-set-ppo": [
        "environment_arguments.size=tiny",
        "environment_arguments.pool=4",
        "episodes_per_step=4",
        "side_by_side=2",
        "evaluation_episodes=4",
        "epoch_steps=2",
        "network_arguments.width=8",
        "network_arguments.depth=2",
    ],
    "independent-set-gflownet": [
        "environment_arguments.size=tiny",
        "environment_arguments.n_graphs=4",
        "batch_size=3",
        "evaluation_samples=4",
        "epoch_steps=2",
        "network_arguments.width=8",
        "network_arguments.depth=2",
    ],
}


def train(name, out, *settings, resume=False):
    trainer, recipe = load_recipe(name, [*SMALL[name], "optimizer.schedule=constant", *settings])
    outcome = trainer.train(recipe, out, resume=resume, reporter=Reporter())
    lines = (out / "metrics.jsonl").read_text().splitlines()
    return outcome, [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", SMALL)
def test_recipes_train_resume_and_leave_a_policy(tmp_path, name):
    train(name, tmp_path / "whole", "max_epochs=2")
    train(name, tmp_path / "parts", "max_epochs=1")
    outcome, metrics = train(name, tmp_path / "parts", "max_epochs=2", resume=True)
    assert outcome.status == "max_epochs"
    assert len(metrics) == 2
    last = "policies/epoch-0001/model.safetensors"
    ours, theirs = load_file(tmp_path / "parts" / last), load_file(tmp_path / "whole" / last)
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[key], theirs[key]) for key in ours)
    assert load(outcome.policy)[0].sizes == {"width": 8, "depth": 2}


@pytest.mark.slow
def test_ppo_learns_on_small_graphs(tmp_path):
    settings = ["environment_arguments.pool=500", "episodes_per_step=64", "side_by_side=64", "max_epochs=3"]
    settings += ["epoch_steps=10", "network_arguments.width=32", "evaluation_episodes=100"]
    _, metrics = train("independent-set-ppo", tmp_path, *settings)
    assert metrics[-1]["train_return"] > metrics[0]["train_return"] + 0.5


@pytest.mark.slow
def test_a_gflownet_learns_on_small_graphs(tmp_path):
    settings = ["environment_arguments.n_graphs=500", "batch_size=16", "max_epochs=4", "epoch_steps=50"]
    settings += ["network_arguments.width=32", "evaluation_samples=200"]
    _, metrics = train("independent-set-gflownet", tmp_path, *settings)
    assert metrics[-1]["valid_log_reward"] > metrics[0]["valid_log_reward"] + 32.0 * 0.3
