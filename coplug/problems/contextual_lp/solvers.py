"""What solves a program: HiGHS, SciPy and SCIP behind one small interface."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.extras import install_command
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]


class LpSolver(Protocol):
    """A program that is kept and solved again; what changes is set before."""

    def set_costs(self, costs: Float) -> None:
        """Take other costs, float64, shape (n_columns,)."""
        ...

    def set_sides(self, lhs: Float, rhs: Float) -> None:
        """Take other sides of the rows, float64, shape (n_rows,) each."""
        ...

    def solve(self) -> tuple[str, Float | None]:
        """Return ``optimal``, ``infeasible``, ``unbounded`` or another word, and the optimal vertex if there is one."""
        ...

    def close(self) -> None:
        """Free what it holds."""
        ...


PRIMAL, DUAL = 4, 1
"""Of the values of HiGHS's option ``simplex_strategy``."""


class Highs:
    """HiGHS through ``highspy``: the simplex method, which goes on from the basis of the solve before.

    With other costs that basis stays primal feasible, with other sides dual feasible: each has its simplex method.
    """

    def __init__(self, program: LinearProgram) -> None:
        highspy = highspy_module()
        self._highs = quiet_highs()
        # Presolve would throw the basis away. A number of threads is refused where another has been used before. Moved
        # bounds cost more steps than they save in programs that are solved for small changes.
        for name, value in {
            "presolve": "off",
            "solver": "simplex",
            "parallel": "off",
            "primal_simplex_bound_perturbation_multiplier": 0.0,
        }.items():
            self._highs.setOptionValue(name, value)
        model, matrix = highspy.HighsLp(), program.matrix.tocsc()
        model.num_col_, model.num_row_ = program.n_columns, len(program.row_lhs)
        model.col_cost_, model.col_lower_, model.col_upper_ = program.objective, program.lower, program.upper
        model.row_lower_, model.row_upper_ = program.row_lhs, program.row_rhs
        if program.sense == "max":
            model.sense_ = highspy.ObjSense.kMaximize
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        self._highs.passModel(model)
        self._columns = np.arange(program.n_columns, dtype=np.int32)
        self._rows = np.arange(len(program.row_lhs), dtype=np.int32)
        status = highspy.HighsModelStatus
        self._words = {
            status.kOptimal: "optimal",
            status.kModelEmpty: "optimal",
            status.kInfeasible: "infeasible",
            status.kUnbounded: "unbounded",
            status.kUnboundedOrInfeasible: "inforunbd",
        }

    def set_costs(self, costs: Float) -> None:
        """See :class:`LpSolver`."""
        self._highs.setOptionValue("simplex_strategy", PRIMAL)
        self._highs.changeColsCost(len(self._columns), self._columns, costs)

    def set_sides(self, lhs: Float, rhs: Float) -> None:
        """See :class:`LpSolver`."""
        self._highs.setOptionValue("simplex_strategy", DUAL)
        self._highs.changeRowsBounds(len(self._rows), self._rows, lhs, rhs)

    def solve(self) -> tuple[str, Float | None]:
        """See :class:`LpSolver`."""
        self._highs.run()
        status = self._highs.getModelStatus()
        word = self._words.get(status, "unknown")
        return word, np.array(self._highs.getSolution().col_value) if word == "optimal" else None

    def close(self) -> None:
        """See :class:`LpSolver`."""
        self._highs.clear()


class Scipy:
    """HiGHS in SciPy: nothing more to install, but each solve starts anew."""

    _WORDS: tuple[str, ...] = ("optimal", "iterationlimit", "infeasible", "unbounded")

    def __init__(self, program: LinearProgram) -> None:
        self._program, self._costs = program, program.objective
        self.set_sides(program.row_lhs, program.row_rhs)

    def set_costs(self, costs: Float) -> None:
        """See :class:`LpSolver`."""
        self._costs = costs

    def set_sides(self, lhs: Float, rhs: Float) -> None:
        """See :class:`LpSolver`."""
        self._rows = scipy.optimize.LinearConstraint(self._program.matrix, lhs, rhs)

    def solve(self) -> tuple[str, Float | None]:
        """See :class:`LpSolver`."""
        program = self._program
        found = scipy.optimize.milp(
            program.sign * self._costs,
            constraints=self._rows if len(program.row_lhs) else (),
            bounds=scipy.optimize.Bounds(program.lower, program.upper),
        )
        word = self._WORDS[found.status] if found.status < len(self._WORDS) else "unknown"
        return word, np.asarray(found.x, np.float64) if word == "optimal" else None

    def close(self) -> None:
        """See :class:`LpSolver`."""


def _scip(program: LinearProgram) -> LpSolver:
    from coplug.scip.linear_solver import LinearSolver

    return LinearSolver(program)


SOLVERS: dict[str, Callable[[LinearProgram], LpSolver]] = {"highs": Highs, "scipy": Scipy, "scip": _scip}
"""By the names that ``--solver`` takes."""


def solver_name(asked: str) -> str:
    """Return the solver that is meant: ``auto`` is HiGHS where ``highspy`` is installed, else SciPy's."""
    if asked == "auto":
        return "highs" if find_spec("highspy") else "scipy"
    if asked not in SOLVERS:
        raise UsageError(f"solver {asked!r} is unknown; choose from auto, {', '.join(SOLVERS)}")
    return asked


def highspy_module() -> Any:
    """Return the module ``highspy``.

    Raises
    ------
    UsageError
        If it is not installed, or cannot be loaded beside ortools.
    """
    try:
        import highspy
    except ImportError as error:
        if "ortools" in sys.modules:
            raise UsageError(
                "this highspy cannot be loaded beside ortools, which brings another HiGHS; take highspy 1.16 or later, "
                "another process, or solver=scip"
            ) from error
        raise UsageError(
            f"solver highs needs highspy: {install_command('lp')}, or take solver=scipy"
        ) from error
    return highspy


def quiet_highs() -> Any:
    """Return a solver of HiGHS that prints nothing.

    It is of the base class of ``highspy.Highs``, which prints a banner when it enables callbacks, before it can be told
    to be quiet.
    """
    solver = highspy_module().Highs.__mro__[1]()
    solver.setOptionValue("output_flag", False)
    return solver
