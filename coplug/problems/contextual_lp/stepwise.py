"""Learning step by step, with programs solved at each: SPO+, perturbed Fenchel-Young, and contrastive.

All take steps of Adam along the mean over a batch of ``direction f(z)'``, where the direction is a (sub)gradient by the
predicted costs ``c^``, here for minimising:

- SPO+ (Elmachtoub and Grigas 2022): ``2 (x*(c) - x*(2 c^ - c))``;
- Fenchel-Young (Berthet et al. 2020): ``x - mean x*(c^ + noise)``, of the observed decision ``x``;
- contrastive, NCE (Mulamba et al. 2021): ``x - mean of the pool``, the pool being the decisions solved so far.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from coplug.errors import SolverError
from coplug.problems.contextual_lp.batches import CostSolver
from coplug.problems.contextual_lp.program import LinearProgram
from coplug.problems.contextual_lp.settings import Settings

Float = NDArray[np.float64]
Direction = Callable[[Float, NDArray[np.int64]], Float]
"""From predicted costs of samples, for minimising, and their indices to the gradient by these costs."""

POOL_SHARE = 0.05
"""Of the samples whose programs a contrastive epoch solves, as PyEPO's default ``solve_ratio`` in its examples."""


class _Batch:
    """A kept solver for the sense of minimising."""

    def __init__(self, program: LinearProgram, solver: CostSolver) -> None:
        self._sign, self._solver = program.sign, solver

    def __call__(self, costs: Float) -> Float:
        at_once, found = self._solver.at_once, np.empty_like(costs)
        for first in range(0, len(costs), at_once):
            part = slice(first, first + at_once)
            statuses, found[part] = self._solver.solve(self._sign * costs[part])
            failed = set(statuses) - {"optimal"}
            if failed:
                raise SolverError(
                    f"a program with predicted costs is {min(failed)}; bound its variables, or learn with mom or cilp"
                )
        return found


def fit_stepwise(
    program: LinearProgram, features: Float, decisions: Float, costs: Float | None, settings: Settings
) -> Float:
    """Return theta in the program's own sense, float64, shape (n_columns, d).

    Parameters
    ----------
    program : LinearProgram
    features : float64, shape (n, d)
    decisions : float64, shape (n, n_columns)
    costs : float64, shape (n, n_columns), optional
        Needed by ``spo+``.
    settings : Settings

    Raises
    ------
    SolverError
        If a program has no optimum.
    """
    rng = np.random.default_rng(settings.seed)
    kept = CostSolver(program, settings.solver, settings.batch)
    try:
        solve = _Batch(program, kept)
        turned = None if costs is None else program.sign * costs
        make = {"spo+": _spo, "fenchel-young": _fenchel_young, "contrastive": _contrastive}
        direction = make[settings.method](solve, decisions, turned, settings, rng)
        return program.sign * _adam(features, program.n_columns, direction, settings, rng)
    finally:
        kept.close()


def _adam(
    features: Float, n_costs: int, direction: Direction, settings: Settings, rng: np.random.Generator
) -> Float:
    """Take the steps; the start is that of a linear layer in torch, as PyEPO's examples have it."""
    n, d = features.shape
    theta: Float = rng.uniform(-1, 1, (n_costs, d)) / np.sqrt(d)
    mean, square, step = np.zeros_like(theta), np.zeros_like(theta), 0
    for _ in range(settings.epochs):
        order = rng.permutation(n)
        for start in range(0, n, settings.batch):
            rows, step = order[start : start + settings.batch], step + 1
            found = direction(features[rows] @ theta.T, rows)
            gradient = found.T @ features[rows] / len(rows) + settings.strength * theta
            mean = 0.9 * mean + 0.1 * gradient
            square = 0.999 * square + 0.001 * gradient**2
            theta = theta - settings.rate * (mean / (1 - 0.9**step)) / (
                np.sqrt(square / (1 - 0.999**step)) + 1e-8
            )
    return theta


def _spo(
    solve: _Batch, decisions: Float, costs: Float | None, settings: Settings, rng: np.random.Generator
) -> Direction:
    assert costs is not None  # whoever calls has asked the data for them

    def direction(predicted: Float, rows: NDArray[np.int64]) -> Float:
        gradient: Float = 2 * (decisions[rows] - solve(2 * predicted - costs[rows]))
        return gradient

    return direction


def _fenchel_young(
    solve: _Batch, decisions: Float, costs: Float | None, settings: Settings, rng: np.random.Generator
) -> Direction:
    def direction(predicted: Float, rows: NDArray[np.int64]) -> Float:
        total = np.zeros_like(predicted)
        for _ in range(settings.draws):
            total += solve(predicted + settings.noise * rng.standard_normal(predicted.shape))
        return decisions[rows] - total / settings.draws

    return direction


def _contrastive(
    solve: _Batch, decisions: Float, costs: Float | None, settings: Settings, rng: np.random.Generator
) -> Direction:
    pool = np.unique(decisions, axis=0)

    def direction(predicted: Float, rows: NDArray[np.int64]) -> Float:
        nonlocal pool
        if rng.random() < POOL_SHARE:
            pool = np.unique(np.vstack([pool, solve(predicted)]), axis=0)
        gradient: Float = decisions[rows] - pool.mean(axis=0)
        return gradient

    return direction
