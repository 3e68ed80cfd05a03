"""Fitting SCIP to a folder of instances: what ``coplug fit`` and :func:`coplug.fit` do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from coplug.comparison.account import Account
from coplug.files import make_directory
from coplug.fitting.bundle import (
    ROWS_FILE,
    copy_folder,
    holds_policy,
    installed,
    publish,
    save_bundle,
    write_report,
)
from coplug.fitting.card import Card
from coplug.fitting.decision import Decision
from coplug.fitting.judging import judge
from coplug.fitting.known import taken_by
from coplug.fitting.learning import fit_policy
from coplug.fitting.look import Look
from coplug.fitting.measure import EARLIER, POLICY, SCIP, SETTINGS
from coplug.fitting.phases import fit_settings
from coplug.fitting.state import DECISION
from coplug.fitting.work import Say, Work, open_work
from coplug.inference.weights import load_config
from coplug.measurement import Conditions, Run
from coplug.parallel import Workers
from coplug.scip.ranges import fingerprint
from coplug.scip.settings import ParameterValue
from coplug.tuning.field import Settings
from coplug.tuning.search import Found
from coplug.tuning.solves import Solve

REPORT_FOLDER = "report"
"""Of a round whose folder keeps the policy of an earlier one."""

ENTRANTS = {
    SCIP: "SCIP as it comes",
    SETTINGS: "settings alone",
    POLICY: "settings and policy",
    EARLIER: "the earlier policy",
}

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

    @property
    def holds_policy(self) -> bool:
        """Whether the folder is a policy, of this round or an earlier one."""
        return holds_policy(self.out)


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
    workers = Workers(jobs, backend, address)
    with open_work(instances, Path(out), budget, objective, time_limit, seed, workers, go_on, say) as work:
        work.on_solve = on_solve or work.on_solve
        return _fit(work, install)


def _fit(work: Work, install: bool) -> Fitted:
    look, found = fit_settings(work)
    network, network_lines = fit_policy(work, look, found)
    decision, runs = judge(work, found, network)
    if decision.winner != POLICY:
        network = None
    keeps = work.earlier_policy is not None and (decision.winner == EARLIER or not decision.is_made)
    place = work.work / REPORT_FOLDER if keeps else work.out
    _write(work, place, look, found, decision, runs, network, network_lines)
    work.state.finish(DECISION, asdict(decision), work.ledger.spent_s)
    if keeps:
        work.say(f"the policy of an earlier round stays in {work.out}; what this round found: {place}")
    elif work.earlier_policy is not None:
        work.say(f"the policy of an earlier round is kept in {work.earlier_policy}")
    return Fitted(
        work.out,
        decision,
        _shipped_settings(work.out),
        work.ledger.spent_s,
        _install(work) if install else None,
        tuple(work.instances.left_out),
    )


def _shipped_settings(out: Path) -> dict[str, ParameterValue]:
    return dict(load_config(out)["scip_parameters"]) if holds_policy(out) else {}


def _install(work: Work) -> Path | None:
    """Copy the policy to where ``auto`` looks, and say what becomes of one that is there already."""
    target = installed(work.out)
    is_there = target.exists()
    if not holds_policy(work.out):
        stays = f"; {target} of an earlier fit stays, and auto takes it: delete it if it is outdated"
        work.say(f"nothing to install{stays if is_there else ''}")
        return None
    copy_folder(work.out, target)
    if is_there:
        work.say(f"the policy that was installed as {target.name} before is replaced")
    return target


def _write(
    work: Work,
    place: Path,
    look: Look,
    found: Found,
    decision: Decision,
    runs: list[Run],
    network: Path | None,
    network_lines: list[str],
) -> None:
    """Write a folder with what was found, and with the policy where one ships, whole or not at all."""
    card = _card(work, found, decision, network_lines)
    looks = [("SCIP as it comes", look)]
    if found.candidate:
        looks.append(("under the best settings", work.look_after(found, look)))
    temporary = place.with_name(f".{place.name}.new")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        if runs:
            make_directory(temporary)
            shutil.copy(work.work / ROWS_FILE, temporary / ROWS_FILE)
        if decision.winner in (SETTINGS, POLICY):
            save_bundle(temporary, network, card.settings, card.fingerprint, _fitted(work, found, decision))
        write_report(temporary, card, _account(work, runs) if runs else None, looks)
        publish(temporary, place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _account(work: Work, runs: list[Run]) -> Account:
    """Return the comparison on unseen instances, in words that a reader of the card knows."""
    named = tuple(replace(run, policy=ENTRANTS[run.policy]) for run in runs)
    policies = tuple(dict.fromkeys(run.policy for run in named))
    return Account(work.out.name, policies, named, Conditions("permuted", work.limit_s))


def _card(work: Work, found: Found, decision: Decision, network_lines: list[str]) -> Card:
    ranges = fingerprint(list(work.instances.metrics.values()), SIZE_FACTOR)
    return Card(
        name=work.out.name,
        decision=decision,
        settings=found.candidate if decision.winner in (SETTINGS, POLICY) else {},
        candidate=found.reason,
        n_races=found.n_races,
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
