"""Knapsacks as programs: which rows of an ``.lp`` file are objectives, and that the others are capacities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from coplug.errors import InstanceError, UsageError
from coplug.problems.knapsack.instance import KnapsackInstance, make_instance
from coplug.scip.binary_program import read_binary_program
from coplug.scip.linear_program import OBJECTIVE, ProgramRows, Row

FORM = "write ROW:max, where ROW is the name of a row or obj"


def read_program(path: Path, objectives: Sequence[str]) -> KnapsackInstance:
    """Read a program whose variables are binary, and whose rows are ``sum of weights <= capacity``.

    Parameters
    ----------
    path : Path
    objectives : sequence of str
        ``ROW:max`` each; the row is an objective then, whatever its side is, and no constraint. ``obj`` is the
        objective function of the file, unless a row is called so. Without any, the objective function is the objective.

    Raises
    ------
    InstanceError
        If the file cannot be read, or is no knapsack.
    UsageError
        If an objective is named twice, is no row, or is not to be maximised.
    """
    names = [_maximised(text) for text in objectives]
    program = read_binary_program(path)
    rows = {row.name: row for row in program.rows}
    for name in names:
        if name not in rows and name != OBJECTIVE:
            known = ", ".join([*rows, OBJECTIVE][:10])
            raise UsageError(f"--objective {name}: {path} has no such row; it has {known}")
        if names.count(name) > 1:
            raise UsageError(f"--objective {name} is given twice; give it once")
        if sum(row.name == name for row in program.rows) > 1:
            raise InstanceError(
                f"{path} has several rows {name}, which --objective {name} cannot tell apart; rename them"
            )
    chosen = [_objective(program, rows, name, path) for name in names or [OBJECTIVE]]
    limits = [row for row in program.rows if row.name not in names]
    if not limits:
        raise InstanceError(f"{path} has no constraint left; expected a row with weights and a capacity")
    for row in limits:
        if not (math.isinf(row.lhs) and math.isfinite(row.rhs)):
            raise InstanceError(
                f"{path}: row {row.name} is no capacity; expected 'weights <= capacity', or name it as --objective"
            )
    n = len(program.names)
    return make_instance(
        str(path),
        [_dense(row.coefficients, n) for row in chosen],
        [_dense(row.coefficients, n) for row in limits],
        [_plain(row.rhs) for row in limits],
        program.names,
        [row.name for row in chosen],
    )


def _maximised(text: str) -> str:
    name, colon, sense = text.rpartition(":")
    if not colon or not name:
        raise UsageError(f"--objective {text}: {FORM}")
    if sense == "min":
        raise UsageError(f"--objective {text}: a knapsack's objectives are maximised; {FORM}")
    if sense != "max":
        raise UsageError(f"--objective {text}: {sense!r} is no sense; {FORM}")
    return name


def _objective(program: ProgramRows, rows: dict[str, Row], name: str, path: Path) -> Row:
    if name in rows:
        return rows[name]
    if not program.maximised:
        raise InstanceError(
            f"{path} is minimised; a knapsack's objective is maximised, or named by --objective ROW:max"
        )
    if program.constant:
        raise InstanceError(
            f"{path}: its objective function has the constant {program.constant:g}, which no item is worth; "
            "leave it out"
        )
    return program.objective


def _dense(coefficients: dict[int, float], n: int) -> list[int | float]:
    return [_plain(coefficients.get(k, 0.0)) for k in range(n)]


def _plain(value: float) -> int | float:
    return int(value) if value.is_integer() else value
