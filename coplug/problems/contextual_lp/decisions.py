"""What a decision tells: where each variable is, and so the sign of its reduced cost in any optimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.problems.contextual_lp.margin_qp import AT_LOWER, AT_UPPER, BETWEEN, FREE
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]

TOLERANCE = 1e-6
"""By which a decision may miss a bound or a row, relative to its size where that is above 1."""


@dataclass(frozen=True, eq=False)
class Observed:
    """Decisions, read as conditions of optimality.

    Attributes
    ----------
    signs : int8, shape (n, n_columns + n_slacks)
        In the equality form of :attr:`~.program.LinearProgram.equalities`, for minimising.
    degenerate : int
        Samples whose basis is not unique: fewer variables than rows are between their bounds.
    not_vertices : int
        Samples that are no vertex: the columns of those between their bounds depend on each other.
    """

    signs: NDArray[np.int8]
    degenerate: int
    not_vertices: int

    @property
    def unexplained(self) -> NDArray[np.int64]:
        """Samples whose decisions no cost but 0 makes optimal: those with no variable and no row at a bound."""
        return np.flatnonzero((np.abs(self.signs) != 1).all(axis=1))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know."""
        n, found = len(self.signs), []
        inside = self.unexplained
        if len(inside):
            found.append(
                f"{len(inside)} of {n} decisions, the first of sample {inside[0]}, are optimal for no cost but 0: "
                "they lie inside, and tell nothing"
            )
        if self.degenerate:
            found.append(
                f"{self.degenerate} of {n} decisions have several bases: none is chosen, duals left open are free"
            )
        if self.not_vertices:
            found.append(
                f"{self.not_vertices} of {n} decisions are no vertex: all optimal decisions of their face are asked for"
            )
        return tuple(found)


def observe(program: LinearProgram, decisions: Float, what: str = "decisions") -> Observed:
    """Read decisions.

    A variable near a bound counts as at it. Reduced costs of fixed variables may be anything, and so may those of the
    slack variables of equality rows, which have none.

    Raises
    ------
    InstanceError
        If a decision is not feasible, or tells nothing: for which cost it is optimal is not asked then.
    """
    check_feasible(program, decisions, what)
    matrix, slack = program.equalities
    values = np.hstack([decisions, program.activity(decisions)[:, slack]])
    lower = np.concatenate([program.lower, program.row_lhs[slack]])
    upper = np.concatenate([program.upper, program.row_rhs[slack]])
    return observed_at(values, lower, upper, matrix)


def observed_at(values: Float, lower: Float, upper: Float, matrix: Float) -> Observed:
    """Read values of the variables of a program in equality form.

    Parameters
    ----------
    values : float64, shape (n, m)
    lower, upper : float64, shape (m,)
    matrix : float64, shape (rows, m)
        With independent rows.
    """
    signs = np.full(values.shape, BETWEEN, np.int8)
    with np.errstate(invalid="ignore"):  # infinite bounds
        signs[values <= lower + TOLERANCE * np.maximum(1, np.abs(lower))] = AT_LOWER
        signs[values >= upper - TOLERANCE * np.maximum(1, np.abs(upper))] = AT_UPPER
    signs[:, lower == upper] = FREE
    between = signs == BETWEEN
    patterns, which = np.unique(between, axis=0, return_inverse=True)
    ranks = np.array([np.linalg.matrix_rank(matrix[:, row]) if row.any() else 0 for row in patterns])[which]
    return Observed(signs, int((ranks < len(matrix)).sum()), int((ranks < between.sum(axis=1)).sum()))


def check_feasible(program: LinearProgram, decisions: Float, what: str = "decisions") -> None:
    """See that decisions keep to the bounds and rows.

    Raises
    ------
    InstanceError
        With the sample's index and what it breaks.
    """
    activity = program.activity(decisions)
    parts = (
        (decisions, program.lower, program.upper, program.variable_names, "variable"),
        (activity, program.row_lhs, program.row_rhs, program.row_names, "row"),
    )
    for values, lower, upper, names, kind in parts:
        slack = TOLERANCE * np.maximum(1.0, np.abs(values))
        broken = (values < lower - slack) | (values > upper + slack)
        if broken.any():
            sample, place = (int(k) for k in np.argwhere(broken)[0])
            low, high = lower[place], upper[place]
            expected = f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"
            raise InstanceError(
                f"{what}: sample {sample} is not feasible: {kind} {names[place]} is {values[sample, place]:.6g}, "
                f"expected {expected}; correct it or leave it out"
            )
