"""The decision: the smallest thing that is better than SCIP as it comes beyond the noise, and loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coplug.comparison.bootstrap import NOTHING, Interval, is_below_zero, ratio_interval
from coplug.comparison.means import objective_mismatches
from coplug.comparison.pairs import Pairs
from coplug.fitting.measure import EARLIER, POLICY, SCIP, SETTINGS
from coplug.measurement import TIME_SHIFT_S, Run
from coplug.tuning.judgement import LEAST_INSTANCES, LEAST_RUNS


@dataclass(frozen=True)
class Decision:
    """What ships, and why.

    Attributes
    ----------
    winner : str
        ``scip``, ``settings``, ``policy`` or ``earlier``.
    reason : str
        One line.
    settings, policy, earlier : Interval
        Ratios of shifted mean times to SCIP as it comes; the last one of what an earlier round ships.
    policy_to_settings : Interval
        Of the policy to its settings alone.
    n_runs : int
        Pairs of instance and seed.
    is_made : bool
        False where there were too few runs to decide by.
    """

    winner: str
    reason: str
    settings: Interval = NOTHING
    policy: Interval = NOTHING
    earlier: Interval = NOTHING
    policy_to_settings: Interval = NOTHING
    n_runs: int = 0
    is_made: bool = True


def decide(runs: Sequence[Run], names: Sequence[str]) -> Decision:
    """Decide by paired runs on held-out instances.

    Parameters
    ----------
    runs : sequence of Run
    names : sequence of str
        The entrants, ``scip`` among them.
    """
    pairs = Pairs.of(runs, names)
    columns = {name: k for k, name in enumerate(names)}
    n = len(pairs)

    def ratio(name: str, reference: str = SCIP) -> Interval:
        if name not in columns or reference not in columns or not n:
            return NOTHING
        times = pairs.times[:, columns[name]], pairs.times[:, columns[reference]]
        return ratio_interval(*times, pairs.instances, TIME_SHIFT_S)

    def is_faster(name: str, reference: str = SCIP) -> bool:
        if name not in columns or not ratio(name, reference).high < 1.0:
            return False
        logs = np.log(pairs.times[:, [columns[name], columns[reference]]] + TIME_SHIFT_S)
        return is_below_zero(logs[:, 0] - logs[:, 1], pairs.instances)

    ratios = {name: ratio(name) for name in (SETTINGS, POLICY, EARLIER)}
    beyond = ratio(POLICY, SETTINGS)

    def made(winner: str, reason: str, *, is_made: bool = True) -> Decision:
        return Decision(winner, reason, ratios[SETTINGS], ratios[POLICY], ratios[EARLIER], beyond, n, is_made)

    if n < LEAST_RUNS or len(set(pairs.instances)) < LEAST_INSTANCES:
        few = f"{n} runs on unseen instances are too few to decide by; give more budget or instances"
        return made(SCIP, few, is_made=False)
    mismatches = objective_mismatches(runs)
    if mismatches:
        return made(SCIP, f"runs disagree, so nothing ships: {mismatches[0]}")
    lost = {name: _lost(pairs, columns[name], columns[SCIP]) for name in names}
    good = {name: is_faster(name) and not lost[name] for name in names}
    pays = SETTINGS not in columns or is_faster(POLICY, SETTINGS)
    if good.get(POLICY) and (pays or not good.get(SETTINGS)):
        winner, reason = POLICY, f"the policy and its settings take {ratio_words(ratios[POLICY], n)}"
    elif good.get(SETTINGS):
        but = (
            f"; the policy takes {beyond.value:.2f} of their time, which is not sure"
            if POLICY in columns
            else ""
        )
        winner, reason = SETTINGS, f"the settings alone take {ratio_words(ratios[SETTINGS], n)}{but}"
    else:
        losing = next((name for name in names if lost[name]), None)
        why = (
            f"the {losing} loses {lost[losing]} runs that it solves"
            if losing
            else "nothing is better beyond the noise"
        )
        winner, reason = SCIP, f"SCIP as it comes is best for these instances: {why}"
    if good.get(EARLIER) and (winner == SCIP or ratios[EARLIER].value <= ratios[winner].value):
        return made(EARLIER, f"what an earlier round ships takes {ratio_words(ratios[EARLIER], n)}")
    return made(winner, reason)


def _lost(pairs: Pairs, own: int, reference: int) -> int:
    return int(np.count_nonzero(pairs.solved[:, reference] & ~pairs.solved[:, own]))


def ratio_words(ratio: Interval, n: int, what: str = "time") -> str:
    """Return a ratio of means in words."""
    return (
        f"{ratio.value:.2f} of SCIP's {what} on {n} runs of unseen instances, 95 % interval {ratio.low:.2f} to "
        f"{ratio.high:.2f}"
    )
