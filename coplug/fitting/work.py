"""A fit in progress: what was given, how it is split, what is spent, and where the work is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coplug.durations import seconds, shown_duration
from coplug.errors import InstanceError, OutputError, UsageError
from coplug.files import make_directory
from coplug.fitting.bundle import check_own, copy_folder, holds_policy
from coplug.fitting.look import Look
from coplug.fitting.measure import run_words
from coplug.fitting.plan import end_s, plan_lines
from coplug.fitting.rounds import open_round
from coplug.fitting.split import Split, largest_kind, split
from coplug.fitting.state import STATE_FILE, State
from coplug.inference.zoo import shipped
from coplug.measurement import Run
from coplug.parallel import Workers
from coplug.policy import load_policy
from coplug.problems.milp.warm_up import warm_up
from coplug.tuning.field import Field, Settings
from coplug.tuning.instances import Instances, usable_instances
from coplug.tuning.journal import SolveJournal, settings_key
from coplug.tuning.ledger import Allowance, Ledger
from coplug.tuning.lock import alone
from coplug.tuning.objective import check_objective
from coplug.tuning.proposals import require_optuna
from coplug.tuning.search import Found
from coplug.tuning.solves import Solve, SolveTask, solve_once
from coplug.tuning.tune import check_seed, solve_limit

LEAST_INSTANCES = 5
JOURNAL_FILE, LOCK_FILE = "solves.jsonl", "lock"
EARLIER_FOLDER = "earlier"
"""What stood in the policy's folder when a round began."""
RESERVED = ("none", "auto")
"""Names that ``--policy`` takes for something else."""

Say = Callable[[str], None]


@dataclass
class Work:
    """A fit in progress: what all phases share."""

    out: Path
    work: Path
    budget_s: float
    limit_s: float
    objective: str
    seed: int
    workers: Workers
    instances: Instances
    parts: Split
    state: State
    ledger: Ledger
    say: Say
    on_solve: Callable[[Solve, Settings], None]
    first: Sequence[dict[str, str]] = ()
    earlier: Sequence[Path] = ()
    earlier_policy: Path | None = None
    solve: Callable[[SolveTask], Solve] = solve_once
    _told: str = ""

    def allowance(self, phase: str, *, with_policy: bool = True) -> Allowance:
        """Return what a phase may spend; the same when it goes on."""
        begun_s = self.state.begin(phase, self.ledger.spent_s)
        until_s = end_s(phase, begun_s, self.budget_s, with_policy=with_policy)
        if phase != self._told:
            self._told = phase
            spent = shown_duration(self.ledger.spent_s)
            self.say(f"{phase}: after {spent} of CPU time, until {shown_duration(until_s)} at most")
        return Allowance(self.ledger, begun_s, until_s)

    def note_run(self, run: Run) -> None:
        """Say how a run ended, and keep what was spent."""
        self.say(run_words(run))
        self.state.note_spent(self.ledger.spent_s)

    def journal(self) -> SolveJournal:
        """Return the journal of all races."""
        return SolveJournal(self.work / JOURNAL_FILE, {"round": self.work.name})

    def solved(
        self, journal: SolveJournal, allowance: Allowance, add: Callable[[str, Solve, float], None]
    ) -> Field:
        """Return what solves within an allowance."""
        return Field(journal, allowance, add, self.limit_s, self.workers, self.on_solve, self.solve)

    def look_after(self, found: Found, look: Look) -> Look:
        """Return what solves under the settings that were found show; those of SCIP as it comes without settings."""
        if not found.candidate:
            return look
        key = settings_key(found.candidate)
        of_look = {(solve.instance, solve.seed) for solve in look.solves}
        solves = [
            solve
            for (settings, instance, seed), solve in self.journal().solves.items()
            if settings == key and (instance, seed) in of_look
        ]
        return Look(tuple(solves)) if solves else look


