"""The registry of MILP families, and seeded series of instances.

A family is a frozen dataclass of parameters with a ``generate`` method (:class:`Family`). coplug ships
four; a package adds its own by an entry point in the group ``coplug.families``::

    [project.entry-points."coplug.families"]
    knapsack = "my_package.knapsack:Knapsack"
"""

from __future__ import annotations

import math
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Protocol, cast

import numpy as np

from coplug.errors import UsageError
from coplug.problems.milp import MilpInstance

GROUP = "coplug.families"

DEFAULT_SIZE = "easy"
"""In file names where neither a size nor parameters are given; every family's defaults are this size."""


class Family(Protocol):
    """A distribution of MILP instances: a frozen dataclass of ``int``, ``float`` and ``bool`` parameters.

    Attributes
    ----------
    sizes : mapping of str to mapping
        Parameters of the named sizes, such as ``{"easy": {"n_rows": 500}}``; parameters left out keep their
        defaults.
    """

    sizes: ClassVar[Mapping[str, Mapping[str, float]]]

    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance with ``rng`` and no other source of randomness."""
        ...


def family_names(group: str = GROUP) -> list[str]:
    """Return the names of all installed families of a group of entry points, sorted."""
    return sorted(_registered(group))


def load_family(name: str, group: str = GROUP) -> type[Any]:
    """Import the class of a family.

    Parameters
    ----------
    name : str
        Such as ``setcover``.
    group : str
        Of the entry points: MILP families, or others that are dataclasses with sizes and ``generate``.

    Raises
    ------
    UsageError
        If no installed package registers this name, or its class cannot be imported or is no family.
    """
    registered = _registered(group)
    if name not in registered:
        choices = (
            ", ".join(sorted(registered)) or "none: install coplug again, its package metadata is missing"
        )
        raise UsageError(f"family {name!r} is unknown; choose one of: {choices}")
    entry = registered[name]
    try:
        family = entry.load()
    except Exception as error:  # a third party's module may fail in any way
        raise UsageError(
            f"family {name!r} ({entry.value}) cannot be imported: {error}; update its package"
        ) from error
    if not (is_dataclass(family) and hasattr(family, "generate") and hasattr(family, "sizes")):
        raise UsageError(
            f"family {name!r} ({entry.value}) is no dataclass with sizes and generate(); see Family"
        )
    return cast(type[Any], family)


def make_family(
    name: str,
    size: str | None = None,
    parameters: Mapping[str, float | str] | None = None,
    group: str = GROUP,
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
    group : str
        As in :func:`load_family`.

    Returns
    -------
    Family
        Or, in another group, what that holds.

    Raises
    ------
    UsageError
        If the family, the size or a parameter is unknown, or a value is out of range.
    """
    family = load_family(name, group)
    chosen = dict(_size_parameters(name, family, size)) | _convert(name, family, parameters or {})
    return family(**chosen)


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
) -> Iterator[MilpInstance]:
    """Draw a series of instances, one at a time.

    Instance ``k`` (from 0) is ``generate(numpy.random.RandomState(instance_seed(seed, k)))``; its name is
    ``FAMILY-SIZE-NNNN`` with ``NNNN = k + 1``, and where parameters are given, these stand beside or for
    the size.

    Parameters
    ----------
    family : str
        Such as ``setcover``; see :func:`family_names`.
    count : int
        At least 1.
    seed : int
        Root seed, at least 0.
    size, parameters
        As in :func:`make_family`.

    Returns
    -------
    iterator of MilpInstance
        Arguments are checked at once, instances are drawn when asked for.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """
    check_series(count, seed)
    source: Family = make_family(family, size, parameters)
    label = size_label(source, size, parameters or {})

    def draw(index: int) -> MilpInstance:
        own_seed = instance_seed(seed, index)
        instance = source.generate(np.random.RandomState(own_seed))
        return replace(instance, name=f"{family}-{label}-{index + 1:04d}", seed=own_seed)

    return map(draw, range(count))


def check_series(count: int, seed: int) -> None:
    """See that a series can be drawn.

    Raises
    ------
    UsageError
        If it has no instances or its seed is negative.
    """
    if count < 1:
        raise UsageError(f"count {count} asks for no instance; take it >= 1")
    if seed < 0:
        raise UsageError(f"seed {seed} is negative; take it >= 0")


def _registered(group: str) -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=group)}


def _size_parameters(name: str, family: type[Any], size: str | None) -> Mapping[str, float]:
    if size is None:
        return {}
    sizes: Mapping[str, Mapping[str, float]] = family.sizes
    if size not in sizes:
        raise UsageError(f"size {size!r} of {name} is unknown; choose one of: {', '.join(sizes)}")
    return sizes[size]


def _convert(name: str, family: type[Any], parameters: Mapping[str, float | str]) -> dict[str, float]:
    """Bring each value to the type that its field declares."""
    known = _parameter_names(family)
    types = typing.get_type_hints(family)
    converted = {}
    for key, value in parameters.items():
        if key not in known:
            raise UsageError(f"parameter {key!r} of {name} is unknown; choose one of: {', '.join(known)}")
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


def size_label(family: object, size: str | None, parameters: Mapping[str, float | str]) -> str:
    """Return what stands for the size in names: the size, the parameters given, or both."""
    given = [f"{key}{getattr(family, key)}" for key in _parameter_names(type(family)) if key in parameters]
    if size is not None or not given:
        given.insert(0, size or DEFAULT_SIZE)
    return "-".join(given)


def _parameter_names(family: type[object]) -> list[str]:
    return [field.name for field in fields(cast(Any, family))]
