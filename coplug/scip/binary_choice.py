"""What exact solves of one's own binary programs share: variables, a known choice, limits, and what SCIP found."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.report import Stop
from coplug.scip.interrupt import optimize_interruptibly

HALF = 0.5
"""Values above it are 1."""

ABSOLUTE_ERROR = 1e-6
RELATIVE_ERROR = 1e-10
"""What SCIP's bound is trusted to be wrong by at most; whole numbers of up to 2**33 are told apart."""


def add_choices(model: pyscipopt.Model, values: NDArray[np.int64 | np.float64]) -> list[pyscipopt.Variable]:
    """Add a binary variable for each value, whose sum is to be large."""
    variables = [
        model.addVar(name=f"x{k}", vtype="B", obj=float(value)) for k, value in enumerate(values.tolist())
    ]
    model.setMaximize()
    return variables


def add_start(
    model: pyscipopt.Model, variables: Sequence[pyscipopt.Variable], start: NDArray[np.bool_]
) -> None:
    """Give SCIP a choice that is allowed."""
    solution = model.createSol()
    for variable, value in zip(variables, start.tolist(), strict=True):
        model.setSolVal(solution, variable, float(value))
    model.addSol(solution)


def optimize_until(
    model: pyscipopt.Model, end_s: float, seed: int, memory_limit_mb: float | None, stop: Stop
) -> int | None:
    """Solve until a moment of ``time.monotonic``, which may be infinite; return the signal that stopped it, if any.

    ``seed`` is SCIP's ``randomization/randomseedshift``; ``stop`` is asked about ten times a second.
    """
    model.setParam("limits/time", min(max(0.0, end_s - time.monotonic()), 1e20))
    model.setParam("randomization/randomseedshift", seed)
    if memory_limit_mb is not None:
        model.setParam("limits/memory", memory_limit_mb)
    return optimize_interruptibly(model, stop)


def best_choice(model: pyscipopt.Model, variables: Sequence[pyscipopt.Variable]) -> NDArray[np.bool_]:
    """Return the best solution's choice; there has to be one."""
    best = model.getBestSol()
    return np.array([model.getSolVal(best, variable) > HALF for variable in variables])


def whole_bound(bound: float, total: float) -> int:
    """Return the whole number that no choice passes, given SCIP's bound, which may be infinite, and the sum of all."""
    return int(min(bound + max(ABSOLUTE_ERROR, RELATIVE_ERROR * abs(bound)), total))
