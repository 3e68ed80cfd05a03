"""One knapsack by SCIP: one objective at a time, with least values of the others."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.errors import SolverError
from coplug.report import Stop
from coplug.scip.binary_choice import add_choices, add_start, best_choice, optimize_until, whole_bound

TOLD_APART = 2**30
"""Objectives up to this size are told apart by SCIP to the last unit."""

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class ExactChoice:
    """What SCIP found.

    Attributes
    ----------
    chosen : bool, shape (n_items,), or None
        The best choice, which was checked; None if none was found.
    bound : int
        No choice has a larger objective; -1 if there is none at all.
    proven : bool
        Whether the choice is a best one, or there is none.
    """

    chosen: NDArray[np.bool_] | None
    bound: int
    proven: bool


def solve_knapsack(
    objective: IntArray,
    weights: IntArray,
    capacities: IntArray,
    profits: IntArray,
    least: IntArray,
    start: NDArray[np.bool_] | None = None,
    *,
    time_limit_s: float,
    seed: int = 0,
    memory_limit_mb: float | None = None,
    stop: Stop = bool,
) -> ExactChoice:
    """Choose items of largest objective that keep to the capacities, and are worth enough in some other ways.

    Parameters
    ----------
    objective : int64, shape (n_items,)
        At least 0.
    weights : int64, shape (n_constraints, n_items)
    capacities : int64, shape (n_constraints,)
    profits : int64, shape (n_others, n_items)
    least : int64, shape (n_others,)
        What the profits have to add up to.
    start : bool, shape (n_items,), or None
        A choice that is allowed.
    time_limit_s : float
        From the call on; may be infinite.
    seed : int
        SCIP's ``randomization/randomseedshift``, below 2**31.
    memory_limit_mb : float or None
        Of SCIP.
    stop : callable
        Asked about ten times a second whether to end.

    Raises
    ------
    SolverError
        If SCIP's choice breaks a constraint, as may happen where numbers are very large.
    """
    begin_s = time.monotonic()
    model = pyscipopt.Model()
    try:
        model.hideOutput()
        variables = add_choices(model, objective)
        for row, capacity in zip(weights.tolist(), capacities.tolist(), strict=True):
            model.addCons(_sum(row, variables) <= capacity)
        for row, side in zip(profits.tolist(), least.tolist(), strict=True):
            model.addCons(_sum(row, variables) >= side)
        if start is not None:
            add_start(model, variables, start)
        model.setParam("numerics/feastol", 1e-9)
        optimize_until(model, begin_s + time_limit_s, seed, memory_limit_mb, stop)
        return _found(model, variables, objective, weights, capacities, profits, least)
    finally:
        model.free()


def _sum(row: list[int], variables: list[pyscipopt.Variable]) -> pyscipopt.Expr:
    return pyscipopt.quicksum(
        value * variable for value, variable in zip(row, variables, strict=True) if value
    )


def _found(
    model: pyscipopt.Model,
    variables: list[pyscipopt.Variable],
    objective: IntArray,
    weights: IntArray,
    capacities: IntArray,
    profits: IntArray,
    least: IntArray,
) -> ExactChoice:
    total = int(objective.sum())
    if model.getStatus() == "infeasible":
        return ExactChoice(None, -1, proven=True)
    whole = whole_bound(model.getDualbound(), total)
    if not model.getNSols():
        return ExactChoice(None, whole, proven=False)
    chosen = best_choice(model, variables)
    if (weights[:, chosen].sum(axis=1) > capacities).any() or (profits[:, chosen].sum(axis=1) < least).any():
        raise SolverError(
            "SCIP returned a choice that breaks a constraint; scale the numbers of the instance down"
        )
    value = int(objective[chosen].sum())
    proven = model.getStatus() == "optimal" and total <= TOLD_APART
    return ExactChoice(chosen, max(whole, value), proven=proven or whole <= value)
