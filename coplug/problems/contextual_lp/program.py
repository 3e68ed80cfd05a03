"""A linear program whose costs are predicted: its fixed parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import InstanceError

Float = NDArray[np.float64]

RANK_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """Optimize ``objective @ x + constant`` subject to ``row_lhs <= matrix @ x <= row_rhs`` and bounds.

    It is what :class:`coplug.scip.build.Milp` describes.

    Attributes
    ----------
    name : str
        Its path as given, or a few words.
    sense : "min" or "max"
    objective : float64, shape (n_columns,)
        The costs in the file; predicted ones take their place.
    matrix : scipy.sparse.csr_array of float64, shape (n_rows, n_columns)
    row_lhs, row_rhs : float64, shape (n_rows,)
        Infinite where open.
    lower, upper : float64, shape (n_columns,)
        Infinite where open.
    variable_names, row_names : tuple of str
        In the order of the file.
    constant : float
        What the objective adds.
    relaxed : tuple of str
        Variables that are integer in the file, and are not here.
    """

    name: str
    sense: Literal["min", "max"]
    objective: Float
    matrix: Any
    row_lhs: Float
    row_rhs: Float
    lower: Float
    upper: Float
    variable_names: tuple[str, ...]
    row_names: tuple[str, ...]
    constant: float = 0.0
    relaxed: tuple[str, ...] = ()

    @property
    def n_columns(self) -> int:
        """Number of variables."""
        return len(self.objective)

    @property
    def sign(self) -> float:
        """1 if it is minimised, else -1: what costs are multiplied by to be minimised."""
        return 1.0 if self.sense == "min" else -1.0

    @property
    def integral(self) -> NDArray[np.bool_]:
        """No variable is integer; bool, shape (n_columns,)."""
        return np.zeros(self.n_columns, np.bool_)

    @property
    def binary(self) -> NDArray[np.bool_]:
        """No variable is binary; bool, shape (n_columns,)."""
        return self.integral

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know."""
        if not self.relaxed:
            return ()
        return (
            f"{len(self.relaxed)} integer variables are relaxed: decisions are those of the LP relaxation",
        )

    @cached_property
    def equalities(self) -> tuple[Float, NDArray[np.int64]]:
        """The rows as equalities, with a slack variable for each row that is none: a matrix, and which rows have one.

        The matrix has independent rows, float64, shape (rank, n_columns + n_slacks); the slack variable of row ``i`` is
        ``matrix[i] @ x`` and has the row's sides as bounds.
        """
        slack = np.flatnonzero(self.row_lhs != self.row_rhs)
        dense = self.matrix.toarray()
        columns = np.zeros((len(dense), len(slack)))
        columns[slack, np.arange(len(slack))] = -1.0
        full = np.hstack([dense, columns])
        if not len(full):
            return full, slack
        _, triangle, order = scipy.linalg.qr(full.T, mode="economic", pivoting=True)
        size = np.abs(np.diag(triangle))
        rank = int((size > RANK_TOLERANCE * size.max(initial=0.0)).sum())
        return full[np.sort(order[:rank])], slack

    def activity(self, decisions: Float) -> Float:
        """Return ``matrix @ x`` of decisions of shape (n, n_columns), float64, shape (n, n_rows)."""
        values: Float = (self.matrix @ decisions.T).T
        return values

    def value(self, costs: Float, decisions: Float) -> Float:
        """Return the objective of decisions, shape (n, n_columns), at costs of the same shape; shape (n,)."""
        value: Float = (costs * decisions).sum(axis=1) + self.constant
        return value


def make_program(
    name: str,
    matrix: Any,
    row_lhs: Float,
    row_rhs: Float,
    upper: Float | float = np.inf,
    sense: Literal["min", "max"] = "min",
    variable_names: tuple[str, ...] = (),
) -> LinearProgram:
    """Return a program of variables that are at least 0, with no costs yet.

    Parameters
    ----------
    name : str
    matrix : array or sparse array, shape (n_rows, n_columns)
    row_lhs, row_rhs : float64, shape (n_rows,)
    upper : float64, shape (n_columns,), or float
    sense : "min" or "max"
    variable_names : tuple of str
        ``x1``, ``x2``, ... if not given.
    """
    matrix = scipy.sparse.csr_array(matrix, dtype=np.float64)
    n_rows, n_columns = matrix.shape
    return LinearProgram(
        name=name,
        sense=sense,
        objective=np.zeros(n_columns),
        matrix=matrix,
        row_lhs=np.asarray(row_lhs, np.float64),
        row_rhs=np.asarray(row_rhs, np.float64),
        lower=np.zeros(n_columns),
        upper=np.broadcast_to(np.asarray(upper, np.float64), n_columns).copy(),
        variable_names=variable_names or tuple(f"x{j + 1}" for j in range(n_columns)),
        row_names=tuple(f"C{i + 1}" for i in range(n_rows)),
    )


def read_program(path: Path) -> LinearProgram:
    """Read an ``.lp`` or ``.mps`` file; integer variables are relaxed.

    Raises
    ------
    InstanceError
        If it cannot be read, has a constraint that is not linear, or bounds that exclude each other.
    """
    from coplug.scip.linear_program import read_linear_program

    found = read_linear_program(path)
    n, rows = len(found.variables), found.rows
    entries = [(i, j, value) for i, row in enumerate(rows) for j, value in row.coefficients.items()]
    at_row, at_column, values = (
        (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
    )
    objective = np.zeros(n)
    objective[list(found.objective.coefficients)] = list(found.objective.coefficients.values())
    for variable in found.variables:
        if variable.lower > variable.upper:
            raise InstanceError(
                f"{path}: variable {variable.name} has the bounds {variable.lower:g} and {variable.upper:g}; swap them"
            )
    return LinearProgram(
        name=str(path),
        sense="max" if found.maximised else "min",
        objective=objective,
        matrix=scipy.sparse.csr_array((values, (at_row, at_column)), shape=(len(rows), n), dtype=np.float64),
        row_lhs=np.array([row.lhs for row in rows]),
        row_rhs=np.array([row.rhs for row in rows]),
        lower=np.array([variable.lower for variable in found.variables]),
        upper=np.array([variable.upper for variable in found.variables]),
        variable_names=found.names,
        row_names=tuple(row.name for row in rows),
        constant=found.constant,
        relaxed=tuple(variable.name for variable in found.variables if variable.kind != "CONTINUOUS"),
    )
