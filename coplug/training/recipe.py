"""Recipes: TOML files that say how a learned system is trained, checked against typed dataclasses.

A recipe names its trainer by ``kind``, an entry point of the group ``coplug.trainers``; ``coplug train`` runs
the recipes of any package that declares one.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from coplug.errors import RecipeError

if TYPE_CHECKING:
    from coplug.training.run import Outcome, Reporter

ENTRY_POINT_GROUP = "coplug.trainers"
Arguments = dict[str, Any]
"""Type of a recipe's field that holds keyword arguments of what another key names; any keys, plain values."""

_BARE_KEY = re.compile(r"[\w-]+", re.ASCII)
_TYPE_NAMES = {str: "a string", int: "an integer", float: "a finite number", bool: "true or false"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What every recipe has.

    Attributes
    ----------
    kind : str
        The trainer's name.
    description : str
        One line for ``coplug list recipes``.
    seed : int
        Root of all randomness of the run.
    device : str
        ``cpu``, ``cuda``, ``cuda:1``, ..., or ``auto``: a GPU if there is one.
    out : str
        Run directory; ``runs/NAME`` of the recipe if empty.
    """

    kind: str
    description: str = ""
    seed: int = field(default=0, metadata={"minimum": 0})
    device: str = "auto"
    out: str = ""


R_contra = TypeVar("R_contra", bound=Recipe, contravariant=True)


class Trainer(Protocol[R_contra]):
    """What an entry point of ``coplug.trainers`` refers to."""

    @property
    def recipe_type(self) -> type[Recipe]:
        """The dataclass of this trainer's recipes."""

    def train(self, recipe: R_contra, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Train as the recipe says, in run directory ``out``."""


def recipe_descriptions() -> dict[str, str]:
    """Return the names of the recipes that come with coplug, each with its description."""
    found = {}
    for path in resources.files("coplug.training.recipes").iterdir():
        if path.name.endswith(".toml"):
            table = _parse_toml(path.read_text(encoding="utf-8"), path.name)
            found[path.name.removesuffix(".toml")] = str(table.get("description", ""))
    return dict(sorted(found.items()))


def recipe_text(name: str) -> str:
    """Return the TOML text of a recipe that comes with coplug.

    Raises
    ------
    RecipeError
        If there is none of that name.
    """
    names = recipe_descriptions()
    if name not in names:
        raise RecipeError(
            f"no recipe named {name!r}; there are {', '.join(names)}, or give the path of a .toml file"
        )
    return resources.files("coplug.training.recipes").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def load_recipe(name: str, settings: Sequence[str] = ()) -> tuple[Trainer[Any], Recipe]:
    """Find a recipe and its trainer, and apply settings from the command line.

    Parameters
    ----------
    name : str
        A name from :func:`recipe_descriptions` or the path of a ``.toml`` file.
    settings : sequence of str
        ``key=value`` with dotted keys, for example ``optimizer.learning_rate=1e-4``.

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
    table = _parse_toml(_read(name), name)
    for setting in settings:
        _apply(table, setting)
    trainer = find_trainer(table.get("kind"), name)
    recipe = parse_recipe(trainer.recipe_type, table, name)
    return trainer, dataclasses.replace(recipe, out=recipe.out or f"runs/{Path(name).stem}")


def find_trainer(kind: object, source: str) -> Trainer[Any]:
    """Load the trainer that the recipe at ``source`` names."""
    known = {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}
    if not isinstance(kind, str) or kind not in known:
        raise RecipeError(f"{source}: kind {kind!r} is unknown; known kinds are {', '.join(sorted(known))}")
    return typing.cast("Trainer[Any]", known[kind].load())


R = TypeVar("R", bound=Recipe)


def parse_recipe(recipe_type: type[R], table: Mapping[str, Any], source: str) -> R:
    """Turn a TOML table into a recipe.

    Raises
    ------
    RecipeError
        For an unknown or missing key, a value of the wrong type or below its minimum.
    """
    return typing.cast("R", _build(recipe_type, table, source, ""))


def to_table(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as nested dicts, the inverse of :func:`parse_recipe`."""
    return dataclasses.asdict(recipe)


def to_toml(recipe: Recipe) -> str:
    """Return a recipe as TOML text that :func:`load_recipe` reads back."""
    table = to_table(recipe)
    lines = [f"{key} = {_toml_value(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for section, values in table.items():
        if isinstance(values, dict):
            lines += [
                "",
                f"[{section}]",
                *(f"{_toml_key(key)} = {_toml_value(value)}" for key, value in values.items()),
            ]
    return "\n".join(lines) + "\n"


class _Raw(str):
    """A value from the command line, whose type is that of the key it is meant for."""

    __slots__ = ()


def _read(name: str) -> str:
    if not name.endswith(".toml"):
        return recipe_text(name)
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"cannot read recipe {name}: {error}") from error


def _parse_toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{source} is not valid TOML: {error}") from error


def _apply(table: dict[str, Any], setting: str) -> None:
    key, equals, value = setting.partition("=")
    if not equals or not key:
        raise RecipeError(f"setting {setting!r} is not of the form key=value")
    *sections, last = key.strip().split(".")
    for section in sections:
        table = table.setdefault(section, {})
        if not isinstance(table, dict):
            raise RecipeError(f"setting {setting!r}: {section} is a value, not a table of keys")
    table[last] = value if key == "kind" else _Raw(value)


def _build(kind: type[Any], table: Mapping[str, Any], source: str, prefix: str) -> Any:
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    for key in table:
        if key not in fields:
            known = ", ".join(_keys(kind, prefix))
            raise RecipeError(f"{source}: unknown key {prefix + key}; known keys are {known}")
    values = {}
    for name, f in fields.items():
        path = prefix + name
        if dataclasses.is_dataclass(hints[name]):
            section = table.get(name, {})
            if not isinstance(section, Mapping):
                raise RecipeError(f"{source}: {path} is {section!r}, expected a table [{path}] of keys")
            values[name] = _build(hints[name], section, source, path + ".")
        elif hints[name] == Arguments:
            values[name] = _arguments(table.get(name, {}), source, path)
        elif name in table:
            values[name] = _checked(table[name], hints[name], f, source, path)
        elif f.default is dataclasses.MISSING:
            raise RecipeError(f"{source}: {path} is not set; add it to the recipe or pass --set {path}=VALUE")
    return kind(**values)


def _arguments(table: object, source: str, path: str) -> Arguments:
    if not isinstance(table, Mapping):
        raise RecipeError(f"{source}: {path} is {table!r}, expected a table [{path}] of keys")
    values = {key: _from_command_line(v) if isinstance(v, _Raw) else v for key, v in table.items()}
    for key, value in values.items():
        if not isinstance(value, str | int | float | bool):
            raise RecipeError(
                f"{source}: {path}.{key} is {value!r}, expected a text, a number, true or false"
            )
    return values


def _keys(kind: type[Any], prefix: str) -> list[str]:
    """Return the dotted names of all keys below a dataclass."""
    hints = typing.get_type_hints(kind)
    keys = []
    for f in dataclasses.fields(kind):
        path = prefix + f.name
        keys += _keys(hints[f.name], path + ".") if dataclasses.is_dataclass(hints[f.name]) else [path]
    return keys


def _checked(value: object, kind: Any, f: dataclasses.Field[Any], source: str, path: str) -> object:
    if isinstance(value, _Raw):
        value = str(value) if kind is str else _from_command_line(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise RecipeError(f"{source}: {path} is {value!r}, expected {_TYPE_NAMES[kind]}")
    minimum = f.metadata.get("minimum")
    if minimum is not None and value < minimum:
        raise RecipeError(f"{source}: {path} is {value!r}, expected at least {minimum}")
    maximum = f.metadata.get("maximum")
    if maximum is not None and value > maximum:
        raise RecipeError(f"{source}: {path} is {value!r}, expected at most {maximum}")
    return value


def _from_command_line(raw: str) -> object:
    try:
        return tomllib.loads(f"value = {raw}")["value"]
    except tomllib.TOMLDecodeError:
        return raw


def _toml_key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _toml_value(value: object) -> str:
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
