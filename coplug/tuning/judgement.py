"""Settings against SCIP as it comes on pairs that nothing before has seen, and whether they may ship."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.comparison.bootstrap import Interval, is_below_zero, mean_interval
from coplug.comparison.means import objective_mismatches
from coplug.scip.stage import SETTLED
from coplug.tuning.field import BudgetSpentError, Field, Pair, Settings
from coplug.tuning.solves import Solve

LEAST_RUNS = 4
LEAST_INSTANCES = 2


@dataclass(frozen=True)
class Judgement:
    """What pairs of solves say.

    Attributes
    ----------
    ratio : Interval
        Of the objective's shifted geometric mean to that of SCIP as it comes.
    n_runs : int
        Pairs of instance and seed.
    refused : str
        Why the settings may not ship; empty if they may.
    is_made : bool
        False where there were too few runs to judge by.
    """

    ratio: Interval
    n_runs: int
    refused: str
    is_made: bool = True


def judged(solved: Field, settings: Settings, pairs: Iterable[Pair]) -> Judgement:
    """Solve pairs under settings and with SCIP as it comes, as far as the budget goes, and judge."""
    mine: list[Solve] = []
    theirs: list[Solve] = []
    try:
        for pair in pairs:
            both = solved.solves(settings, [pair]) + solved.solves({}, [pair])
            mine.append(both[0])
            theirs.append(both[1])
    except BudgetSpentError:
        pass
    instances = [solve.instance for solve in mine]
    differences = np.subtract(solved.scores(mine), solved.scores(theirs))
    logs = mean_interval(differences, instances)
    ratio = Interval(*(math.exp(value) for value in (logs.value, logs.low, logs.high)))
    if len(mine) < LEAST_RUNS or len(set(instances)) < LEAST_INSTANCES:
        few = "too few to decide by; give more budget or instances"
        return Judgement(ratio, len(mine), few, is_made=False)
    return Judgement(ratio, len(mine), _refused(differences, ratio, mine, theirs))


def _refused(
    differences: NDArray[np.float64], ratio: Interval, mine: list[Solve], theirs: list[Solve]
) -> str:
    mismatches = objective_mismatches([*mine, *theirs])
    if mismatches:
        return f"runs disagree: {mismatches[0]}"
    n_lost = sum(m.status not in SETTLED and t.status in SETTLED for m, t in zip(mine, theirs, strict=True))
    if n_lost:
        return f"{n_lost} that SCIP as it comes solves were not solved in time any more"
    if ratio.high < 1.0 and is_below_zero(differences, [solve.instance for solve in mine]):
        return ""
    return "not sure enough"
