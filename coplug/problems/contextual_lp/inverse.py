"""Inverse linear programming without contexts: one cost vector, from decisions at several right-hand sides.

All costs for which the decisions are optimal form a cone. Any of its points explains them; which decisions at new
right-hand sides it gets right differs. The point of maximum margin is that of ``mom`` with one constant feature
and hardly any regularisation. The
mean of the cone's points in the unit ball weighs all explanations alike: it is the Bayes point of this version space
(R. Herbrich, T. Graepel and C. Campbell, JMLR 1, 2001), and is found by hit-and-run.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.jit import kernel
from coplug.problems.contextual_lp.decisions import Observed, observed_at
from coplug.problems.contextual_lp.kept_solvers import clarabel_minimum
from coplug.problems.contextual_lp.margin_qp import BETWEEN
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]
Centre = Literal["margin", "analytic", "mean"]
CENTRES = ("margin", "analytic", "mean")

ZERO = 1e-12
"""Reduced costs of this size are always 0."""

MOST_STEPS = 200
MOVES = 4000
"""Of hit-and-run that are averaged; a quarter as many are left out before."""

EXPLAINED = 1e-7
"""How far inside the cone a point has to be, for costs of size 1."""


def inverse_costs(
    program: LinearProgram,
    decisions: Float,
    sides: Float,
    centre: Centre = "mean",
    *,
    moves: int = MOVES,
    seed: int = 0,
) -> Float:
    """Return costs of Euclidean size 1 that explain decisions.

    Parameters
    ----------
    program : LinearProgram
        Its rows are equalities; their right-hand sides are those of each decision instead.
    decisions : float64, shape (n, n_columns)
    sides : float64, shape (n, n_rows)
    centre : str
        ``margin``, which needs Clarabel; ``analytic``, the analytic centre of the cone within the ball; ``mean``.
    moves, seed : int
        Of ``mean``.

    Raises
    ------
    UsageError
        If the centre is unknown, or a row is no equality.
    InstanceError
        If a decision is not feasible at its right-hand sides, or no cost explains all decisions.
    """
    if centre not in CENTRES:
        raise UsageError(f"centre {centre!r} is unknown; choose from {', '.join(CENTRES)}")
    if (program.row_lhs != program.row_rhs).any():
        raise UsageError("inverse programs have equality rows; write slack variables as variables")
    observed = _observe(program, decisions, sides)
    reduced, basis = cone_of(program, observed)
    size = np.linalg.norm(reduced, axis=1)
    cone = reduced[size > ZERO] / size[size > ZERO, None]
    start = _inner_point(cone)
    inner = _largest_margin(reduced) if centre == "margin" else _analytic_centre(cone, start)
    if centre == "mean":
        inner = _mean(cone, inner * (0.5 / np.linalg.norm(inner)), moves, seed)
    costs = program.sign * (basis @ inner)
    unit: Float = costs / np.linalg.norm(costs)
    return unit


def _observe(program: LinearProgram, decisions: Float, sides: Float) -> Observed:
    """Read the decisions; each is seen to keep to its own right-hand sides."""
    away = np.abs(program.activity(decisions) - sides)
    broken = away > 1e-6 * np.maximum(1.0, np.abs(sides))
    if broken.any():
        sample, row = (int(k) for k in np.argwhere(broken)[0])
        raise InstanceError(
            f"decision {sample} misses the right-hand side of row {program.row_names[row]} by {away[sample, row]:.3g}; "
            "correct it or leave it out"
        )
    return observed_at(decisions, program.lower, program.upper, program.equalities[0])


def _largest_margin(reduced: Float) -> Float:
    """Return the shortest ``u`` whose reduced costs are all at least 1, by Clarabel."""
    n = reduced.shape[1]
    return clarabel_minimum(
        scipy.sparse.eye_array(n), np.zeros(n), scipy.sparse.csc_array(-reduced), -np.ones(len(reduced)), 0
    )


def cone_of(program: LinearProgram, observed: Observed) -> tuple[Float, Float]:
    """Return the cone of costs, for minimising, that explain decisions.

    Costs that differ by a combination of rows lead to the same decisions. So the cone is that of ``u`` with
    ``cone @ u >= 0``, and the costs are ``basis @ u``; ``basis`` has orthonormal columns, orthogonal to the rows. Equal
    bases count once; the rows of ``cone`` are reduced costs.

    Raises
    ------
    InstanceError
        If a decision leaves its basis open: then its cone has no such form.
    """
    if observed.degenerate or observed.not_vertices:
        raise InstanceError(
            f"{observed.degenerate + observed.not_vertices} decisions have several bases, or are no vertices; "
            "leave them out, or learn by mom with a constant context"
        )
    matrix, _ = program.equalities
    basis = scipy.linalg.null_space(matrix)
    parts = []
    for signs in np.unique(observed.signs, axis=0):
        inside, at_bound = np.flatnonzero(signs == BETWEEN), np.flatnonzero(np.abs(signs) == 1)
        through = scipy.linalg.solve(matrix[:, inside], matrix[:, at_bound])
        reduced = basis[at_bound] - through.T @ basis[inside]
        parts.append(signs[at_bound, None] * reduced)
    return np.vstack(parts), basis


def _inner_point(cone: Float) -> Float:
    """Return a point as far inside as a linear program finds one in the cube.

    Raises
    ------
    InstanceError
        If the cone has no inside.
    """
    n = cone.shape[1]
    found = scipy.optimize.linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.hstack([-cone, np.ones((len(cone), 1))]),
        b_ub=np.zeros(len(cone)),
        bounds=[(-1.0, 1.0)] * n + [(None, 1.0)],
    )
    if found.status != 0 or found.x[-1] <= EXPLAINED:
        raise InstanceError(
            "no cost explains all decisions; leave noisy decisions out, or learn by mom with a constant context"
        )
    point: Float = found.x[:-1] / np.linalg.norm(found.x[:-1])
    return point


def _analytic_centre(cone: Float, start: Float) -> Float:
    """Return the ``u`` that maximises ``sum log(cone u) - len(cone)/2 |u|^2``, by Newton's method."""
    at, count = start, len(cone)
    for _ in range(MOST_STEPS):
        slack = cone @ at
        gradient = count * at - cone.T @ (1 / slack)
        hessian = count * np.eye(len(at)) + cone.T @ (cone / slack[:, None] ** 2)
        step = -scipy.linalg.solve(hessian, gradient, assume_a="pos")
        change = cone @ step
        falls = change < 0
        longest = float((-slack[falls] / change[falls]).min()) if falls.any() else np.inf
        at = at + min(1.0, 0.9 * longest) * step
        if np.abs(gradient @ step) < 1e-12 * count:
            break
    return at


