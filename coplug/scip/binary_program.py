"""The numbers of a linear program with binary variables, as SCIP reads them from a file."""

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
class BinaryProgram:
    """A program.

    Attributes
    ----------
    names : tuple of str
        Of the variables.
    objective : Row
        Without sides.
    constant : float
        What the objective function adds to its row.
    maximised : bool
    rows : tuple of Row
        Open sides are infinite.
    """

    names: tuple[str, ...]
    objective: Row
    constant: float
    maximised: bool
    rows: tuple[Row, ...]


def read_binary_program(path: Path) -> BinaryProgram:
    """Read a file.

    Raises
    ------
    InstanceError
        If it cannot be read, a variable is not binary or is fixed, or a constraint is not linear.
    """
    model = read_model(path)
    try:
        return _numbers(model, path)
    finally:
        free(model)


def _numbers(model: pyscipopt.Model, path: Path) -> BinaryProgram:
    variables = model.getVars()
    names = tuple(variable_name(variable) for variable in variables)
    for constraint in model.getConss():
        if constraint.getConshdlrName() != "linear":
            raise InstanceError(
                f"{path}: row {constraint.name} is not linear; expected 'weights <= capacity'"
            )
    for name, variable in zip(names, variables, strict=True):
        if variable.vtype() != "BINARY":
            raise InstanceError(
                f"{path}: variable {name} is {variable.vtype().lower()}; expected binary ones"
            )
        low, high = variable.getLbOriginal(), variable.getUbOriginal()
        if (low, high) != (0.0, 1.0):
            raise InstanceError(
                f"{path}: variable {name} has the bounds {low:g} and {high:g}, expected 0 and 1; "
                "leave it out if it is fixed"
            )
    places = {name: k for k, name in enumerate(names)}
    objective = {k: variable.getObj() for k, variable in enumerate(variables) if variable.getObj()}
    rows = []
    for constraint in model.getConss():
        coefficients = {places[name]: value for name, value in model.getValsLinear(constraint).items()}
        lhs, rhs = model.getLhs(constraint), model.getRhs(constraint)
        rows.append(
            Row(
                constraint.name,
                coefficients,
                -float("inf") if model.isInfinity(-lhs) else lhs,
                float("inf") if model.isInfinity(rhs) else rhs,
            )
        )
    return BinaryProgram(
        names,
        Row(OBJECTIVE, objective, -float("inf"), float("inf")),
        model.getObjoffset(),
        model.getObjectiveSense() == "maximize",
        tuple(rows),
    )
