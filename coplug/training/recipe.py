"""A recipe: how a learned system is trained, as a dataclass that a TOML table fills and whose types check it."""

from __future__ import annotations

import dataclasses
import math
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from coplug.errors import RecipeError

Arguments = dict[str, Any]
"""Type of a recipe's field that holds keyword arguments of what another key names; any keys, plain values and lists of
them."""

_TYPE_NAMES = {str: "a string", int: "an integer", float: "a finite number", bool: "true or false"}


class Text(str):
    """A value from the command line, whose type is that of the key it is meant for."""

    __slots__ = ()


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
    threads : int
        Of torch on the CPU. More than one pays for large networks on idle cores only: small ones spend the time
        waiting for each other.
    out : str
        Run directory; ``runs/NAME`` of the recipe if empty.
    """

    MAY_CHANGE: ClassVar[frozenset[str]] = frozenset({"description", "device", "threads", "out"})
    """Keys that a resumed run may change: they say where it runs, and alter no training step."""

    kind: str
    description: str = ""
    seed: int = field(default=0, metadata={"minimum": 0})
    device: str = "auto"
    threads: int = field(default=1, metadata={"minimum": 1})
    out: str = ""

    def conflicts(self, old: Mapping[str, Any]) -> list[str]:
        """Return the keys by which a run with the recipe ``old``, a table, cannot be gone on with by this one."""
        new = to_table(self)
        changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        return sorted(changed - self.MAY_CHANGE)


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
    """Return a recipe as TOML text that :func:`coplug.training.recipe_files.load_recipe` reads back."""
    import tomli_w  # of the extra that trains; recipes are listed without it

    return tomli_w.dumps(to_table(recipe))


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
    values = {key: _from_command_line(v) if isinstance(v, Text) else v for key, v in table.items()}
    for key, value in values.items():
        entries = value if isinstance(value, list) else [value]
        if not all(isinstance(entry, str | int | float | bool) for entry in entries):
            raise RecipeError(
                f"{source}: {path}.{key} is {value!r}, expected a text, a number, true or false, or a list of these"
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
    if isinstance(value, Text):
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