def _mean(cone: Float, start: Float, moves: int, seed: int) -> Float:
    """Return the mean of points of the cone in the unit ball.

    Directions are drawn from the ellipsoid that the logarithmic barrier has at the start: the cone is long in some
    directions and narrow in others, and a move along the narrow ones gets nowhere.
    """
    rng = np.random.default_rng(seed)
    shape = np.eye(len(start)) * len(cone) + cone.T @ (cone / (cone @ start)[:, None] ** 2)
    draws = rng.standard_normal((len(start), moves + moves // 4))
    directions = scipy.linalg.solve_triangular(scipy.linalg.cholesky(shape), draws).T
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return _hit_and_run(
        cone, start, np.ascontiguousarray(directions), rng.random(len(directions)), moves // 4
    )


@kernel
def _hit_and_run(cone: Float, start: Float, directions: Float, draws: Float, left_out: int) -> Float:
    """Move to a uniform point of the chord along each direction, and return the mean of the places after the first."""
    at, slack = start.copy(), cone @ start
    total = np.zeros_like(start)
    for move in range(len(directions)):
        change = cone @ directions[move]
        along, size = (at * directions[move]).sum(), (at * at).sum()
        reach = np.sqrt(max(0.0, along * along - size + 1.0))
        low, high = -along - reach, -along + reach
        for row in range(len(slack)):
            if change[row] > 0.0:
                low = max(low, -slack[row] / change[row])
            elif change[row] < 0.0:
                high = min(high, -slack[row] / change[row])
        if low < high:
            length = low + draws[move] * (high - low)
            at += length * directions[move]
            for row in range(len(slack)):
                slack[row] = max(0.0, slack[row] + length * change[row])
        if move >= left_out:
            total += at
    return total / (len(directions) - left_out)
