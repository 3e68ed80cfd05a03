"""Checking a family of instances."""

from __future__ import annotations

import random
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import numpy as np

from coplug.errors import UsageError
from coplug.families import DEFAULT_SIZE, Family, InstanceKind, load_family
from coplug.testing.nodes import SMALL_SIZE
from coplug.testing.violations import FamilyCheckError, Violations

TYPES = (bool, int, float, str)


def check_family(family: type[Family[Any]] | str, *, seed: int = 0, draws: int = 3) -> None:
    """Check that a family, of programs, graphs or anything else, keeps the contract of :class:`coplug.families.Family`.

    - It is a frozen dataclass with a docstring, whose parameters are ``int``, ``float``, ``bool`` or ``str`` and have
      defaults;
    - ``sizes`` name its parameters, each makes a family, and the defaults are the size easy if there is one;
    - a parameter that is out of range raises UsageError and nothing else;
    - instances of its smallest size follow from the generator that it is given: equal seeds give equal files, other
      seeds other ones, and no global generator is touched;
    - they are of one type, can be written in each format of their kind, and are summed up in one line;
    - graphs have no more nodes than the family's ``max_nodes`` says, if it does.

    Parameters
    ----------
    family : type or str
        The class, or a name as for ``coplug generate``.
    seed : int
        Of the first instance.
    draws : int
        How many instances are drawn, at least 2.

    Raises
    ------
    FamilyCheckError
        With all violations, a line each.
    UsageError
        If there is no family of this name.
    """
    cls = load_family(family) if isinstance(family, str) else family
    violations = Violations()
    if _has_parts(cls, violations):
        _check_parameters(cls, violations)
        with violations.guarding("drawing instances"):
            _check_instances(cls, range(seed, seed + draws), violations)
    violations.raise_as(FamilyCheckError, f"family {getattr(cls, '__name__', cls)}")


def _has_parts(cls: Any, violations: Violations) -> bool:
    """Check the class; return whether something can be made of it."""
    if not violations.require(
        isinstance(cls, type) and is_dataclass(cls), f"it is {cls!r}; expected a class that is a dataclass"
    ):
        return False
    frozen: bool = cls.__dataclass_params__.frozen
    violations.require(frozen, "the dataclass is not frozen")
    own = vars(cls).get("__doc__") or ""
    violations.require(bool(own) and not own.startswith(f"{cls.__name__}("), "it has no docstring")
    drawn = violations.require(
        isinstance(getattr(cls, "draws", None), InstanceKind),
        "draws is no InstanceKind: it does not say what it draws",
    )
    sizes = violations.require(
        isinstance(getattr(cls, "sizes", None), Mapping) and bool(cls.sizes),
        "sizes is no mapping of at least one name to parameters",
    )
    return violations.require_methods(cls, ["generate"]) and drawn and sizes


def _check_parameters(cls: Any, violations: Violations) -> None:
    types = typing.get_type_hints(cls)
    for field in fields(cls):
        violations.require(
            types[field.name] in TYPES,
            f"parameter {field.name} is of type {types[field.name]}; expected bool, int, float or str",
        )
        violations.require(field.default is not MISSING, f"parameter {field.name} has no default")
        if types[field.name] in (int, float):
            _check_range(cls, field.name, types[field.name](-1), violations)
    for size, parameters in cls.sizes.items():
        unknown = ", ".join(parameters.keys() - {field.name for field in fields(cls)})
        if violations.require(not unknown, f"size {size} has unknown parameters: {unknown}"):
            with violations.guarding(f"making size {size}"):
                cls(**parameters)
    with violations.guarding("making it of its defaults"):
        easy = cls.sizes.get(DEFAULT_SIZE)
        violations.require(
            easy is None or cls() == cls(**easy), f"its defaults are another size than {DEFAULT_SIZE}"
        )


def _check_range(cls: Any, name: str, value: float, violations: Violations) -> None:
    try:
        cls(**{name: value})
    except UsageError:
        pass
    except Exception as error:  # what is being checked may raise anything
        violations.require(
            False, f"{name}={value} raises {type(error).__name__}: {error}; expected UsageError, or nothing"
        )


def _check_instances(cls: Any, seeds: Sequence[int], violations: Violations) -> None:
    size = SMALL_SIZE if SMALL_SIZE in cls.sizes else next(iter(cls.sizes))
    family, kind = cls(**cls.sizes[size]), cls.draws
    before = _global_generators()
    drawn = [family.generate(np.random.RandomState(seed)) for seed in seeds]
    again = [family.generate(np.random.RandomState(seed)) for seed in seeds]
    violations.require(before == _global_generators(), "generate draws from a global generator")
    limit = getattr(family, "max_nodes", None)
    largest = max(getattr(instance, "n_nodes", 0) for instance in drawn)
    violations.require(
        limit is None or largest <= limit, f"a graph has {largest} nodes, more than max_nodes, {limit}"
    )
    types = {type(instance).__name__ for instance in drawn}
    violations.require(len(types) == 1, f"its instances are of several types: {', '.join(sorted(types))}")
    files = [kind.render(instance, kind.formats[0]) for instance in drawn]
    others = [kind.render(instance, kind.formats[0]) for instance in again]
    violations.require(files == others, "equal seeds give different instances")
    violations.require(len(set(files)) > 1, f"the seeds {', '.join(map(str, seeds))} give the same instance")
    _check_writing(kind.labelled(drawn[0], f"instance-{seeds[0]}", seeds[0]), kind, violations)


def _check_writing(instance: Any, kind: InstanceKind[Any], violations: Violations) -> None:
    for file_format in kind.formats:
        with violations.guarding(f"writing an instance as {file_format}"):
            kind.render(instance, file_format)
    summary = kind.summary(instance)
    violations.require(
        isinstance(summary, str) and len(summary.splitlines()) == 1,
        f"an instance is summed up as {summary!r}; expected one line",
    )


def _global_generators() -> tuple[bytes, object]:
    """Return the states of numpy's and Python's own generators."""
    state: Any = np.random.get_state()  # noqa: NPY002 # to see that nobody draws from it
    return state[1].tobytes() + bytes(str(state[2:]), "ascii"), random.getstate()
