"""The phases before the decision: a look at where the time goes, races between settings, and a policy."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec

from coplug.errors import CoplugError, UsageError
from coplug.fitting.branching import candidates, collect_samples, missing_torch, train_networks
from coplug.fitting.bundle import save_bundle
from coplug.fitting.look import Look
from coplug.fitting.measure import SETTINGS, Rows, choose, run_words
from coplug.fitting.work import Work
from coplug.tuning.field import BudgetSpentError, Field
from coplug.tuning.search import Found, Search, pairs_of
from coplug.tuning.solves import Solve

LOOK_PAIRS = 10
LEAST_LOOK = 3
JUDGEMENT_SHARE = 0.1
"""Of the time for settings: what decides is the comparison on unseen instances."""
CHOICE_SEED = 3000
CHOICE_ROUNDS = 4


def fit_settings(work: Work) -> tuple[Look, Found]:
    """Look where the time goes, and race settings."""
    journal = work.journal()
    with journal.writing() as add:
        solved = work.solved(journal, work.allowance("look"), add)
        look = _look(work, solved)
        kept = work.state.result("settings")
        if kept is not None:
            return look, msgspec.convert(kept, Found, strict=False)
        found = _search(work, solved, look, alone=False)
        if not _branching_pays(work, found, look):
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
    allowance, kept = work.allowance("look"), work.state.result("look")
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


def _branching_pays(work: Work, found: Found, look: Look) -> bool:
    """Tell whether a policy is worth learning under the settings that were found."""
    return found.objective == "time" and work.look_after(found, look).branching_pays and not missing_torch()


def fit_policy(work: Work, look: Look, found: Found) -> tuple[Path | None, list[str]]:
    """Learn to branch under the settings, where that is promising; returns the network that was chosen, if any."""
    kept = work.state.result("choice")
    if kept is not None:
        return (Path(kept["network"]) if kept["network"] else None), kept["lines"]
    if not _branching_pays(work, found, look):
        return _kept(work, None, [_why_no_policy(found)])
    try:
        n_train, n_valid = collect_samples(
            work.work / "samples",
            work.parts.train,
            work.parts.validation,
            found.candidate,
            work.allowance("samples"),
            work.workers,
            work.seed,
        )
        work.state.note_spent(work.ledger.spent_s)
        work.say(f"{n_train} samples to learn from, {n_valid} to compare epochs by")
        samples = [work.work / "samples" / "train", *work.earlier]
        trained = train_networks(
            work.work / "training",
            samples,
            work.work / "samples" / "valid",
            work.allowance("training"),
            work.seed,
        )
    except KeyboardInterrupt:
        work.state.note_spent(work.ledger.spent_s)
        raise
    except CoplugError as error:
        return _kept(work, None, [f"no policy: {error}"])
    work.state.note_spent(work.ledger.spent_s)
    entrants = candidates(work.work / "candidates", trained, found.candidate)
    chosen = _choice(work, found, entrants)
    lines = [
        f"{n_train} strong-branching samples under the settings, {n_valid} for comparing epochs",
        f"networks {', '.join(trained)}, each alone and with a shortlist; fastest on {len(work.parts.validation)} "
        f"instances: {chosen or 'not known, no time was left'}",
    ]
    return _kept(work, entrants.get(chosen), lines)


def _why_no_policy(found: Found) -> str:
    if found.objective != "time":
        return f"no policy is learned for the objective {found.objective}"
    return missing_torch() or "no policy is learned: too little of the time is spent below the root"


def _kept(work: Work, network: Path | None, lines: list[str]) -> tuple[Path | None, list[str]]:
    for line in lines:
        work.say(line)
    work.state.finish("choice", {"network": str(network or ""), "lines": lines}, work.ledger.spent_s)
    return network, lines


def _choice(work: Work, found: Found, entrants: dict[str, Path]) -> str:
    """Return what solves validation instances fastest, a network or the settings; empty if no time was left."""
    reference = settings_folder(work, found)
    named = {name: str(path) for name, path in entrants.items()} | {SETTINGS: reference}
    rows = Rows(
        work.work / "choice.csv",
        work.limit_s,
        named,
        work.allowance("choice"),
        lambda run: work.say(run_words(run)),
    )
    pairs = itertools.islice(
        pairs_of(work.parts.validation, work.seed, CHOICE_SEED), CHOICE_ROUNDS * len(work.parts.validation)
    )
    return choose(rows, list(entrants), SETTINGS, pairs)


def settings_folder(work: Work, found: Found) -> str:
    """Return what solves under the settings alone: a folder, or ``none``."""
    if not found.candidate:
        return "none"
    folder = work.work / "candidates" / "settings-alone"
    save_bundle(folder, None, found.candidate, {}, {})
    return str(folder)
