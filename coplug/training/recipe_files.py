"""Recipes by name, which packages offer through entry points, and by path.

An entry point of the group ``coplug.recipes`` has the recipe's name, and refers to the package that holds its
``NAME.toml``.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

from coplug.errors import RecipeError, UnknownRecipeError
from coplug.key_values import split_pairs
from coplug.registry import Registry
from coplug.training.recipe import Recipe, Text, parse_recipe
from coplug.training.trainer import Trainer, find_trainer

RECIPES: Registry[ModuleType] = Registry("coplug.recipes", "recipe", error=RecipeError)
"""The packages that hold recipes, by the recipes' names."""


def recipe_descriptions() -> dict[str, str]:
    """Return the names of the recipes that packages offer, each with its description; or why it cannot be read."""
    return {name: _description(name) for name in RECIPES.names()}


def recipe_text(name: str) -> str:
    """Return the TOML text of a recipe that a package offers.

    Raises
    ------
    RecipeError
        If its package does not hold it.
    UnknownRecipeError
        If there is none of that name.
    """
    if name not in RECIPES:
        raise UnknownRecipeError(
            f"no recipe named {name!r}; there are {', '.join(RECIPES.names())}, or give the path of a .toml file"
        )
    package = RECIPES.load(name)
    try:
        return resources.files(package).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(
            f"{package.__name__} should hold {name}.toml, which cannot be read: {error}; update its package"
        ) from error


def load_recipe(
    name: str, settings: Mapping[str, object] | Sequence[str] = ()
) -> tuple[Trainer[Any], Recipe]:
    """Find a recipe and its trainer, and apply settings.

    Parameters
    ----------
    name : str
        A name from :func:`recipe_descriptions` or the path of a ``.toml`` file.
    settings : mapping or sequence of str
        Values by dotted keys, or texts, for example ``optimizer.learning_rate=1e-4``; later ones win.

    Returns
    -------
    trainer : Trainer
    recipe : Recipe
        Of the trainer's ``recipe_type``, with ``out`` filled in.

    Raises
    ------
    RecipeError
        If the recipe, its kind, a key or a value is not accepted.
    """
    table = read_toml(Path(name)) if name.endswith(".toml") else parse_toml(recipe_text(name), name)
    for key, value in _pairs(settings):
        _apply(table, key, value)
    trainer = find_trainer(table.get("kind"), name)
    recipe = parse_recipe(trainer.recipe_type, table, name)
    return trainer, dataclasses.replace(recipe, out=recipe.out or f"runs/{Path(name).stem}")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    RecipeError
        If it cannot be read, or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read recipe {path}: {error}") from error
    return parse_toml(text, str(path))


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Return TOML text as nested dicts; ``source`` names it in the error.

    Raises
    ------
    RecipeError
        If it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RecipeError(f"{source} is not valid TOML: {error}") from error


def _description(name: str) -> str:
    try:
        return str(parse_toml(recipe_text(name), name).get("description", ""))
    except RecipeError as error:
        return str(error)


def _pairs(settings: Mapping[str, object] | Sequence[str]) -> Iterator[tuple[str, object]]:
    if isinstance(settings, Mapping):
        yield from settings.items()
        return
    for setting in settings:
        pairs = split_pairs(
            [setting], form="key=value", example="optimizer.learning_rate=1e-4", error=RecipeError
        )
        for key, text in pairs.items():
            yield key, text if key == "kind" else Text(text)


def _apply(table: dict[str, Any], key: str, value: object) -> None:
    *sections, last = key.split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise RecipeError(f"setting {key!r}: {section} is a value, not a table of keys")
    table[last] = value
