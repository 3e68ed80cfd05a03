"""The margin program by solvers of others, sparse: Clarabel and HiGHS. They check the interior-point method here."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from coplug.errors import SolverError, UsageError
from coplug.extras import install_command
from coplug.problems.contextual_lp.margin_qp import BETWEEN, Fitted, MarginProgram
from coplug.problems.contextual_lp.solvers import highspy_module, quiet_highs

Float = NDArray[np.float64]


def minimise_by(program: MarginProgram, solver: str) -> Fitted:
    """Solve the program.

    Parameters
    ----------
    program : MarginProgram
    solver : "clarabel" or "highs"

    Raises
    ------
    UsageError
        If the solver is unknown or not installed.
    SolverError
        If it finds no minimum.
    """
    solvers = {"clarabel": clarabel_minimum, "highs": _highs}
    if solver not in solvers:
        raise UsageError(
            f"solver {solver!r} of quadratic programs is unknown; choose from {', '.join(solvers)}"
        )
    k, d = program.shape
    n, rows = len(program.features), len(program.matrix)
    values = solvers[solver](*_matrices(program))
    duals = values[k * d : k * d + n * rows].reshape(n, rows)
    return Fitted(values[: k * d].reshape(k, d), duals, 0)


def _matrices(program: MarginProgram) -> tuple[Any, Float, Any, Float, int]:
    """Return ``P, q, A, b, k``: minimise ``x'Px/2 + q'x``, with ``A x`` equal to ``b`` in ``k`` rows, else at most.

    ``x`` is theta, the duals, and a shortfall for each row that may fall short.
    """
    (k, d), (n, m) = program.shape, program.signs.shape
    wide = sp.csr_array((np.ones(k), (np.arange(k), np.arange(k))), shape=(m, k))
    by_theta = sp.vstack([sp.kron(wide, row.reshape(1, d)) for row in program.features]).tocsr()
    by_duals = sp.kron(sp.eye_array(n), -program.matrix.T).tocsr()
    reduced = sp.hstack([by_theta, by_duals]).tocsr()  # without what is known
    known, signs = np.tile(program.known, n), program.signs.ravel()
    bound, between = np.flatnonzero(np.abs(signs) == 1), np.flatnonzero(signs == BETWEEN)
    is_sharp = program.loss == "mom"
    n_short = len(bound) + (0 if is_sharp else len(between))
    shortfalls = sp.eye_array(n_short).tocsr()
    level = reduced[between]
    level = sp.hstack(
        [level, sp.csr_array((len(between), n_short)) if is_sharp else shortfalls[len(bound) :]]
    )
    turned = sp.diags_array(signs[bound].astype(float)) @ reduced[bound]
    asked = sp.hstack([-turned, -shortfalls[: len(bound)]])
    positive = sp.hstack([sp.csr_array((len(bound), reduced.shape[1])), -shortfalls[: len(bound)]])
    matrix = sp.vstack([level, asked, positive]).tocsc()
    sides = np.concatenate(
        [-known[between], signs[bound] * known[bound] - program.margin, np.zeros(len(bound))]
    )
    weight = np.ones(n_short) / n
    curved = np.concatenate(
        [
            np.full(k * d, program.strength),
            np.zeros(n * len(program.matrix)),
            0 * weight if is_sharp else weight,
        ]
    )
    linear = np.concatenate([np.zeros(reduced.shape[1]), weight if is_sharp else 0 * weight])
    return sp.diags_array(curved).tocsc(), linear, matrix, sides, len(between)


def clarabel_minimum(square: Any, linear: Float, matrix: Any, sides: Float, n_equal: int) -> Float:
    """Minimise ``x'Px/2 + q'x`` where ``A x`` is ``b`` in the first ``n_equal`` rows, and at most ``b`` in the others.

    Raises
    ------
    UsageError
        If Clarabel is not installed.
    SolverError
        If it finds no minimum.
    """
    try:
        import clarabel
    except ImportError as error:
        raise UsageError(f"solver clarabel needs clarabel: {install_command('lp')}") from error
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    cones = [clarabel.ZeroConeT(n_equal), clarabel.NonnegativeConeT(len(sides) - n_equal)]
    to_csc = sp.csc_matrix
    found = clarabel.DefaultSolver(to_csc(square), linear, to_csc(matrix), sides, cones, settings).solve()
    if "Solved" not in str(found.status):
        raise SolverError(f"Clarabel ends with {found.status}; scale contexts and costs")
    return np.array(found.x)


def _highs(square: Any, linear: Float, matrix: Any, sides: Float, n_equal: int) -> Float:
    highspy, solver = highspy_module(), quiet_highs()
    model, n = highspy.HighsModel(), len(linear)
    lp = model.lp_
    lp.num_col_, lp.num_row_, lp.col_cost_ = n, len(sides), linear
    lp.col_lower_, lp.col_upper_ = np.full(n, -np.inf), np.full(n, np.inf)
    lp.row_lower_ = np.concatenate([sides[:n_equal], np.full(len(sides) - n_equal, -np.inf)])
    lp.row_upper_ = sides
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    model.hessian_.dim_, model.hessian_.format_ = n, highspy.HessianFormat.kTriangular
    model.hessian_.start_, model.hessian_.index_ = square.indptr, square.indices
    model.hessian_.value_ = square.data
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SolverError(f"HiGHS ends with {solver.getModelStatus()}; take solver=clarabel")
    return np.array(solver.getSolution().col_value)
