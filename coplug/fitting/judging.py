"""The comparison on unseen instances, and what follows from it."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np

from coplug.comparison.bootstrap import Interval, mean_interval
from coplug.fitting.decision import LEAST_RUNS, Decision, decide, ratio_words
from coplug.fitting.learning import settings_folder
from coplug.fitting.measure import POLICY, SCIP, SETTINGS, Rows, measure, run_words
from coplug.fitting.work import Work
from coplug.measurement import Run
from coplug.tuning.field import BudgetSpentError
from coplug.tuning.ledger import Allowance
from coplug.tuning.search import Found, pairs_of

DECISION_SEED = 4000
DECISION_ROUNDS = 10


def judge(work: Work, found: Found, network: Path | None) -> tuple[Decision, list[Run]]:
    """Compare on unseen instances."""
    allowance = work.allowance("decision")
    if not found.candidate and network is None:
        return Decision(SCIP, f"SCIP as it comes is best for these instances: {found.reason}"), []
    pairs = itertools.islice(
        pairs_of(work.parts.test, work.seed, DECISION_SEED), DECISION_ROUNDS * len(work.parts.test)
    )
    if found.objective != "time":
        return _decide_by_objective(work, found, list(pairs), allowance), []
    entrants = {SCIP: "none"}
    if found.candidate:
        entrants[SETTINGS] = settings_folder(work, found)
    if network is not None:
        entrants[POLICY] = str(network)
    rows = Rows(
        work.work / "decision.csv", work.limit_s, entrants, allowance, lambda run: work.say(run_words(run))
    )
    measure(rows, list(entrants), pairs, lambda: allowance.left_s)
    runs = list(rows.runs.values())
    return decide(runs, list(entrants)), runs


def _decide_by_objective(
    work: Work, found: Found, pairs: list[tuple[str, int]], allowance: Allowance
) -> Decision:
    """Decide for settings by the objective at the limit."""
    journal = work.journal()
    differences: list[float] = []
    with journal.writing() as add:
        solved = work.solved(journal, allowance, add)
        solved.objective = found.objective
        solved.with_steps = found.objective.endswith("integral")
        try:
            for pair in pairs:
                differences += solved.compare(found.candidate, {}, [pair])
        except BudgetSpentError:
            pass
    names = [Path(path).name for path, _ in pairs[: len(differences)]]
    logs = mean_interval(np.array(differences), names)
    ratio = Interval(*(math.exp(value) for value in (logs.value, logs.low, logs.high)))
    n = len(differences)
    what = found.objective.replace("-", " ")
    said = ratio_words(ratio, n, what)
    if n >= LEAST_RUNS and ratio.high < 1.0:
        return Decision(SETTINGS, f"the settings alone reach {said}", ratio, n_runs=n)
    return Decision(
        SCIP, f"SCIP as it comes is best for these instances: the settings reach {said}", ratio, n_runs=n
    )
