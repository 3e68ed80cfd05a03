"""Fitting SCIP to a folder of instances: what ``coplug fit`` and :func:`coplug.fit` do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from coplug.comparison.account import Account
from coplug.files import make_directory
from coplug.fitting.bundle import install as install_bundle
from coplug.fitting.bundle import publish, save_bundle, write_report
from coplug.fitting.card import Card
from coplug.fitting.decision import Decision
from coplug.fitting.judging import judge
from coplug.fitting.known import taken_by
from coplug.fitting.learning import fit_policy
from coplug.fitting.look import Look
from coplug.fitting.measure import POLICY, SCIP
from coplug.fitting.phases import fit_settings
from coplug.fitting.work import Say, Work, open_work
from coplug.measurement import Conditions, Run
from coplug.parallel import Workers
from coplug.scip.ranges import fingerprint
from coplug.scip.settings import ParameterValue
from coplug.tuning.field import Settings
from coplug.tuning.search import Found, words
from coplug.tuning.solves import Solve

SIZE_FACTOR = 1.5
"""By which factor an instance may be smaller or larger than those that were seen: what pays changes with the size."""


@dataclass(frozen=True)
class Fitted:
    """What a fit ended with.

    Attributes
    ----------
    out : Path
        The folder: a policy, or where SCIP as it comes is best a card that says so.
    decision : Decision
    settings : dict
        SCIP parameters that ship.
    spent_s : float
        CPU seconds, of all sessions.
    installed : Path or None
        Where the policy was installed.
    left_out : tuple of str
        A line for each instance that could not be used.
    """

    out: Path
    decision: Decision
    settings: dict[str, ParameterValue]
    spent_s: float
    installed: Path | None = None
    left_out: tuple[str, ...] = ()


def fit(
    instances: str | Path | Iterable[str | Path],
    out: str | Path,
    budget: str | float = "30m",
    *,
    objective: str = "",
    time_limit: float | None = None,
    seed: int = 0,
    jobs: int = 1,
    backend: str = "local",
    address: str = "",
    install: bool = False,
    go_on: bool = False,
    say: Say = lambda line: None,
    on_solve: Callable[[Solve, Settings], None] | None = None,
) -> Fitted:
    """Fit SCIP to a folder of instances, and judge the result on instances that nothing before has seen.

    All work is kept beside ``out``, in the folder ``OUT.fit``. The same call goes on after an interruption, and loses
    at most the solve in progress.

    Parameters
    ----------
    instances : path, or iterable of paths
        Files of mixed-integer linear programs of one kind, or directories of them; 5 at least.
    out : path
        The policy's folder, whose name is the policy's.
    budget : str or float
        CPU time for each of the jobs, such as ``30m``, or seconds.
    objective, time_limit, seed, jobs, backend, address
        See :func:`coplug.tuning.tune.tune`. A policy is learned for the objective ``time`` alone.
    install : bool
        Copy the policy into the folder of the user's data, where ``auto`` finds it.
    go_on : bool
        Fit anew, on other instances too, from what an earlier fit of ``out`` found: its settings race first, and its
        samples are learned from as well. ``--continue`` on the command line.
    say : callable
        Told in lines how it goes.
    on_solve : callable, optional
        Told of each solve of the races.

    Raises
    ------
    KeyboardInterrupt
        With the signal's number, if one came; the same call goes on.
    CoplugError
        If something that was given cannot be used.
    """
    work = open_work(
        instances,
        Path(out),
        budget,
        objective,
        time_limit,
        seed,
        Workers(jobs, backend, address),
        go_on,
        say,
    )
    work.on_solve = on_solve or work.on_solve
    look, found = fit_settings(work)
    network, network_lines = fit_policy(work, look, found)
    decision, runs = judge(work, found, network)
    settings = found.candidate if decision.winner != SCIP else {}
    _write(work, look, found, decision, runs, network if decision.winner == POLICY else None, network_lines)
    work.state.note_spent(work.ledger.spent_s)
    installed = install_bundle(work.out) if install and decision.winner != SCIP else None
    return Fitted(
        work.out, decision, dict(settings), work.ledger.spent_s, installed, tuple(work.instances.left_out)
    )


def _write(
    work: Work,
    look: Look,
    found: Found,
    decision: Decision,
    runs: list[Run],
    network: Path | None,
    network_lines: list[str],
) -> None:
    """Write the policy's folder, whole or not at all."""
    card = _card(work, found, decision, network_lines)
    looks = [("SCIP as it comes", look)]
    if found.candidate:
        looks.append(("under the best settings", work.look_after(found, look)))
    account = None
    if runs:
        policies = tuple(dict.fromkeys(run.policy for run in runs))
        account = Account(work.out.name, policies, tuple(runs), Conditions("permuted", work.limit_s))
    temporary = work.out.with_name(f".{work.out.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        if runs:
            make_directory(temporary)
            shutil.copy(work.work / "decision.csv", temporary / "decision.csv")
        if decision.winner != SCIP:
            save_bundle(temporary, network, card.settings, card.fingerprint, _fitted(work, found, decision))
        write_report(temporary, card, account, looks)
        publish(temporary, work.out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _card(work: Work, found: Found, decision: Decision, network_lines: list[str]) -> Card:
    ranges = fingerprint(list(work.instances.metrics.values()), SIZE_FACTOR)
    return Card(
        name=work.out.name,
        decision=decision,
        settings=found.candidate if decision.winner != SCIP else {},
        candidate=f"{words(found.choice)} ({found.reason})",
        fingerprint=ranges,
        taken=taken_by(ranges),
        sizes=work.parts.sizes,
        left_out=work.instances.left_out,
        budget_s=work.budget_s,
        spent_s=work.ledger.spent_s,
        seed=work.seed,
        objective=found.objective,
        policy=network_lines,
    )


def _fitted(work: Work, found: Found, decision: Decision) -> dict[str, object]:
    """Return what the configuration keeps of how it came about."""
    return {
        "instances": len(work.instances.paths),
        "objective": found.objective,
        "choice": found.choice,
        "seed": work.seed,
        "budget_s": work.budget_s,
        "spent_s": round(work.ledger.spent_s, 1),
        "decision": asdict(decision),
    }
