"""The phases of the policy: samples, networks, a choice by solving time, and once more by DAgger where that pays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from coplug.errors import CoplugError
from coplug.fitting.branching import (
    WIDTHS,
    candidates,
    collect_samples,
    train_networks,
    why_untrained,
)
from coplug.fitting.bundle import save_bundle
from coplug.fitting.look import Look
from coplug.fitting.measure import SETTINGS, Rows, choose
from coplug.fitting.phases import branching_pays
from coplug.fitting.work import Work
from coplug.measurement import Run
from coplug.tuning.ledger import Allowance
from coplug.tuning.search import Found, pairs_of

CHOICE_SEED = 3000
CHOICE_ROUNDS = 4

SAMPLES_END, TRAINING_END = 0.4, 0.7
"""Where samples and training end in DAgger's round, of its time; the choice has the rest."""
LEAST_AGAIN_S = 30.0
"""A round of DAgger does not come to a choice in less."""


@dataclass(frozen=True)
class _Kept:
    """What a phase ended with: the folder of a network, or nothing, and lines for the card."""

    network: str
    lines: list[str]


@dataclass(frozen=True)
class _Learned:
    """How many samples there are to learn from and to compare epochs by, and policies by name."""

    n_train: int
    n_valid: int
    trained: dict[str, Path]


def fit_policy(work: Work, look: Look, found: Found) -> tuple[Path | None, list[str]]:
    """Learn to branch under the settings, where that is promising; returns the network that was chosen, if any."""
    first = work.state.result_as("choice", _Kept) or _imitate(work, look, found)
    if not first.network:
        return None, first.lines
    again = work.state.result_as("again", _Kept) or _imitate_again(work, found, Path(first.network))
    return Path(again.network), [*first.lines, *again.lines]


def _imitate(work: Work, look: Look, found: Found) -> _Kept:
    """Imitate strong branching at the nodes that SCIP meets."""
    if not branching_pays(work, found, look):
        return _kept(work, "choice", "", [_why_no_policy(work, found)])
    try:
        learned = _learned(work, found, "", work.allowance("samples"), lambda: work.allowance("training"))
    except CoplugError as error:
        return _kept(work, "choice", "", [f"no policy: {error}"])
    entrants = candidates(work.work / "candidates", learned.trained, found.candidate)
    reference = SETTINGS, settings_folder(work, found)
    chosen, how = _choice(work, "choice", reference, entrants, work.allowance("choice"))
    under = "under the settings" if found.candidate else "under SCIP's own settings"
    lines = [
        f"{learned.n_train} strong-branching samples {under}, {learned.n_valid} for comparing epochs",
        f"networks {', '.join(learned.trained)}, each alone and with a shortlist; {how}",
    ]
    return _kept(work, "choice", str(entrants.get(chosen, "")), lines)


def _imitate_again(work: Work, found: Found, network: Path) -> _Kept:
    """Imitate strong branching at the nodes that the chosen network meets, too, as DAgger does."""
    whole = work.allowance("again")
    if whole.budget_s < LEAST_AGAIN_S:
        return _kept(work, "again", str(network), [])
    name = network.name.removesuffix("-shortlist")
    samples, training, choice = _parts(work, whole)
    try:
        learned = _learned(work, found, "-again", samples, lambda: training, (name, network))
    except CoplugError as error:
        return _kept(work, "again", str(network), [f"no round of DAgger: {error}"])
    entrants = candidates(work.work / "candidates-again", learned.trained, found.candidate)
    entrants = {f"{name}-again": folder for name, folder in entrants.items()}
    chosen, how = _choice(work, "choice-again", (network.name, str(network)), entrants, choice)
    lines = [f"DAgger: {learned.n_train} more samples where {network.name} branches; {how}"]
    return _kept(work, "again", str(entrants.get(chosen, network)), lines)


def _parts(work: Work, whole: Allowance) -> list[Allowance]:
    """Return what samples, training and the choice of DAgger's round may spend."""
    begins = (0.0, SAMPLES_END, TRAINING_END, 1.0)
    at = [whole.begun_s + part * whole.budget_s for part in begins]
    return [Allowance(work.ledger, begun_s, end_s) for begun_s, end_s in itertools.pairwise(at)]


def _learned(
    work: Work,
    found: Found,
    suffix: str,
    samples: Allowance,
    training: Callable[[], Allowance],
    again: tuple[str, Path] | None = None,
) -> _Learned:
    """Collect and train; in folders with a suffix, and in DAgger's round for one width, with a network that acts."""
    folder, parts = work.work / f"samples{suffix}", work.parts
    actor = str(again[1]) if again else ""
    try:
        n_train, n_valid = collect_samples(
            folder, parts.train, parts.validation, found.candidate, samples, work.workers, work.seed, actor
        )
        work.state.note_spent(work.ledger.spent_s)
        work.say(f"{n_train} samples to learn from, {n_valid} to compare epochs by")
        rounds = [folder] if again is None else [folder, work.work / "samples"]
        trained = train_networks(
            work.work / f"training{suffix}",
            [*(each / "train" for each in rounds), *work.earlier],
            [each / "valid" for each in rounds],
            training(),
            work.seed,
            WIDTHS if again is None else {again[0]: WIDTHS[again[0]]},
        )
    finally:
        work.state.note_spent(work.ledger.spent_s)
    return _Learned(n_train, n_valid, trained)


def _why_no_policy(work: Work, found: Found) -> str:
    if found.objective != "time":
        return f"no policy is learned for the objective {found.objective}"
    return (
        why_untrained(work.budget_s) or "no policy is learned: too little of the time is spent below the root"
    )


def _kept(work: Work, phase: str, network: str, lines: list[str]) -> _Kept:
    for line in lines:
        work.say(line)
    kept = _Kept(network, lines)
    work.state.finish(phase, asdict(kept), work.ledger.spent_s)
    return kept


def _choice(
    work: Work, phase: str, reference: tuple[str, str], entrants: Mapping[str, Path], allowance: Allowance
) -> tuple[str, str]:
    """Return what solves validation instances fastest, a network or the reference, and how that was found.

    It is empty if no time was left.
    """
    named = {name: str(path) for name, path in entrants.items()} | dict([reference])
    rows = Rows(work.work / f"{phase}.csv", work.limit_s, named, allowance, work.note_run)
    pairs = itertools.islice(
        pairs_of(work.parts.validation, work.seed, CHOICE_SEED), CHOICE_ROUNDS * len(work.parts.validation)
    )
    chosen = choose(rows, list(entrants), reference[0], pairs)
    return chosen, _how_chosen(chosen, list(rows.runs.values()), list(entrants))


def _how_chosen(chosen: str, runs: Sequence[Run], entrants: Sequence[str]) -> str:
    """Return the choice in words, with what it rests on."""
    if not chosen:
        return "not compared, no time was left"
    pairs = {(run.instance, run.seed) for run in runs}
    ran = {run.policy for run in runs}
    missing = [name for name in entrants if name not in ran]
    said = f"fastest on {len(pairs)} pair{'s' * (len(pairs) > 1)} of instance and seed: {chosen}"
    return said + (f" ({', '.join(missing)} had no time)" if missing else "")


def settings_folder(work: Work, found: Found) -> str:
    """Return what solves under the settings alone: a folder, or ``none``."""
    if not found.candidate:
        return "none"
    folder = work.work / "candidates" / "settings-alone"
    save_bundle(folder, None, found.candidate, {}, {})
    return str(folder)
