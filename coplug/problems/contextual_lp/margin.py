"""Learning by the margin losses: mom and cilp."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coplug.problems.contextual_lp.decisions import Observed
from coplug.problems.contextual_lp.margin_qp import Fitted, Loss, MarginProgram, minimise
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]


def margin_program(
    program: LinearProgram,
    observed: Observed,
    features: Float,
    *,
    loss: Loss,
    strength: float,
    margin: float = 1.0,
    known: Float | None = None,
    predicted: NDArray[np.int64] | None = None,
) -> MarginProgram:
    """Return the quadratic program of a loss.

    Parameters
    ----------
    program : LinearProgram
        A maximised one is turned round.
    observed : Observed
        Of its decisions.
    features : float64, shape (n, d)
    loss, strength, margin
        See :class:`~.margin_qp.MarginProgram`.
    known : float64, shape (n_columns,), optional
        Costs that are known, in the program's own sense; 0 if not given.
    predicted : int64, shape (n_predicted,), optional
        Variables whose costs are predicted; all if not given.
    """
    matrix, slack = program.equalities
    n = program.n_columns
    if predicted is None:
        predicted = np.arange(n)
    order = np.concatenate([predicted, np.setdiff1d(np.arange(n + len(slack)), predicted)])
    fixed = np.zeros(n + len(slack))
    if known is not None:
        fixed[:n] = program.sign * known
    return MarginProgram(
        features=features,
        signs=np.ascontiguousarray(observed.signs[:, order]),
        matrix=np.ascontiguousarray(matrix[:, order]),
        known=fixed[order],
        n_predicted=len(predicted),
        strength=strength,
        margin=margin,
        loss=loss,
    )


def fit(problem: MarginProgram, sign: float, bags: int = 1, rng: np.random.Generator | None = None) -> Float:
    """Return theta in the program's own sense, float64, shape (n_predicted, d).

    Parameters
    ----------
    problem : MarginProgram
    sign : float
        Of the program, see :attr:`~.program.LinearProgram.sign`.
    bags : int
        With more than 1, the mean of the solutions of resampled data.
    rng : numpy.random.Generator, optional
        Resamples.
    """
    if bags == 1:
        return sign * minimise(problem).theta
    draws = rng or np.random.default_rng(0)
    total, n = np.zeros(problem.shape), len(problem.features)
    for _ in range(bags):
        total += _fitted_on(problem, draws.integers(n, size=n)).theta
    return sign * total / bags


def _fitted_on(problem: MarginProgram, rows: NDArray[np.int64]) -> Fitted:
    return minimise(replace(problem, features=problem.features[rows], signs=problem.signs[rows]))
