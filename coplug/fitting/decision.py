"""The decision: the smallest thing that is better than SCIP as it comes beyond the noise, and loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coplug.comparison.bootstrap import NOTHING, Interval, ratio_interval
from coplug.comparison.means import objective_mismatches
from coplug.comparison.pairs import Pairs
from coplug.fitting.measure import POLICY, SCIP, SETTINGS
from coplug.measurement import TIME_SHIFT_S, Run

LEAST_INSTANCES = 2
LEAST_RUNS = 4


@dataclass(frozen=True)
class Decision:
    """What ships, and why.

    Attributes
    ----------
    winner : str
        ``scip``, ``settings`` or ``policy``.
    reason : str
        One line.
    settings, policy : Interval
        Ratios of shifted mean times to SCIP as it comes.
    policy_to_settings : Interval
        Of the policy to its settings alone.
    n_runs : int
        Pairs of instance and seed.
    """

    winner: str
    reason: str
    settings: Interval = NOTHING
    policy: Interval = NOTHING
    policy_to_settings: Interval = NOTHING
    n_runs: int = 0


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

    def ratio(name: str, reference: str) -> Interval:
        if name not in columns or reference not in columns or not n:
            return NOTHING
        times = pairs.times[:, columns[name]], pairs.times[:, columns[reference]]
        return ratio_interval(*times, pairs.instances, TIME_SHIFT_S)

    settings, policy = ratio(SETTINGS, SCIP), ratio(POLICY, SCIP)
    beyond = ratio(POLICY, SETTINGS)

    def made(winner: str, reason: str) -> Decision:
        return Decision(winner, reason, settings, policy, beyond, n)

    if n < LEAST_RUNS or len(set(pairs.instances)) < LEAST_INSTANCES:
        return made(
            SCIP, f"{n} runs on unseen instances are too few to decide by; give more budget or instances"
        )
    mismatches = objective_mismatches(runs)
    if mismatches:
        return made(SCIP, f"runs disagree, so nothing ships: {mismatches[0]}")
    lost = {name: _lost(pairs, columns[name], columns[SCIP]) for name in names}
    good = {
        SETTINGS: settings.high < 1.0 and not lost.get(SETTINGS),
        POLICY: policy.high < 1.0 and not lost.get(POLICY),
    }
    pays = beyond.high < 1.0 if SETTINGS in columns else True
    if good[POLICY] and (pays or not good[SETTINGS]):
        return made(POLICY, f"the policy and its settings take {ratio_words(policy, n)}")
    if good[SETTINGS]:
        but = (
            f"; the policy takes {beyond.value:.2f} of their time, which is not sure"
            if POLICY in columns
            else ""
        )
        return made(SETTINGS, f"the settings alone take {ratio_words(settings, n)}{but}")
    losing = next((name for name in names if lost[name]), None)
    why = (
        f"the {losing} loses {lost[losing]} runs that it solves"
        if losing
        else "nothing is better beyond the noise"
    )
    return made(SCIP, f"SCIP as it comes is best for these instances: {why}")


def _lost(pairs: Pairs, own: int, reference: int) -> int:
    return int(np.count_nonzero(pairs.solved[:, reference] & ~pairs.solved[:, own]))


def ratio_words(ratio: Interval, n: int, what: str = "time") -> str:
    """Return a ratio of means in words."""
    return (
        f"{ratio.value:.2f} of SCIP's {what} on {n} runs of unseen instances, 95 % interval {ratio.low:.2f} to "
        f"{ratio.high:.2f}"
    )
