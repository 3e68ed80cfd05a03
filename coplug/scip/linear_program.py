"""The numbers of a linear program, as SCIP reads them from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyscipopt

from coplug.errors import InstanceError
from coplug.scip.messages import free
from coplug.scip.problem import read_model
from coplug.scip.solution import variable_name

OBJECTIVE = "obj"
"""What the objective function is called: SCIP does not keep its name."""


@dataclass(frozen=True)
class Row:
    """``lhs <= sum of coefficients <= rhs``; the coefficients by the positions of their variables."""

    name: str
    coefficients: dict[int, float]
    lhs: float
    rhs: float


@dataclass(frozen=True)
class Variable:
    """A variable; open bounds are infinite, the kind is SCIP's, such as ``BINARY``."""

    name: str
    kind: str
    lower: float
    upper: float


@dataclass(frozen=True)
class ProgramRows:
    """A program.

    Attributes
    ----------
    variables : tuple of Variable
        In the order of the file.
    objective : Row
        Without sides.
    constant : float
        What the objective function adds to its row.
    maximised : bool
    rows : tuple of Row
        Open sides are infinite.
    """

    variables: tuple[Variable, ...]
    objective: Row
    constant: float
    maximised: bool
    rows: tuple[Row, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the variables."""
        return tuple(variable.name for variable in self.variables)


def read_linear_program(path: Path) -> ProgramRows:
    """Read a file.

    Raises
    ------
    InstanceError
        If it cannot be read, or a constraint is not linear.
    """
    model = read_model(path)
    try:
        return _numbers(model, path)
    finally:
        free(model)


def _numbers(model: pyscipopt.Model, path: Path) -> ProgramRows:
    # SCIP sorts variables by type; their indices are those of their creation, in the order of the file.
    found = sorted(model.getVars(), key=lambda variable: variable.getIndex())
    for constraint in model.getConss():
        if constraint.getConshdlrName() != "linear":
            raise InstanceError(
                f"{path}: row {constraint.name} is not linear; expected rows 'lhs <= coefficients <= rhs'"
            )
    variables = tuple(
        Variable(
            variable_name(variable),
            variable.vtype(),
            _open(model, variable.getLbOriginal()),
            _open(model, variable.getUbOriginal()),
        )
        for variable in found
    )
    places = {variable.name: k for k, variable in enumerate(variables)}
    objective = {k: variable.getObj() for k, variable in enumerate(found) if variable.getObj()}
    infinity = float("inf")
    rows = tuple(
        Row(
            constraint.name,
            {places[name]: value for name, value in model.getValsLinear(constraint).items()},
            _open(model, model.getLhs(constraint)),
            _open(model, model.getRhs(constraint)),
        )
        for constraint in model.getConss()
    )
    return ProgramRows(
        variables,
        Row(OBJECTIVE, objective, -infinity, infinity),
        model.getObjoffset(),
        model.getObjectiveSense() == "maximize",
        rows,
    )


def _open(model: pyscipopt.Model, side: float) -> float:
    """Return a side or bound, infinite where SCIP takes it for that."""
    return float("inf") * (1 if side > 0 else -1) if model.isInfinity(abs(side)) else side