@contextmanager
def open_work(
    given: str | Path | Iterable[str | Path],
    out: Path,
    budget: str | float,
    objective: str,
    time_limit: float | None,
    seed: int,
    workers: Workers,
    go_on: bool,
    say: Say,
) -> Iterator[Work]:
    """See that all can be used, say what is going to happen, and yield the work, which no other process has then.

    See :func:`coplug.fitting.fit.fit`.

    Raises
    ------
    CoplugError
        If something that was given cannot be used.
    """
    budget_s = seconds(budget)
    require_optuna()
    check_objective(objective)
    check_seed(seed)
    limit_s = solve_limit(budget_s, time_limit)
    check_out(out)
    folder = work_folder(out)
    found = _of_one_kind(
        usable_instances([given] if isinstance(given, str | Path) else given, LEAST_INSTANCES)
    )
    for line in found.left_out:
        say(f"left out: {line}")
    conditions = {
        "instances": found.contents,
        "objective": objective,
        "time_limit_s": time_limit,
        "seed": seed,
        "budget_s": budget_s,
    }
    here = open_round(folder, go_on, conditions)
    work = here.folder
    taught = {path for path in found.paths if found.digests[path] in here.taught}
    parts = split(found.paths, seed, taught)
    make_directory(folder)
    with alone(folder / LOCK_FILE, out):
        earlier_policy = work / EARLIER_FOLDER
        if go_on and not (work / STATE_FILE).exists() and holds_policy(out):
            make_directory(work)
            copy_folder(
                out, earlier_policy
            )  # before the state: a kill in between leaves a round that is not begun
        state = State(work, conditions)
        state.note_taught(found.digests[path] for path in (*parts.train, *parts.validation))
        if state.spent_s and not (work / JOURNAL_FILE).exists():
            raise OutputError(
                f"{work / JOURNAL_FILE} is missing, which has the solves of this fit; choose another --out"
            )
        _compile()
        journal_spent = SolveJournal(work / JOURNAL_FILE, {"round": work.name}).spent_s
        spent_s = max(state.spent_s, journal_spent)
        say(f"{len(found.paths)} instances: {parts.sizes}")
        say(f"budget {shown_duration(budget_s)} of CPU time, {shown_duration(limit_s)} for a solve; at most")
        for line in plan_lines(budget_s):
            say(line)
        if spent_s:
            say(f"goes on in {work}, after {shown_duration(spent_s)}")
        yield Work(
            out=out,
            work=work,
            budget_s=budget_s,
            limit_s=limit_s,
            objective=objective,
            seed=seed,
            workers=workers,
            instances=found,
            parts=parts,
            state=state,
            ledger=Ledger(budget_s, spent_s, workers.jobs),
            say=say,
            on_solve=lambda solve, settings: None,
            first=here.first,
            earlier=here.samples,
            earlier_policy=earlier_policy if earlier_policy.exists() else None,
        )


def work_folder(out: Path) -> Path:
    """Return where all work on a policy's folder is kept."""
    return out.with_name(f"{out.name}.fit")


def check_out(out: Path) -> None:
    """See that a folder can become a policy's, before any work is done.

    Raises
    ------
    UsageError
        If its name is none for a policy.
    OutputError
        If something else is there.
    """
    if out.name in ("", "..", *RESERVED):
        raise UsageError(f"--out {out}: expected a folder whose name is to be the policy's")
    folder = work_folder(out)
    if out.exists() and not folder.is_dir():
        raise OutputError(f"{out} is there already and not of coplug fit; choose another --out")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is there already and no folder of coplug fit; choose another --out")
    check_own(out)


def _compile() -> None:
    """Have the kernels compiled that policies need, once on a machine; this is not the budget's."""
    warm_up(load_policy(next(iter(shipped("milp")))))


def _of_one_kind(found: Instances) -> Instances:
    """Keep the largest group of instances that look alike."""
    kept, others = largest_kind(found.metrics)
    if len(kept) < LEAST_INSTANCES:
        raise InstanceError(
            f"the {len(found.paths)} instances are of several kinds, the largest of {len(kept)}; give at least "
            f"{LEAST_INSTANCES} of one kind"
        )
    return Instances(
        tuple(kept),
        {path: found.metrics[path] for path in kept},
        {path: found.digests[path] for path in kept},
        (*found.left_out, *others),
    )
