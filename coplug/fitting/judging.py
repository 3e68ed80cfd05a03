"""The comparison on unseen instances, and what follows from it."""

from __future__ import annotations

import itertools
from pathlib import Path

from coplug.fitting.decision import Decision, decide, ratio_words
from coplug.fitting.learning import settings_folder
from coplug.fitting.measure import EARLIER, POLICY, SCIP, SETTINGS, Rows, measure
from coplug.fitting.work import Work
from coplug.measurement import Run
from coplug.tuning.judgement import judged
from coplug.tuning.ledger import Allowance
from coplug.tuning.search import Found, pairs_of

DECISION_SEED = 4000
DECISION_ROUNDS = 10


def judge(work: Work, found: Found, network: Path | None) -> tuple[Decision, list[Run]]:
    """Compare on unseen instances."""
    allowance = work.allowance("decision")
    if not found.candidate and network is None and work.earlier_policy is None:
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
    if work.earlier_policy is not None:
        entrants[EARLIER] = str(work.earlier_policy)
    rows = Rows(work.work / "decision.csv", work.limit_s, entrants, allowance, work.note_run)
    measure(rows, list(entrants), pairs, lambda: allowance.left_s)
    runs = list(rows.runs.values())
    return decide(runs, list(entrants)), runs


def _decide_by_objective(
    work: Work, found: Found, pairs: list[tuple[str, int]], allowance: Allowance
) -> Decision:
    """Decide for settings by the objective at the limit."""
    journal = work.journal()
    with journal.writing() as add:
        solved = work.solved(journal, allowance, add)
        solved.objective = found.objective
        solved.with_steps = found.objective.endswith("integral")
        judgement = judged(solved, found.candidate, pairs)
    ratio, n = judgement.ratio, judgement.n_runs
    said = ratio_words(ratio, n, found.objective.replace("-", " "))
    if not judgement.refused:
        return Decision(SETTINGS, f"the settings alone reach {said}", ratio, n_runs=n)
    return Decision(
        SCIP,
        f"SCIP as it comes is best for these instances: the settings reach {said}, {judgement.refused}",
        ratio,
        n_runs=n,
        is_made=judgement.is_made,
    )
