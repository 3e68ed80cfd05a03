"""The table of a comparison at equal time, by the values that were reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coplug.comparison.means import complete_pairs
from coplug.measurement import Run
from coplug.report import Sense


@dataclass(frozen=True)
class ValueSummary:
    """One policy over all runs.

    Attributes
    ----------
    value : float
        Mean objective over the (instance, seed) pairs that every policy has run.
    shortfall : float
        Mean distance to the best of all policies on the pair, relative to that; 0 is best.
    best : int
        Pairs on which none was better.
    proved : int
        Runs that ended with a proof.
    runs : int
        Runs in all.
    time_s : float
        Mean time.
    """

    policy: str
    value: float
    shortfall: float
    best: int
    proved: int
    runs: int
    time_s: float


def summarise_values(runs: Sequence[Run], policies: Sequence[str], sense: Sense) -> list[ValueSummary]:
    """Summarise the pairs of instance and seed that every policy has run, all with a solution."""
    rows = complete_pairs(runs, policies)
    choose = max if sense == "max" else min
    best = [choose(row[p].objective for p in policies) for row in rows]
    return [
        ValueSummary(
            policy=p,
            value=_mean([row[p].objective for row in rows]),
            shortfall=_mean([_distance(row[p].objective, top) for row, top in zip(rows, best, strict=True)]),
            best=sum(row[p].objective == top for row, top in zip(rows, best, strict=True)),
            proved=sum(row[p].solved for row in rows),
            runs=len(rows),
            time_s=_mean([row[p].time_s for row in rows]),
        )
        for p in policies
    ]


def _distance(value: float, best: float) -> float:
    return abs(value - best) / (abs(best) or 1.0)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
