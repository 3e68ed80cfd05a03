"""The single files give the weights that the shared loop gives, to the bit, from the same settings."""

import importlib
from dataclasses import replace

import pytest
import torch

from coplug.models.weights_directory import load_module
from coplug.training.recipe_files import load_recipe
from tests.conftest import ROOT
from tests.training.test_supervised import Reporter

SMALL = {"epochs": 2, "epoch_steps": 3, "width": 8, "depth": 1, "seed": 3}

FILES = {
    "ppo": (
        "independent-set-er20-ppo",
        {**SMALL, "episodes_per_step": 6, "evaluation_episodes": 4, "minibatch": 16},
        {"width": "network_arguments.width", "depth": "network_arguments.depth"},
    ),
    "gflownet": (
        "hypergrid-gflownet",
        {**SMALL, "batch_size": 5, "side": 32},  # 1,024 cells, more than 128 a trajectory
        {
            "width": "network_arguments.width",
            "depth": "network_arguments.depth",
            "side": "environment_arguments.side",
        },
    ),
    "alphazero": (
        "extremal-alphazero",
        {
            **SMALL,
            "episodes_per_step": 3,
            "updates_per_step": 2,
            "batch_size": 8,
            "capacity": 60,
            "evaluation_episodes": 2,
            "simulations": 4,
            "nodes": 7,
            "smallest": 5,
        },
        {
            "width": "network_arguments.width",
            "depth": "network_arguments.depth",
            "nodes": "game_arguments.nodes",
            "smallest": "game_arguments.smallest",
            "simulations": "search.simulations",
        },
    ),
    "self_training": (
        "mis-comparator",
        {
            "epochs": 2,
            "epoch_steps": 3,
            "seed": 3,
            "updates_per_step": 2,
            "batch_size": 4,
            "capacity": 20,
            "families": "rb:tiny",
            "n_roots": 1,
            "valid_graphs": 2,
        },
        {name: f"task_arguments.{name}" for name in ("families", "n_roots", "valid_graphs")},
    ),
}
COMPILED = ("alphazero", "self_training")
"""What compiles for long on a new machine."""


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in COMPILED else []) for name in FILES]
)
def test_the_weights_are_those_of_the_recipe(name, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "single_file"))
    recipe_name, settings, keys = FILES[name]
    script = importlib.import_module(name)
    keys = {"epochs": "max_epochs"} | keys
    pairs = [f"{keys.get(key, key)}={value}" for key, value in settings.items()]
    trainer, recipe = load_recipe(recipe_name, pairs)
    if name == "ppo":
        recipe = replace(recipe, side_by_side=recipe.episodes_per_step)
    with torch.random.fork_rng():
        trainer.train(recipe, tmp_path / "shared", resume=False, reporter=Reporter())
        alone = script.train(script.Settings(**settings)).state_dict()
    shared = load_module(tmp_path / "shared" / "policies" / "epoch-0001")[0].state_dict()
    assert alone.keys() == shared.keys()
    assert all(torch.equal(alone[key], shared[key]) for key in alone)


@pytest.mark.parametrize("name", FILES)
def test_defaults_are_those_of_the_recipe(name, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "single_file"))
    recipe_name, _, keys = FILES[name]
    settings = vars(importlib.import_module(name).Settings())
    _, recipe = load_recipe(recipe_name, [])
    keys = {"epochs": "max_epochs", "learning_rate": "optimizer.learning_rate"} | keys
    for key, value in settings.items():
        found = recipe
        for part in keys.get(key, key).split("."):
            found = found.get(part, value) if isinstance(found, dict) else getattr(found, part, value)
        assert found == value, key
