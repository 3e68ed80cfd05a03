"""Functions that extract data from a model, and how they are put together (Ecole's ``data`` module)."""

from __future__ import annotations

import numbers
import time
from typing import Any

from coplug.ecole.default import Default
from coplug.ecole.scip import Model
from coplug.ecole.typing import DataFunction


class ConstantFunction:
    """Always returns the same object."""

    def __init__(self, constant: Any) -> None:
        self._constant = constant

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> Any:
        """Return the constant."""
        return self._constant


class NoneFunction(ConstantFunction):
    """Always returns None."""

    def __init__(self) -> None:
        super().__init__(None)


class VectorFunction:
    """Several functions whose data come as a list, in their order."""

    def __init__(self, *functions: DataFunction[Any]) -> None:
        self._functions = functions

    def before_reset(self, model: Model) -> None:
        """Reset every function."""
        for function in self._functions:
            function.before_reset(model)

    def extract(self, model: Model, done: bool = False) -> list[Any]:
        """Return what every function extracts."""
        return [function.extract(model, done) for function in self._functions]


class MapFunction:
    """Several functions whose data come as a dictionary under their names."""

    def __init__(self, **functions: DataFunction[Any]) -> None:
        self._functions = functions

    def before_reset(self, model: Model) -> None:
        """Reset every function."""
        for function in self._functions.values():
            function.before_reset(model)

    def extract(self, model: Model, done: bool = False) -> dict[str, Any]:
        """Return what every function extracts."""
        return {name: function.extract(model, done) for name, function in self._functions.items()}


class TimedFunction:
    """The seconds that another function takes to extract its data, which is dropped.

    Parameters
    ----------
    func : data function
    wall : bool
        Wall clock instead of the process's CPU time.
    """

    def __init__(self, func: DataFunction[Any], wall: bool = False) -> None:
        self._function = func
        self._clock = time.perf_counter if wall else time.process_time

    def before_reset(self, model: Model) -> None:
        """Reset the function."""
        self._function.before_reset(model)

    def extract(self, model: Model, done: bool = False) -> float:
        """Return the time of one extraction in seconds."""
        start = self._clock()
        self._function.extract(model, done)
        return self._clock() - start


def parse(something: Any, default: Any) -> Any:
    """Return the data function that an argument stands for.

    Parameters
    ----------
    something : object
        ``Default`` for the default, None for nothing, a number for a constant, a tuple or list for a
        :class:`VectorFunction`, a dictionary for a :class:`MapFunction` (both recursively), or a data function.
    default : object
        What ``Default`` stands for; parsed likewise.

    Raises
    ------
    ValueError
        If the default itself is ``Default``.
    """
    if something == Default:
        if default is None:
            raise ValueError("'Default' was asked for where there is no default; name a function instead")
        return parse(default, None)
    if something is None:
        return NoneFunction()
    if isinstance(something, numbers.Number):
        return ConstantFunction(something)
    if isinstance(something, tuple | list):
        return VectorFunction(*(parse(part, default) for part in something))
    if isinstance(something, dict):
        return MapFunction(**{name: parse(part, default) for name, part in something.items()})
    return something
