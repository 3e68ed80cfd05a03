"""What ``scripts/reproduce_any_mip.py`` measures on an instance: single solves, races, early solutions, kills."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from any_mip_instances import Row

import coplug
from coplug.report import Report
from coplug.scip.messages import free
from coplug.scip.options import SolveOptions
from coplug.scip.problem import read_model
from coplug.scip.progress import finite
from coplug.scip.race.portfolio import SEED_STEP, portfolio
from coplug.scip.race.race import NAME as RACER
from coplug.scip.solve import read_instance, solve

LIMIT_S = 120.0
INTEGRAL_S = 30.0
WITHOUT_S = 1.0
"""An instance is hard to begin where SCIP has no solution by then."""

SETTLED = ("optimal", "infeasible", "unbounded")


def outcome(report: Report, wall_s: float) -> Row:
    """Return what the tables take from a report; ``wall_s`` has reading and starting processes in it."""
    runs = report.extra.get("race", [])
    return {
        "status": report.status,
        "objective": _text(report.objective),
        "bound": _text(report.bound),
        "time_s": round(wall_s, 3),
        "nodes": report.extra["nodes"],
        "winner": next((run["settings"] for run in runs if run["winner"]), ""),
    }


def one(path: Path, seed: int, limit_s: float = LIMIT_S) -> Row:
    """Solve with SCIP as it comes."""
    begin = time.perf_counter()
    report = coplug.solve(path, "milp", policy=None, seed=seed, time_limit=limit_s)
    return outcome(report, time.perf_counter() - begin)


def race(path: Path, seed: int, limit_s: float = LIMIT_S) -> Row:
    """Solve by a race of two, without a learned policy."""
    begin = time.perf_counter()
    report = coplug.solve(path, "milp", policy=None, seed=seed, time_limit=limit_s, race=2)
    return outcome(report, time.perf_counter() - begin)


def two_seeds(path: Path, seed: int, limit_s: float = LIMIT_S) -> Row:
    """Solve with two SCIPs as they come, under two seeds and apart from each other; the first to end counts."""
    begin = time.perf_counter()
    context = multiprocessing.get_context("fork")
    running: dict[Connection, BaseProcess] = {}
    for shift in (0, SEED_STEP):
        ours, theirs = context.Pipe()
        running[ours] = context.Process(target=_solve_apart, args=(theirs, path, seed + shift, limit_s))
        running[ours].start()
        theirs.close()
    rows: list[Row] = []
    while running and not any(row["status"] in SETTLED for row in rows):
        for connection in wait(list(running)):
            assert isinstance(connection, Connection)
            rows.append(connection.recv())
            running.pop(connection).join()
    wall_s = time.perf_counter() - begin
    for process in running.values():
        process.kill()
        process.join()
    first = next((row for row in rows if row["status"] in SETTLED), rows[0])
    return {**first, "time_s": round(wall_s, 3)}


def _solve_apart(connection: Connection, path: Path, seed: int, limit_s: float) -> None:
    connection.send(one(path, seed, limit_s))


def chosen_alone(path: Path, seed: int, limit_s: float = LIMIT_S) -> Row:
    """Solve with the first setting of the portfolio, alone: what ``auto`` could choose where nothing else fits."""
    begin = time.perf_counter()
    model = read_model(path)
    portfolio()[0].apply(model)
    report = coplug.solve(model, "milp", policy=None, seed=seed, time_limit=limit_s)
    row = outcome(report, time.perf_counter() - begin)
    free(model)
    return row


RACE_METHODS: dict[str, Callable[[Path, int, float], Row]] = {
    "one": one,
    "race": race,
    "two seeds": two_seeds,
}

PRIMAL_METHODS: dict[str, dict[str, Any]] = {
    "one": {},
    "early": {"early_solutions": True},
    "local-mip": {"local_mip": True},
}


def found_over_time(path: Path, method: str, seed: int, limit_s: float = INTEGRAL_S) -> Row:
    """Solve for a while; the row has each incumbent with SCIP's second at which it was found."""
    options = replace(SolveOptions(seed=seed, time_limit_s=limit_s), **PRIMAL_METHODS[method])
    instance = read_instance(path, options)
    instance.watch()
    report = solve(instance, options)
    steps: list[tuple[float, float]] = []
    for snapshot in instance.history or []:
        objective = finite(snapshot.primal_bound)
        if objective is not None and (not steps or steps[-1][1] != objective):
            steps.append((round(snapshot.time_s, 3), objective))
    if report.objective is not None and (not steps or steps[-1][1] != report.objective):
        steps.append((round(report.time_s, 3), report.objective))
    return {"status": report.status, "sense": report.sense, "steps": json.dumps(steps)}


def primal_integral(steps: Sequence[tuple[float, float]], best: float, until_s: float = INTEGRAL_S) -> float:
    """Return the primal integral of Berthold (Operations Research Letters 41, 2013) in seconds.

    Parameters
    ----------
    steps : sequence of (float, float)
        Seconds and objectives of incumbents, in turn.
    best : float
        Objective of the best solution that is known.
    until_s : float
        The end; before the first incumbent the gap is 1.
    """
    total, gap, since = 0.0, 1.0, 0.0
    for second, objective in steps:
        moment = min(second, until_s)
        total += gap * (moment - since)
        gap, since = primal_gap(objective, best), moment
    return total + gap * (until_s - since)


def primal_gap(objective: float, best: float) -> float:
    """Return the primal gap, in [0, 1]."""
    if abs(objective - best) <= 1e-9 * max(1.0, abs(best)):
        return 0.0
    if objective * best < 0.0:
        return 1.0
    return min(1.0, abs(objective - best) / max(abs(objective), abs(best)))


def race_with_a_kill(path: Path, seed: int, number: int, after_s: float, limit_s: float = LIMIT_S) -> Row:
    """Race, and kill one run after a while.

    The row says whether it was there to be killed, whether the report names it, and whether the bounds of all runs are
    consistent, beside the usual columns.
    """
    killed: list[int] = []
    has_ended = threading.Event()

    def kill() -> None:
        while not (victims := _racers(number)):
            if has_ended.wait(0.02):
                return
        if not has_ended.wait(after_s):
            for pid in victims:
                with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    begin = time.perf_counter()
    report = coplug.solve(path, "milp", policy=None, seed=seed, time_limit=limit_s, race=2)
    row = outcome(report, time.perf_counter() - begin)
    has_ended.set()
    killer.join()
    runs = report.extra["race"]
    return {
        **row,
        "killed": bool(killed),
        "named": any("SIGKILL" in str(run["failure"]) for run in runs),
        "consistent": consistent(report),
    }


def _racers(number: int) -> list[int]:
    children = multiprocessing.active_children()
    return [child.pid for child in children if child.name == f"{RACER}-{number}" and child.pid is not None]


def consistent(report: Report) -> bool:
    """Tell whether no bound of a race's runs passes a solution of one."""
    sign = 1.0 if report.sense == "min" else -1.0
    bounds = [sign * run["bound"] for run in report.extra["race"] if run["bound"] is not None]
    objectives = [sign * run["objective"] for run in report.extra["race"] if run["objective"] is not None]
    if not bounds or not objectives:
        return True
    best = min(objectives)
    return bool(max(bounds) <= best + 1e-6 * max(1.0, abs(best)))


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
