"""Settings of SCIP for a folder of instances: what ``coplug tune`` and :func:`coplug.tune` do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from coplug.durations import seconds, shown_duration
from coplug.errors import OutputError, UsageError
from coplug.files import check_writable
from coplug.parallel import Workers
from coplug.scip.settings import LARGEST_SEED, ParameterValue
from coplug.tuning.field import Field, Settings
from coplug.tuning.instances import usable_instances
from coplug.tuning.journal import SolveJournal
from coplug.tuning.ledger import Ledger
from coplug.tuning.lock import alone
from coplug.tuning.objective import check_objective
from coplug.tuning.proposals import require_optuna
from coplug.tuning.search import Found, Search
from coplug.tuning.settings_file import write_settings
from coplug.tuning.solves import Solve

LIMIT_SHARE = 0.05
"""Of the budget, for one solve at most."""
LEAST_LIMIT_S = 2.0
LARGEST_LIMIT_S = 3600.0


@dataclass(frozen=True)
class Tuned:
    """What tuning ended with.

    Attributes
    ----------
    out : Path
        The file of settings.
    found : Found
    spent_s : float
        CPU seconds, those of earlier sessions among them.
    left_out : tuple of str
        A line for each instance that could not be used.
    """

    out: Path
    found: Found
    spent_s: float
    left_out: tuple[str, ...]

    @property
    def settings(self) -> dict[str, ParameterValue]:
        """SCIP parameters; empty where SCIP as it comes is best."""
        return self.found.settings


def tune(
    instances: str | Path | Iterable[str | Path],
    out: str | Path = "best.set",
    budget: str | float = "10m",
    *,
    objective: str = "",
    time_limit: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    backend: str = "local",
    address: str = "",
    on_solve: Callable[[Solve, Settings], None] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Tuned:
    """Look for settings of SCIP that are better for these instances than SCIP as it comes.

    All solves are kept beside ``out``; the same call goes on after an interruption, and loses at most the solves that
    were in progress.

    Parameters
    ----------
    instances : path, or iterable of paths
        Files of mixed-integer linear programs of one kind, or directories of them.
    out : path
        The ``.set`` file, which SCIP's shell reads, too. Without a setting where SCIP as it comes is best.
    budget : str or float
        CPU time for each of the jobs, such as ``10m``, or seconds.
    objective : str
        ``time``, ``gap`` (at the time limit), ``primal-integral`` or ``dual-integral``; if empty ``time`` where SCIP as
        it comes solves at least a quarter of its runs in time, else ``gap``.
    time_limit : float, optional
        CPU seconds of a solve; a twentieth of the budget if not given, from 2 s to an hour.
    seed : int
        Of all random draws, at least 0.
    jobs, backend, address
        See :class:`coplug.parallel.Workers`; 1 job for times to trust.
    on_solve : callable, optional
        Told of each solve that was made now.
    say : callable
        Told in lines how it goes.

    Raises
    ------
    KeyboardInterrupt
        With the signal's number, if one came; the same call goes on.
    CoplugError
        If something that was given cannot be used.
    """
    budget_s, out = seconds(budget), Path(out)
    require_optuna()
    check_objective(objective)
    if out.suffix != ".set":
        raise UsageError(f"--out {out}: expected a name that ends in .set")
    check_seed(seed)
    limit_s = solve_limit(budget_s, time_limit)
    journal_path = out.with_name(f"{out.name}.solves.jsonl")
    if out.exists() and not journal_path.exists():
        raise OutputError(f"{out} is there already and not of coplug tune; choose another --out")
    found = usable_instances([instances] if isinstance(instances, str | Path) else instances)
    for line in found.left_out:
        say(f"left out: {line}")
    check_writable(out, "--out")
    workers = Workers(jobs, backend, address)
    conditions = {
        "instances": found.contents,
        "objective": objective,
        "limit_s": limit_s,
        "seed": seed,
    }
    with alone(out.with_name(f".{out.name}.lock"), out):
        journal = SolveJournal(journal_path, conditions)
        if journal.solves:
            say(f"{len(journal.solves)} solves are kept in {journal_path}")
        say(
            f"{len(found.paths)} instances; a budget of {shown_duration(budget_s)} CPU time"
            f"{f' in each of {jobs} processes' if jobs > 1 else ''}, {shown_duration(limit_s)} for a solve"
        )
        ledger = Ledger(budget_s, journal.spent_s, jobs)
        with journal.writing() as add:
            solved = Field(journal, ledger, add, limit_s, workers, on_solve or (lambda solve, settings: None))
            result = Search(solved, found.paths, objective, seed, say).run()
    write_settings(out, result.settings, _comments(result, len(found.paths), ledger.spent_s))
    return Tuned(out, result, ledger.spent_s, found.left_out)


def check_seed(seed: int) -> None:
    """See that a seed can be used.

    Raises
    ------
    UsageError
        If it is out of range.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise UsageError(f"the seed {seed} is out of range; take it from 0 to {LARGEST_SEED}")


def solve_limit(budget_s: float, given: float | None) -> float:
    """Return the CPU seconds of a solve.

    Raises
    ------
    UsageError
        If what was given is no positive number.
    """
    if given is None:
        return min(max(LIMIT_SHARE * budget_s, LEAST_LIMIT_S), LARGEST_LIMIT_S)
    return seconds(given, "--time-limit")


def _comments(found: Found, n_instances: int, spent_s: float) -> list[str]:
    races = f"{found.n_races} race{'s' if found.n_races != 1 else ''}"
    return [
        f"coplug tune: {n_instances} instances, {races}, {shown_duration(spent_s)} CPU time",
        found.reason,
    ]
