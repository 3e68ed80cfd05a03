"""What recipes learn from keeps its contract, on small instances."""

import tomllib
from functools import partial

import pytest

from coplug.catalogue import catalogue
from coplug.testing import check_dag, check_episodes, check_game
from coplug.training.named import import_named
from coplug.training.recipe_files import recipe_text

CHECKS = {
    "gflownet": ("environment", check_dag),
    "policy-gradient": ("environment", partial(check_episodes, seeds=(0, 1))),
    "alphazero": ("game", check_game),
}
"""By kind of training: the key that names what is learned from, and its check."""

SMALL = {"size": "tiny", "n_graphs": 5, "pool": 4, "node_limit": 8}

RECIPES = {name: tomllib.loads(recipe_text(name)) for name in catalogue("recipes")}


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe["kind"] in CHECKS])
def test_what_a_recipe_learns_from_keeps_its_contract(name):
    recipe = RECIPES[name]
    key, check = CHECKS[recipe["kind"]]
    arguments = recipe.get(f"{key}_arguments", {})
    smaller = {word: value for word, value in SMALL.items() if word in arguments}
    check(import_named(recipe[key], key)(**(arguments | smaller)))
