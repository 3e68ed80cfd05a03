"""A run that is resumed with more epochs gives what a straight one gives, or is refused with one line."""

import pytest
from safetensors.numpy import load_file

from coplug.errors import RecipeError
from coplug.training.loop import LoopRecipe
from coplug.training.recipe import to_table
from coplug.training.recipe_files import RECIPES, load_recipe
from tests.training.test_single_files import COMPILED, FILES
from tests.training.test_supervised import Reporter


def train(name, out, *more, resume=False):
    recipe_name, settings, keys = FILES[name]
    pairs = [f"{keys.get(key, key)}={value}" for key, value in settings.items() if key != "epochs"]
    trainer, recipe = load_recipe(recipe_name, [*pairs, *more])
    return trainer.train(recipe, out, resume=resume, reporter=Reporter())


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in COMPILED else []) for name in FILES]
)
def test_more_epochs_are_as_good_as_a_straight_run(name, tmp_path):
    constant = "optimizer.schedule=constant"
    train(name, tmp_path / "whole", constant, "max_epochs=2")
    train(name, tmp_path / "parts", constant, "max_epochs=1")
    train(name, tmp_path / "parts", constant, "max_epochs=2", resume=True)
    last = "policies/epoch-0001/model.safetensors"
    ours, theirs = load_file(tmp_path / "parts" / last), load_file(tmp_path / "whole" / last)
    assert ours.keys() == theirs.keys()
    assert all((ours[key] == theirs[key]).all() for key in ours)


@pytest.mark.parametrize("name", ["ppo", "gflownet"])
def test_a_schedule_that_ends_with_the_epochs_is_refused(name, tmp_path):
    train(name, tmp_path, "max_epochs=1")
    with pytest.raises(RecipeError) as raised:
        train(name, tmp_path, "max_epochs=2", resume=True)
    assert "max_epochs (with which the cosine schedule ends)" in str(raised.value)
    assert "\n" not in str(raised.value)


EPOCHS = {"branching-kida": "learn.max_epochs", "contextual-lp": "epochs"}
"""What some recipes call them."""


@pytest.mark.parametrize("name", RECIPES.names())
def test_every_recipe_says_whether_it_may_have_more_epochs(name):
    key = EPOCHS.get(name, "max_epochs")
    _, short = load_recipe(name, [f"{key}=2"])
    _, long = load_recipe(name, [f"{key}=3"])
    refused = long.conflicts(to_table(short))
    if isinstance(long, LoopRecipe) and long.optimizer.schedule == "constant":
        assert not refused
    else:
        assert len(refused) == 1
