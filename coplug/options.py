"""Options as the fields of a dataclass: their flags, ranges and help in one place, their docstring among it.

A field's name is its option: ``time_limit_s`` is ``--time-limit`` on the command line and ``time_limit`` in Python. A
flag that is a keyword of Python has an underscore behind it there: ``--from`` is ``from_``.
"""

from __future__ import annotations

import dataclasses
import keyword
import math
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from coplug.docstrings import attribute_texts
from coplug.errors import UsageError, shown
from coplug.key_values import split_pairs

UNITS = {"_s": "seconds", "_mb": "MB"}
"""Endings of fields that are numbers with a unit; they are not part of the option's name."""


_ACCEPTED: dict[type, tuple[Any, str]] = {
    bool: (bool, "True or False"),
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    str: (str, "a text"),
    Path: (Path, "a path"),
    tuple: (tuple, "a sequence"),
    list: (tuple, "a sequence of texts"),
    dict: (Mapping, "a mapping"),
}
"""What a value of each kind of option may be in Python, and in words."""


def option(
    default: Any = dataclasses.MISSING,
    *,
    flags: Sequence[str] = (),
    metavar: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    choices: Sequence[str] = (),
    example: str = "",
    is_output: bool = False,
) -> Any:
    """Return a field of a dataclass of options.

    Parameters
    ----------
    default : object
        Kept as it is, so nothing that can be changed; ``dict`` stands for an empty one.
    flags : sequence of str
        On the command line, such as ``("-p", "--parameter")``; by default ``--`` and the field's name.
    metavar : str
        What its value is called there, such as ``FILE.sol``.
    minimum, maximum : float, optional
        Least and largest value of a number, itself allowed.
    choices : sequence of str
        The values that a text may have; any if empty.
    example : str
        A value as it is written on the command line, for messages.
    is_output : bool
        Whether it names a file that is written, which several solves cannot share.
    """
    metadata = {
        "flags": tuple(flags),
        "metavar": metavar or "|".join(choices),
        "minimum": minimum,
        "maximum": maximum,
        "choices": tuple(choices),
        "example": example,
        "is_output": is_output,
    }
    if default is dict:
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class OptionSpec:
    """What is known about an option.

    Attributes
    ----------
    field : str
        Of the dataclass.
    word : str
        Its name in Python: that of the flag, with underscores; one more at the end of a keyword.
    flags : tuple of str
        On the command line.
    kind : type
        ``bool``, ``int``, ``float``, ``str``, ``Path``; ``tuple`` for numbers apart by commas; ``list`` for texts, of
        which each has a flag of its own; ``dict`` for ``NAME=VALUE``, which may be repeated.
    metavar : str
    help : str
        From the docstring's section Attributes, without markup.
    default : object
        ``dataclasses.MISSING`` if it has to be given.
    example : str
        A value as text.
    may_be_none : bool
        Whether None is a value.
    is_output : bool
        Whether it names a file that is written.
    """

    field: str
    word: str
    flags: tuple[str, ...]
    kind: type
    metavar: str
    help: str
    default: object
    example: str
    may_be_none: bool
    is_output: bool

    def parse(self, text: str | Sequence[str]) -> object:
        """Return the value of a ``tuple``, ``list`` or ``dict`` that was given as text.

        Raises
        ------
        UsageError
            If the text cannot mean one.
        """
        flag = self.flags[0]
        if self.kind is dict:
            assert not isinstance(text, str)
            return split_pairs(text, what=flag, form=self.metavar, example=self.example)
        if self.kind is list:
            return tuple(text)
        assert isinstance(text, str)
        try:
            return tuple(int(part) for part in text.split(","))
        except ValueError:
            raise UsageError(
                f"{flag} {text}: expected {self.metavar.lower()} such as {self.example}"
            ) from None

    def take(self, value: object) -> object:
        """Return a value as the options hold it, such as a path that was given as text, or a number of numpy's.

        Raises
        ------
        UsageError
            If it is of another type.
        """
        if self.field == "policy" or (value is None and self.may_be_none):
            return value
        if self.kind is Path and isinstance(value, str):
            return Path(value)
        if self.kind in (tuple, list) and isinstance(value, Sequence) and not isinstance(value, str):
            return tuple(value)
        accepted, words = _ACCEPTED[self.kind]
        if not isinstance(value, accepted) or (isinstance(value, bool) and self.kind is not bool):
            raise UsageError(f"{self.word} is {shown(value)}; expected {words}")
        if not isinstance(value, Real) or isinstance(value, bool):
            return value
        return int(value) if isinstance(value, Integral) else float(value)


