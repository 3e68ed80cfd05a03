"""What is made small: time to the proof, or what was reached at the time limit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np

from coplug.errors import UsageError
from coplug.measurement import TIME_SHIFT_S
from coplug.scip.stage import SETTLED
from coplug.tuning.solves import Solve, Step

Objective = Literal["time", "gap", "primal-integral", "dual-integral"]
OBJECTIVES: tuple[str, ...] = get_args(Objective)

GAP_SHIFT = 0.01
"""Added to gaps in [0, 1], and to integrals over the time limit, before their logarithm is taken."""


def check_objective(name: str) -> None:
    """See that there is such an objective; an empty one is chosen by what is solved in time.

    Raises
    ------
    UsageError
        If there is not.
    """
    if name and name not in OBJECTIVES:
        raise UsageError(f"--objective {name} is unknown; choose from {', '.join(OBJECTIVES)}")


def chosen_objective(solves: Sequence[Solve]) -> Objective:
    """Return ``time`` where SCIP as it comes solves at least a quarter of its runs in time, else ``gap``."""
    settled = sum(solve.status in SETTLED for solve in solves)
    return "time" if 4 * settled >= len(solves) else "gap"


def score(solve: Solve, objective: Objective, best: Mapping[str, float]) -> float:
    """Return the logarithm of what a run cost, shifted; differences of means are those of shifted geometric means.

    Parameters
    ----------
    solve : Solve
    objective : Objective
    best : mapping of str to float
        The best known objective of each instance.
    """
    if objective == "time":
        return math.log(solve.time_s + TIME_SHIFT_S)
    if objective == "gap":
        return math.log(_last_gap(solve) + GAP_SHIFT)
    side = 1 if objective == "primal-integral" else 2
    share = _integral(solve.steps, side, best.get(solve.instance, math.nan), solve)
    return math.log(share + GAP_SHIFT)


def best_known(solves: Sequence[Solve]) -> dict[str, float]:
    """Return the best objective that any run found of each instance."""
    best: dict[str, float] = {}
    for solve in solves:
        if math.isnan(solve.objective):
            continue
        choose = max if solve.sense == "max" else min
        best[solve.instance] = choose(best.get(solve.instance, solve.objective), solve.objective)
    return best


def gap(value: float, other: float) -> float:
    """Return the distance of two bounds over the larger, in [0, 1]; 1 where one is missing or the signs differ.

    Source: T. Berthold, Measuring the impact of primal heuristics, Operations Research Letters 41 (2013), 611-614.
    """
    if math.isnan(value) or math.isnan(other) or value * other < 0.0:
        return 1.0
    if value == other:
        return 0.0
    return min(1.0, abs(value - other) / max(abs(value), abs(other)))


def _last_gap(solve: Solve) -> float:
    return 0.0 if solve.status in SETTLED else gap(solve.objective, solve.bound)


def _integral(steps: Sequence[Step], side: int, reference: float, solve: Solve) -> float:
    """Return the mean over the time limit of the gap between a bound and the best known objective."""
    times = np.array([0.0, *(step[0] for step in steps), solve.limit_s])
    values = [math.nan, *(step[side] for step in steps)]
    gaps = np.array([gap(value, reference) for value in values])
    lengths = np.diff(np.minimum(np.maximum.accumulate(times), solve.limit_s))
    return float((gaps * lengths).sum() / max(solve.limit_s, 1e-9))
