"""The first phases: a look at where the time goes, and races between settings."""

from __future__ import annotations

import itertools

import msgspec

from coplug.errors import UsageError
from coplug.fitting.branching import why_untrained
from coplug.fitting.look import Look
from coplug.fitting.work import Work
from coplug.tuning.field import BudgetSpentError, Field
from coplug.tuning.search import Found, Search, pairs_of
from coplug.tuning.solves import Solve

LOOK_PAIRS = 10
LEAST_LOOK = 3
JUDGEMENT_SHARE = 0.1
"""Of the time for settings: what decides is the comparison on unseen instances."""


def fit_settings(work: Work) -> tuple[Look, Found]:
    """Look where the time goes, and race settings."""
    journal = work.journal()
    with journal.writing() as add:
        solved = work.solved(journal, work.allowance("look"), add)
        look = _look(work, solved)
        kept = work.state.result_as("settings", Found)
        if kept is not None:
            return look, kept
        found = _search(work, solved, look, alone=False)
        if not branching_pays(work, found, look):
            found = _search(work, solved, look, alone=True)  # what a policy would have taken
        work.say(found.reason)
        work.state.finish("settings", msgspec.to_builtins(found), work.ledger.spent_s)
    return look, found


def _search(work: Work, solved: Field, look: Look, *, alone: bool) -> Found:
    """Race settings, until a policy has its turn or, alone, on; what was solved before is not solved again."""
    solved.ledger, solved.reserve_s = work.allowance("settings", with_policy=not alone), 0.0
    return Search(
        solved, work.parts.train, work.objective, work.seed, work.say, work.first, JUDGEMENT_SHARE
    ).run()


def _look(work: Work, solved: Field) -> Look:
    """Solve some pairs with SCIP as it comes: a few in any case, more as far as the look may go."""
    allowance, kept = work.allowance("look"), work.state.result_as("look", int)
    solved.with_steps = work.objective in ("primal-integral", "dual-integral")
    solves: list[Solve] = []
    for pair in itertools.islice(pairs_of(work.parts.train, work.seed), kept or LOOK_PAIRS):
        solved.ledger = work.ledger if kept or len(solves) < LEAST_LOOK else allowance
        try:
            solves += solved.solves({}, [pair])
        except BudgetSpentError:
            break
    if len(solves) < LEAST_LOOK:
        raise UsageError(
            f"a budget of {work.budget_s:.0f} s of CPU time ends before {LEAST_LOOK} solves by SCIP as it comes do; "
            "give more, or smaller instances"
        )
    work.state.finish("look", len(solves), work.ledger.spent_s)
    look = Look(tuple(solves))
    for line in look.lines():
        work.say(f"SCIP as it comes: {line}")
    for line in look.table().text():
        work.say(f"  {line}")
    return look


def branching_pays(work: Work, found: Found, look: Look) -> bool:
    """Tell whether a policy is worth learning under the settings that were found."""
    return (
        found.objective == "time"
        and work.look_after(found, look).branching_pays
        and not why_untrained(work.budget_s)
    )
