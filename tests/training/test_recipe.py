import re
import sys
from dataclasses import dataclass, field

import pytest

from coplug.errors import RecipeError
from coplug.training.branching import BranchingRecipe
from coplug.training.recipe import Recipe, parse_recipe, to_table, to_toml
from coplug.training.recipe_files import load_recipe, recipe_descriptions


@dataclass(frozen=True, kw_only=True)
class Inner:
    rate: float = 0.5
    name: str = "x"


@dataclass(frozen=True, kw_only=True)
class Outer(Recipe):
    path: str
    inner: Inner = Inner()
    count: int = field(default=3, metadata={"minimum": 1})
    fast: bool = False


def parse(**table):
    return parse_recipe(Outer, {"kind": "k", "path": "p", **table}, "here")


def test_shipped_recipe_has_the_settings_of_the_paper():
    _, recipe = load_recipe("branching-gcnn")
    assert isinstance(recipe, BranchingRecipe)
    assert (recipe.batch_size, recipe.epoch_steps, recipe.patience, recipe.early_stop) == (32, 312, 10, 20)
    assert (recipe.optimizer.learning_rate, recipe.optimizer.factor, recipe.model.width) == (1e-3, 0.2, 64)
    assert recipe.out == "runs/branching-gcnn"


def test_every_shipped_recipe_loads_and_is_described():
    recipes = recipe_descriptions()
    assert "branching-gcnn" in recipes
    for name, description in recipes.items():
        assert load_recipe(name)[1].description == description != ""


def test_settings_override_by_the_type_of_their_key():
    settings = [
        "optimizer.learning_rate=1e-4",
        "batch_size=8",
        "samples.train=123",
        "max_time_s=60",
        "out=a=b",
    ]
    _, recipe = load_recipe("branching-gcnn", settings)
    assert isinstance(recipe, BranchingRecipe)
    assert (recipe.optimizer.learning_rate, recipe.batch_size, recipe.max_time_s) == (1e-4, 8, 60.0)
    assert (recipe.samples.train, recipe.out) == ("123", "a=b")


def test_resolved_recipe_can_be_loaded_again(tmp_path):
    path = tmp_path / "recipe.toml"
    _, recipe = load_recipe(
        "branching-gcnn", ['description="a \\"quoted\\" ünicode"', "optimizer.learning_rate=1e-7"]
    )
    path.write_text(to_toml(recipe), encoding="utf-8")
    assert load_recipe(str(path))[1] == recipe
    assert parse_recipe(BranchingRecipe, to_table(recipe), "table") == recipe


def test_keys_of_arguments_may_be_names_of_scip_parameters(tmp_path):
    path = tmp_path / "recipe.toml"
    _, recipe = load_recipe("branching-kida", ["scip_parameters.separating/maxrounds=0"])
    path.write_text(to_toml(recipe), encoding="utf-8")
    assert load_recipe(str(path))[1] == recipe
    assert recipe.scip_parameters == {"separating/maxrounds": 0}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"counts": 3}, "unknown key counts; known keys are kind, .*inner.rate, .*count"),
        ({"inner": {"rates": 1.0}}, "unknown key inner.rates; known keys are inner.rate, inner.name"),
        ({"inner": 3}, r"inner is 3, expected a table \[inner\]"),
        ({"count": "3"}, "count is '3', expected an integer"),
        ({"count": 3.0}, "count is 3.0, expected an integer"),
        ({"count": True}, "count is True, expected an integer"),
        ({"count": 0}, "count is 0, expected at least 1"),
        ({"fast": 1}, "fast is 1, expected true or false"),
        ({"path": 1}, "path is 1, expected a string"),
        ({"inner": {"rate": "0.5"}}, "inner.rate is '0.5', expected a finite number"),
        ({"inner": {"rate": float("nan")}}, "inner.rate is nan, expected a finite number"),
        ({"inner": {"rate": float("inf")}}, "inner.rate is inf, expected a finite number"),
    ],
)
def test_key_or_value_that_is_not_accepted(table, message):
    with pytest.raises(RecipeError, match=message) as error:
        parse(**table)
    assert "\n" not in str(error.value)


def test_integer_is_a_number():
    assert parse(inner={"rate": 1}).inner.rate == 1.0


def test_key_without_default():
    with pytest.raises(RecipeError, match=r"path is not set; .*--set path=VALUE"):
        parse_recipe(Outer, {"kind": "k"}, "here")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("batch_size", "key=value"),
        ("=3", "key=value"),
        ("batch_size.x=3", "batch_size is a value"),
        ("batchsize=3", "unknown key batchsize; known keys are"),
        ("batch_size=many", "batch_size is 'many', expected an integer"),
        ("batch_size=1.5", "batch_size is 1.5, expected an integer"),
        ("model.width=0", "at least 1"),
        ("kind=juggling", "kind 'juggling' is unknown; known kinds are .*branching-imitation"),
    ],
)
def test_setting_that_is_not_accepted(setting, message):
    with pytest.raises(RecipeError, match=message):
        load_recipe("branching-gcnn", [setting])


@pytest.fixture
def offered(tmp_path, monkeypatch):
    """Offers a recipe as another package would, by an entry point."""

    def offer(files, value="their_recipes"):
        package, metadata = tmp_path / "their_recipes", tmp_path / "theirs-1.dist-info"
        for folder in (package, metadata):
            folder.mkdir()
        for name, text in {"__init__.py": b"", **files}.items():
            (package / name).write_bytes(text)
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1\n")
        (metadata / "entry_points.txt").write_text(f"[coplug.recipes]\ntheir-grid = {value}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        sys.modules.pop("their_recipes", None)

    return offer


def test_recipes_of_another_package_are_known_by_name(offered):
    text = b"""
kind = "gflownet"
description = "Their grid"
environment = "coplug.problems.hypergrid:HyperGrid"
"""
    offered({"their-grid.toml": text})
    assert recipe_descriptions()["their-grid"] == "Their grid"
    _, recipe = load_recipe("their-grid", ["loss=db"])
    assert (recipe.loss, recipe.out) == ("db", "runs/their-grid")


@pytest.mark.parametrize(
    ("files", "value", "message"),
    [
        ({}, "their_recipes", r"their_recipes should hold their-grid.toml, which cannot be read: "),
        ({"their-grid.toml": b"\xff"}, "their_recipes", "cannot be read: 'utf-8'"),
        ({"their-grid.toml": b"= 1"}, "their_recipes", "their-grid is not valid TOML"),
        ({"their-grid.toml": b"a = " + b"[" * 10**5}, "their_recipes", "their-grid is not valid TOML"),
        ({}, "nowhere", r"recipe 'their-grid' \(nowhere\) cannot be imported"),
    ],
)
def test_a_recipe_that_a_package_offers_in_vain(offered, files, value, message):
    offered(files, value)
    assert re.search(message, recipe_descriptions()["their-grid"])
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe("their-grid")
    assert "\n" not in str(caught.value)


def test_unknown_recipe_lists_the_names():
    with pytest.raises(RecipeError, match=r"no recipe named 'branching'; there are .*branching-gcnn"):
        load_recipe("branching")


def test_recipe_file_that_cannot_be_used(tmp_path):
    with pytest.raises(RecipeError, match="cannot read"):
        load_recipe(str(tmp_path / "none.toml"))
    path = tmp_path / "bad.toml"
    path.write_text("kind = ")
    with pytest.raises(RecipeError, match="not valid TOML"):
        load_recipe(str(path))
    path.write_text("seed = 1")
    with pytest.raises(RecipeError, match="kind None is unknown"):
        load_recipe(str(path))