def option_specs(options_type: type) -> list[OptionSpec]:
    """Return the options of a dataclass, in the order of its fields."""
    hints = typing.get_type_hints(options_type)
    texts = attribute_texts(options_type)
    return [_spec(f, hints[f.name], texts.get(f.name, "")) for f in dataclasses.fields(options_type)]


def make_options(options_type: type[Any], values: Mapping[str, object], owner: str) -> Any:
    """Return options from values by their words.

    Parameters
    ----------
    options_type : dataclass
    values : mapping of str to object
        Words as of :class:`OptionSpec`.
    owner : str
        What the options belong to, for messages, such as ``problem mis``.

    Raises
    ------
    UsageError
        If a word is unknown, a value that has no default is missing, of another type, or out of range.
    """
    specs = {spec.word: spec for spec in option_specs(options_type)}
    for word in values:
        if word not in specs:
            raise UsageError(f"{owner} has no option {word!r}; its options are {', '.join(specs)}")
    for word, spec in specs.items():
        if spec.default is dataclasses.MISSING and word not in values:
            raise UsageError(f"{owner} needs a value for {spec.flags[0]}")
    return options_type(**{specs[word].field: specs[word].take(value) for word, value in values.items()})


def values_of_texts(options_type: type[Any], texts: Mapping[str, str], owner: str) -> dict[str, object]:
    """Return values for :func:`make_options` from texts by their words.

    Raises
    ------
    UsageError
        If a word is unknown, or a text cannot mean a value.
    """
    specs = {spec.word: spec for spec in option_specs(options_type)}
    values: dict[str, object] = {}
    for word, text in texts.items():
        if word not in specs:
            raise UsageError(f"{owner} has no option {word!r}; its options are {', '.join(specs)}")
        values[word] = _value_of_text(specs[word], text)
    return values


def _value_of_text(spec: OptionSpec, text: str) -> object:
    if spec.kind in (str, Path):
        return spec.kind(text)
    if spec.kind in (tuple, list, dict):
        return spec.parse(text if spec.kind is tuple else [text])
    try:
        return {"true": True, "false": False}[text.lower()] if spec.kind is bool else spec.kind(text)
    except (KeyError, ValueError):
        raise UsageError(
            f"{spec.word} is {shown(text)}; expected {_ACCEPTED[spec.kind][1].lower()}"
        ) from None


def check_ranges(options: Any) -> None:
    """See that every field is in the range, or among the choices, that :func:`option` gave it; None passes.

    Raises
    ------
    UsageError
        If one is not.
    """
    for f in dataclasses.fields(options):
        value, choices = getattr(options, f.name), f.metadata.get("choices")
        if choices and value not in choices:
            raise UsageError(f"{_words(f.name)} {value!r} is unknown; choose from {', '.join(choices)}")
        fault = range_fault(value, f.metadata)
        if fault:
            unit = next((unit for end, unit in UNITS.items() if f.name.endswith(end)), "a number")
            raise UsageError(f"the {_words(f.name)} {value} is out of range; take {unit} {fault}")


def range_fault(value: object, metadata: Mapping[str, Any]) -> str:
    """Return in words the range that a number is out of, or ``""``; see :func:`option`."""
    low, high = metadata.get("minimum"), metadata.get("maximum")
    if not isinstance(value, int | float) or (low is None and high is None):
        return ""
    if math.isfinite(value) and (low is None or value >= low) and (high is None or value <= high):
        return ""
    if low is not None and high is not None:
        return f"in {low}..{high}"
    return f">= {low}" if low is not None else f"<= {high}"


def _spec(f: dataclasses.Field[Any], hint: Any, text: str) -> OptionSpec:
    flags = f.metadata.get("flags") or (f"--{_words(f.name).replace(' ', '-')}",)
    long = next(flag for flag in flags if flag.startswith("--"))
    word = long.removeprefix("--").replace("-", "_")
    return OptionSpec(
        field=f.name,
        word=f"{word}_" if keyword.iskeyword(word) else word,
        flags=flags,
        kind=_kind(hint),
        metavar=f.metadata.get("metavar", ""),
        help=text,
        default={} if f.default_factory is dict else f.default,
        example=f.metadata.get("example", ""),
        may_be_none=f.default is None or types.NoneType in typing.get_args(hint),
        is_output=f.metadata.get("is_output", False),
    )


def _kind(hint: Any) -> type:
    """Return the kind of an option's type, without None."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not types.NoneType)
    origin = typing.get_origin(hint) or hint
    if origin is tuple and typing.get_args(hint)[:1] == (str,):
        return list
    if origin in (bool, int, float, Path, tuple):
        return typing.cast("type", origin)
    return dict if isinstance(origin, type) and issubclass(origin, Mapping) else str


def _words(name: str) -> str:
    for ending in UNITS:
        name = name.removesuffix(ending)
    return name.replace("_", " ")
