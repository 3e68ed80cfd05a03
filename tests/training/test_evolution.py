import numpy as np
import pytest
import torch

from coplug.training.device import seeded
from coplug.training.evolution import EvolutionLearner, EvolutionRecipe
from coplug.training.loop import train
from coplug.training.optimizer import OptimizerSettings
from coplug.training.run_directory import RunDirectory
from tests.training.test_supervised import Reporter

GOAL = torch.tensor([[1.0, -2.0, 0.5]])


class Hill:
    """Weights are good near a goal; fitness has noise, which is the same for the same generator."""

    metric, maximize = "height", True

    def fitness(self, network, rng):
        return -float((network.weight - GOAL).square().sum()) + float(rng.normal())

    def evaluate(self, network):
        return {"height": -float((network.weight - GOAL).square().sum())}

    def export(self, network, directory, info):
        directory.mkdir(parents=True, exist_ok=True)


def run(directory, resume=False, **changes):
    settings = {
        "kind": "hill",
        "task": "",
        "network": "",
        "epoch_steps": 20,
        "max_epochs": 4,
        "directions": 8,
    }
    recipe = EvolutionRecipe(**settings | {"optimizer": OptimizerSettings(learning_rate=0.1)} | changes)
    with (
        seeded(recipe.seed, torch.device("cpu")),
        RunDirectory(directory, recipe, resume=resume) as opened,
    ):
        network = torch.nn.Linear(3, 1, bias=False)
        train(EvolutionLearner(network, Hill(), recipe), recipe, opened, Reporter())
    return network.weight.detach().clone()


def test_it_climbs(tmp_path):
    assert run(tmp_path).numpy() == pytest.approx(GOAL.numpy(), abs=0.2)


def test_weights_that_are_not_learned_stay():
    network = torch.nn.Linear(3, 1)
    network.bias.requires_grad_(False)
    before = network.bias.clone()
    recipe = EvolutionRecipe(kind="hill", task="", network="", directions=4)
    learner = EvolutionLearner(network, Hill(), recipe)
    measured = learner.step(np.random.default_rng(0))
    assert (network.bias == before).all()
    assert set(measured) == {"fitness", "fitness_std", "gradient_norm"}
    assert learner.count == 8
