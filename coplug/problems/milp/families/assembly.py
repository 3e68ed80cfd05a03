"""Programs put together variable by variable and row by row, for families whose models are small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np
import scipy.sparse

from coplug.problems.milp.families.parameters import recorded
from coplug.problems.milp.instance import MilpInstance


class Assembly:
    """A program in the making.

    Parameters
    ----------
    sense : {"min", "max"}
    """

    def __init__(self, sense: Literal["min", "max"] = "min") -> None:
        self._sense = sense
        self._names: list[str] = []
        self._objective: list[float] = []
        self._upper: list[float] = []
        self._integral: list[bool] = []
        self._row_names: list[str] = []
        self._lhs: list[float] = []
        self._rhs: list[float] = []
        self._entries: list[tuple[int, int, float]] = []

    def add_variable(
        self, name: str, objective: float, *, upper: float = np.inf, integral: bool = False
    ) -> int:
        """Add a variable of at least 0 and return its number."""
        self._names.append(name)
        self._objective.append(float(objective))
        self._upper.append(float(upper))
        self._integral.append(integral)
        return len(self._names) - 1

    def add_binary(self, name: str, objective: float) -> int:
        """Add a binary variable and return its number."""
        return self.add_variable(name, objective, upper=1.0, integral=True)

    def add_row(
        self, name: str, terms: Iterable[tuple[int, float]], *, lhs: float = -np.inf, rhs: float = np.inf
    ) -> None:
        """Add ``lhs <= sum of coefficient * variable <= rhs``."""
        row = len(self._row_names)
        self._entries.extend((row, column, float(value)) for column, value in terms)
        self._row_names.append(name)
        self._lhs.append(float(lhs))
        self._rhs.append(float(rhs))

    def instance(self, family: Any) -> MilpInstance:
        """Return the program of a family, with its name, parameters and version."""
        rows, columns, values = zip(*self._entries, strict=True)
        shape = (len(self._row_names), len(self._names))
        return MilpInstance(
            name=family.name,
            family=family.name,
            sense=self._sense,
            objective=np.array(self._objective),
            matrix=scipy.sparse.coo_array((values, (rows, columns)), shape=shape).tocsr(),
            row_lhs=np.array(self._lhs),
            row_rhs=np.array(self._rhs),
            lower=np.zeros(len(self._names)),
            upper=np.array(self._upper),
            integral=np.array(self._integral),
            variable_names=tuple(self._names),
            row_names=tuple(self._row_names),
            parameters=recorded(family),
            generator_version=family.version,
        )
