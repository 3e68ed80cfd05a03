"""Families: distributions of instances, of programs and graphs and whatever else, and seeded series drawn from them.

A family is a frozen dataclass of parameters with a ``generate`` method (:class:`Family`). A package adds its own by an
entry point in the group ``coplug.families``::

    [project.entry-points."coplug.families"]
    knapsack = "my_package.knapsack:Knapsack"
"""

from __future__ import annotations

import functools
import math
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec, Protocol, TypeVar, cast

import numpy as np

from coplug.errors import UsageError, shown
from coplug.registry import Registry

T = TypeVar("T")
S = TypeVar("S")
P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)

Rng = np.random.RandomState | np.random.Generator
"""What coplug's families take; of others no more than a ``RandomState`` is asked."""

DEFAULT_SIZE = "easy"
"""In file names where neither a size nor parameters are given; every family's defaults are this size."""


def _as_drawn(instance: T, name: str, seed: int) -> T:
    return instance


@dataclass(frozen=True)
class InstanceKind(Generic[T]):
    """What a family draws, and how ``coplug generate`` writes it.

    Attributes
    ----------
    name : str
        Of several, such as ``graphs``.
    formats : tuple of str
        Suffixes of files that are written, such as ``g6``; the first is taken where none is asked for.
    render : callable
        Returns the bytes of a file from an instance and one of the formats.
    summary : callable
        Says how large an instance is, such as ``5 nodes, 4 edges``.
    labelled : callable
        Returns an instance with its name and seed in a series written into it, if it holds such things.
    """

    name: str
    formats: tuple[str, ...]
    render: Callable[[T, str], bytes]
    summary: Callable[[T], str]
    labelled: Callable[[T, str, int], T] = _as_drawn

    def check_format(self, file_format: str) -> None:
        """See that a format is one of the kind's.

        Raises
        ------
        UsageError
            If it is not.
        """
        if file_format not in self.formats:
            raise UsageError(
                f"format {file_format!r} is unknown for {self.name}; use one of {', '.join(self.formats)}"
            )


class Family(Protocol[T_co]):
    """A distribution of instances: a frozen dataclass of ``int``, ``float``, ``bool`` and ``str`` parameters.

    Attributes
    ----------
    draws : InstanceKind
        What is drawn: :data:`coplug.problems.milp.files.PROGRAMS`, :data:`coplug.graphs.formats.writing.GRAPHS`, or a
        kind of your own.
    sizes : mapping of str to mapping
        Parameters of the named sizes, such as ``{"easy": {"n_rows": 500}}``; parameters left out keep their
        defaults.
    """

    draws: ClassVar[InstanceKind[Any]]
    sizes: ClassVar[Mapping[str, Mapping[str, float]]]

    def generate(self, rng: np.random.RandomState) -> T_co:
        """Draw one instance with ``rng`` and no other source of randomness."""
        ...


def any_rng(
    generate: Callable[Concatenate[S, np.random.RandomState, P], T],
) -> Callable[Concatenate[S, Rng, P], T]:
    """Let a family's ``generate`` take a numpy ``Generator`` too, of which a seed is drawn.

    What a seed draws stays what it is: ``RandomState`` promises its sequence for ever, ``Generator`` does not.
    """

    @functools.wraps(generate)
    def generate_from_any(family: S, rng: Rng, *args: P.args, **kwargs: P.kwargs) -> T:
        if isinstance(rng, np.random.Generator):
            rng = np.random.RandomState(int(rng.integers(2**32)))
        return generate(family, rng, *args, **kwargs)

    return cast(Callable[Concatenate[S, Rng, P], T], generate_from_any)


def _fault(found: Any) -> str:
    is_family = isinstance(found, type) and is_dataclass(found) and hasattr(found, "generate")
    if not is_family or not isinstance(getattr(found, "sizes", None), Mapping):
        return "is no dataclass with sizes, a mapping, and generate(); see Family"
    if not isinstance(getattr(found, "draws", None), InstanceKind):
        return "does not say what it draws; set its class attribute draws, see Family"
    return ""


FAMILIES: Registry[type[Family[Any]]] = Registry("coplug.families", "family", _fault)
"""All families that are installed, by name."""


def family_names(draws: InstanceKind[Any]) -> list[str]:
    """Return the names of all installed families that draw instances of a kind, sorted."""
    return [name for name, family in FAMILIES.usable().items() if family.draws is draws]


def load_family(name: str, draws: InstanceKind[Any] | None = None) -> type[Family[Any]]:
    """Import the class of a family.

    Parameters
    ----------
    name : str
        Such as ``setcover``.
    draws : InstanceKind, optional
        What it has to draw.

    Raises
    ------
    UsageError
        If no installed package registers this name, its class cannot be imported or is no family, or it draws
        something else.
    """
    family = FAMILIES.load(name)
    if draws is not None and family.draws is not draws:
        raise UsageError(
            f"family {name!r} draws {family.draws.name}, not {draws.name}; "
            f"choose one of: {', '.join(family_names(draws))}"
        )
    return family


