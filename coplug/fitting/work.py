"""A fit in progress: what was given, how it is split, what is spent, and where the work is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coplug.durations import seconds, shown_duration
from coplug.errors import InstanceError, OutputError, UsageError
from coplug.fitting.look import Look
from coplug.fitting.plan import end_s, plan_lines
from coplug.fitting.rounds import open_round
from coplug.fitting.split import Split, largest_kind, split
from coplug.fitting.state import State
from coplug.inference.zoo import shipped
from coplug.parallel import Workers
from coplug.policy import load_policy
from coplug.problems.milp.warm_up import warm_up
from coplug.tuning.field import Field, Settings
from coplug.tuning.instances import Instances, usable_instances
from coplug.tuning.journal import SolveJournal, settings_key
from coplug.tuning.ledger import Allowance, Ledger
from coplug.tuning.objective import check_objective
from coplug.tuning.proposals import require_optuna
from coplug.tuning.search import Found
from coplug.tuning.solves import Solve, SolveTask, solve_once
from coplug.tuning.tune import solve_limit

LEAST_INSTANCES = 5
JOURNAL_FILE = "solves.jsonl"

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
    solve: Callable[[SolveTask], Solve] = solve_once

    def allowance(self, phase: str, *, with_policy: bool = True) -> Allowance:
        """Return what a phase may spend; the same when it goes on."""
        begun_s = self.state.begin(phase, self.ledger.spent_s)
        return Allowance(self.ledger, begun_s, end_s(phase, begun_s, self.budget_s, with_policy=with_policy))

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
) -> Work:
    """See that all can be used, and say what is going to happen; see :func:`coplug.fitting.fit.fit`.

    Raises
    ------
    CoplugError
        If something that was given cannot be used.
    """
    budget_s = seconds(budget)
    require_optuna()
    check_objective(objective)
    if seed < 0:
        raise UsageError(f"the seed {seed} is out of range; take it >= 0")
    limit_s = solve_limit(budget_s, time_limit)
    folder = out.with_name(f"{out.name}.fit")
    if out.exists() and not folder.is_dir():
        raise OutputError(f"{out} is there already and not of coplug fit; choose another --out")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is there already and no folder of coplug fit; choose another --out")
    found = _of_one_kind(
        usable_instances([given] if isinstance(given, str | Path) else given, LEAST_INSTANCES)
    )
    for line in found.left_out:
        say(f"left out: {line}")
    parts = split(found.paths, seed)
    conditions = {
        "instances": sorted(Path(path).name for path in found.paths),
        "objective": objective,
        "time_limit_s": time_limit,
        "seed": seed,
        "budget_s": budget_s,
    }
    work, first, earlier = open_round(folder, go_on)
    state = State(work, conditions)
    _compile()
    journal_spent = SolveJournal(work / JOURNAL_FILE, {"round": work.name}).spent_s
    spent_s = max(state.spent_s, journal_spent)
    say(f"{len(found.paths)} instances: {parts.sizes}")
    say(f"budget {shown_duration(budget_s)} of CPU time, {limit_s:.0f} s for a solve; at most")
    for line in plan_lines(budget_s):
        say(line)
    if spent_s:
        say(f"goes on in {work}, after {shown_duration(spent_s)}")
    return Work(
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
        first=first,
        earlier=earlier,
    )


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
    metrics = {path: found.metrics[path] for path in kept}
    return Instances(tuple(kept), metrics, (*found.left_out, *others))
