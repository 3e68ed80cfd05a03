"""Solving one program for many costs, or for many right-hand sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import InstanceError, SolverError
from coplug.parallel import run_unordered
from coplug.problems.contextual_lp.program import LinearProgram
from coplug.problems.contextual_lp.solvers import SOLVERS, LpSolver, solver_name
from coplug.report import Stop

Float = NDArray[np.float64]

AT_ONCE = 256
"""Programs that a process solves before its results go back."""

MOST_COPIES, MOST_LINES = 16, 1024
"""Of a program that are solved as one: so many, and with so many rows and columns together."""


class CostSolver:
    """A program that is kept and solved for other costs, for several at a time.

    Calling a solver costs as much as some twenty steps of the simplex method, and small programs need fewer. So several
    copies are handed over as one program of independent blocks. If that one has no optimum, each is solved by itself.

    Parameters
    ----------
    program : LinearProgram
    solver : str
        See :func:`~.solvers.solver_name`.
    most : int
        Programs that there will be at a time.

    Attributes
    ----------
    at_once : int
        Programs that are solved as one, at most ``most``.
    """

    def __init__(self, program: LinearProgram, solver: str, most: int) -> None:
        self._program, self._make = program, SOLVERS[solver_name(solver)]
        lines = program.n_columns + len(program.row_lhs)
        self.at_once = max(1, min(most, MOST_COPIES, MOST_LINES // max(1, lines)))
        self._all = self._make(_copies(program, self.at_once))
        self._one: LpSolver | None = self._all if self.at_once == 1 else None

    def solve(self, costs: Float) -> tuple[list[str], Float]:
        """Return the statuses and optimal vertices for at most ``at_once`` rows of costs.

        Parameters
        ----------
        costs : float64, shape (n, n_columns)

        Returns
        -------
        statuses : list of str
        decisions : float64, shape (n, n_columns)
            NaN where there is none.
        """
        n = len(costs)
        if n > 1:
            last = np.broadcast_to(costs[-1], (self.at_once - n, costs.shape[1]))
            self._all.set_costs(np.concatenate([costs, last]).ravel())
            status, found = self._all.solve()
            if found is not None:
                return [status] * n, found.reshape(self.at_once, -1)[:n]
        if self._one is None:
            self._one = self._make(self._program)
        statuses, decisions = [], np.full(costs.shape, np.nan)
        for at, row in enumerate(costs):
            self._one.set_costs(row)
            status, decision = self._one.solve()
            statuses.append(status)
            if decision is not None:
                decisions[at] = decision
        return statuses, decisions

    def close(self) -> None:
        """Free what it holds."""
        self._all.close()
        if self._one is not None and self._one is not self._all:
            self._one.close()


def _copies(program: LinearProgram, count: int) -> LinearProgram:
    """Return a program of independent blocks."""
    if count == 1:
        return program

    def named(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(f"{name}_{block}" for block in range(count) for name in names)

    return replace(
        program,
        objective=np.tile(program.objective, count),
        matrix=scipy.sparse.csr_array(scipy.sparse.block_diag([program.matrix] * count)),
        row_lhs=np.tile(program.row_lhs, count),
        row_rhs=np.tile(program.row_rhs, count),
        lower=np.tile(program.lower, count),
        upper=np.tile(program.upper, count),
        variable_names=named(program.variable_names),
        row_names=named(program.row_names),
    )


@dataclass(frozen=True, eq=False)
class Solved:
    """Decisions of a batch.

    Attributes
    ----------
    decisions : float64, shape (n, n_columns)
        NaN where there is none.
    statuses : tuple of str
        ``skipped`` where the time was up.
    """

    decisions: Float
    statuses: tuple[str, ...]

    def checked(self, what: str) -> Float:
        """Return the decisions, all of which there must be.

        Raises
        ------
        InstanceError
            With the sample's index, if one is missing.
        """
        for index, status in enumerate(self.statuses):
            if status != "optimal":
                raise InstanceError(
                    f"{what}: the program of sample {index} is {status}; expected one with an optimum"
                )
        return self.decisions


def solve_all(
    program: LinearProgram, costs: Float, solver: str = "auto", *, jobs: int = 1, stop: Stop = bool
) -> Solved:
    """Solve the program for each row of costs.

    Parameters
    ----------
    program : LinearProgram
    costs : float64, shape (n, n_columns)
        In the program's own sense.
    solver : str
        See :func:`solver_name`.
    jobs : int
        Processes; one is this one. Several need joblib.
    stop : callable
        Asked after some programs; the rest is skipped then.
    """
    name, n = solver_name(solver), len(costs)
    decisions, statuses = np.full((n, program.n_columns), np.nan), ["skipped"] * n
    if jobs == 1:
        calls = iter([(program, costs, name, 0, stop)])
    else:
        at_once = max(1, min(AT_ONCE, -(-n // jobs)))
        calls = iter([(program, costs[k : k + at_once], name, k, bool) for k in range(0, n, at_once)])
    for start, found, words in run_unordered(_solve_some, calls, jobs):
        decisions[start : start + len(words)] = found
        statuses[start : start + len(words)] = words
        if stop():
            break
    return Solved(decisions, tuple(statuses))


def _solve_some(
    program: LinearProgram, costs: Float, name: str, start: int, stop: Stop
) -> tuple[int, Float, list[str]]:
    """Return where a part begins, its decisions, and its statuses."""
    kept = CostSolver(program, name, len(costs))
    decisions = np.full((len(costs), program.n_columns), np.nan)
    statuses: list[str] = []
    try:
        for first in range(0, len(costs), kept.at_once):
            words, found = kept.solve(costs[first : first + kept.at_once])
            decisions[first : first + len(words)] = found + 0.0  # no -0
            statuses += words
            if stop():
                break
    finally:
        kept.close()
    return start, decisions[: len(statuses)], statuses


def solve_sides(program: LinearProgram, sides: Float, solver: str = "auto") -> Solved:
    """Solve the program, at its own costs, for each row of right-hand sides.

    Parameters
    ----------
    program : LinearProgram
    sides : float64, shape (n, n_rows)
        Each takes the place of the finite sides of its row, which must be one, or two that are equal.
    solver : str

    Raises
    ------
    SolverError
        If a row has two different sides.
    """
    both = np.isfinite(program.row_lhs) & np.isfinite(program.row_rhs)
    if (both & (program.row_lhs != program.row_rhs)).any():
        raise SolverError("a row with two different sides has no right-hand side; split it in two")
    kept = SOLVERS[solver_name(solver)](program)
    decisions, statuses = np.full((len(sides), program.n_columns), np.nan), []
    try:
        for at, row in enumerate(np.asarray(sides, np.float64)):
            kept.set_sides(
                np.where(np.isfinite(program.row_lhs), row, -np.inf),
                np.where(np.isfinite(program.row_rhs), row, np.inf),
            )
            status, decision = kept.solve()
            statuses.append(status)
            if decision is not None:
                decisions[at] = decision + 0.0  # no -0
    finally:
        kept.close()
    return Solved(decisions, tuple(statuses))