def make_family(
    name: str,
    size: str | None = None,
    parameters: Mapping[str, float | str] | None = None,
    draws: InstanceKind[Any] | None = None,
) -> Any:
    """Return a family with its parameters set.

    Parameters
    ----------
    name : str
        Such as ``setcover``.
    size : str or None
        A named size (``tiny``, ``easy``, ``medium``, ``hard``); None stands for the family's defaults.
    parameters : mapping or None
        Parameters that differ from the size; values may be text, as from a command line.
    draws : InstanceKind, optional
        As in :func:`load_family`.

    Returns
    -------
    Family
        A dataclass, whose fields are its parameters.

    Raises
    ------
    UsageError
        If the family, the size or a parameter is unknown, or a value is out of range.
    """
    family = load_family(name, draws)
    chosen = dict(_size_parameters(name, family, size)) | _convert(name, family, parameters or {})
    return family(**chosen)


@dataclass(frozen=True)
class Drawn(Generic[T]):
    """An instance of a series.

    Attributes
    ----------
    name : str
        Such as ``rb-easy-0001``.
    seed : int
        Of this instance alone.
    instance : T
    """

    name: str
    seed: int
    instance: T


def instance_seed(root_seed: int, index: int) -> int:
    """Return the seed of one instance of a series.

    It is the first 32-bit word of the ``index``-th child that ``numpy.random.SeedSequence(root_seed)``
    spawns, so it does not depend on how many instances are drawn.

    Parameters
    ----------
    root_seed : int
        At least 0.
    index : int
        Position in the series, from 0.
    """
    child = np.random.SeedSequence(root_seed, spawn_key=(index,))
    return int(child.generate_state(1)[0])


def generate_instances(
    family: str,
    count: int,
    seed: int,
    size: str | None = None,
    parameters: Mapping[str, float | str] | None = None,
    draws: InstanceKind[Any] | None = None,
) -> Iterator[Drawn[Any]]:
    """Draw a series of instances, one at a time.

    Instance ``k`` (from 0) is ``generate(numpy.random.RandomState(instance_seed(seed, k)))``; its name is
    ``FAMILY-SIZE-NNNN`` with ``NNNN = k + 1``, and where parameters are given, these stand beside or for
    the size.

    Parameters
    ----------
    family : str
        Such as ``setcover`` or ``rb``; :data:`FAMILIES` has all.
    count : int
        At least 1.
    seed : int
        Root seed, at least 0.
    size, parameters, draws
        As in :func:`make_family`.

    Returns
    -------
    iterator of Drawn
        Arguments are checked at once, instances are drawn when asked for.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """
    if count < 1:
        raise UsageError(f"count {count} asks for no instance; take it >= 1")
    if seed < 0:
        raise UsageError(f"seed {seed} is negative; take it >= 0")
    source: Family[Any] = make_family(family, size, parameters, draws)
    label = _size_label(source, size, parameters or {})

    def draw(index: int) -> Drawn[Any]:
        own_seed, name = instance_seed(seed, index), f"{family}-{label}-{index + 1:04d}"
        instance = source.generate(np.random.RandomState(own_seed))
        return Drawn(name, own_seed, source.draws.labelled(instance, name, own_seed))

    return map(draw, range(count))


def _size_parameters(name: str, family: type[Family[Any]], size: str | None) -> Mapping[str, float]:
    if size is None:
        return {}
    if size not in family.sizes:
        raise UsageError(f"size {size!r} of {name} is unknown; choose one of: {', '.join(family.sizes)}")
    return family.sizes[size]


def _convert(name: str, family: type[Any], parameters: Mapping[str, float | str]) -> dict[str, float | str]:
    """Bring each value to the type that its field declares."""
    if not isinstance(parameters, Mapping):
        raise UsageError(f"parameters {shown(parameters)} of {name} are no mapping; give {{name: value}}")
    known = _parameter_names(family)
    types = typing.get_type_hints(family)
    converted: dict[str, float | str] = {}
    for key, value in parameters.items():
        if key not in known:
            raise UsageError(f"parameter {key!r} of {name} is unknown; choose one of: {', '.join(known)}")
        if types[key] is str:
            converted[key] = str(value)
            continue
        number = _number(types[key], value)
        if number is None:
            kind = _KINDS.get(types[key], "a number")
            raise UsageError(f"{name} parameter {key}={value} is not {kind}; give {kind}")
        converted[key] = number
    return converted


_KINDS = {int: "a whole number", bool: "true or false"}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def _number(kind: Callable[[float | str], float], value: float | str) -> float | None:
    """Return ``value`` as the type asked for, or None if it is none, is NaN, or would be cut."""
    if kind is bool:
        return _TRUTH.get(str(value).lower())
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if math.isnan(number) or not (isinstance(value, str) or number == value):
        return None
    return number


def _size_label(family: object, size: str | None, parameters: Mapping[str, float | str]) -> str:
    """Return what stands for the size in names: the size, the parameters given, or both."""
    given = [
        f"{key}{_in_a_name(getattr(family, key))}"
        for key in _parameter_names(type(family))
        if key in parameters
    ]
    if size is not None or not given:
        given.insert(0, size or DEFAULT_SIZE)
    return "-".join(given)


def _in_a_name(value: object) -> object:
    """Return a parameter as it stands in the name of a file: of a path, its last part without the suffix."""
    return Path(value).stem if isinstance(value, str) else value


def _parameter_names(family: type[Any]) -> list[str]:
    return [field.name for field in fields(family)]
