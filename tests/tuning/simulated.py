"""Solves that only seem to be: times that follow from settings, instance and seed, so that what is best is known."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from coplug.parallel import Workers
from coplug.scip.time_shares import TimeShares
from coplug.tuning.field import Field
from coplug.tuning.journal import SolveJournal
from coplug.tuning.search import Search
from coplug.tuning.solves import Solve

FACTORS = {"separating/maxrounds": 0.6, "presolving/maxrestarts": 0.9, "conflict/enable": 0.8}
"""What a setting makes of the time; every other one makes it a little longer."""

WORSE = 1.02


class Clock:
    """A ledger whose time is that of the simulated solves."""

    def __init__(self, budget_s, spent_s=0.0):
        self.budget_s, self.spent_s = budget_s, spent_s

    def add(self, cpu_s):
        self.spent_s += cpu_s

    @property
    def left_s(self):
        return self.budget_s - self.spent_s


class Simulation:
    """Solves tasks; may be interrupted after some of them."""

    def __init__(self, clock, factors=FACTORS, noise=0.05, stop_after=None):
        self.clock, self.factors, self.noise, self.stop_after = clock, factors, noise, stop_after
        self.tasks = []

    def __call__(self, task):
        if self.stop_after is not None and len(self.tasks) >= self.stop_after:
            raise KeyboardInterrupt(2)
        self.tasks.append(task)
        base = 2.0 + zlib.crc32(task.path.encode()) % 7
        text = repr((sorted(task.parameters.items()), task.path, task.seed))
        rng = np.random.default_rng(zlib.crc32(text.encode()))
        time_s = base * float(np.exp(self.noise * rng.normal()))
        for name in task.parameters:
            time_s *= self.factors.get(name, WORSE)
        solved = time_s < task.limit_s
        time_s = min(time_s, task.limit_s)
        self.clock.add(time_s)
        return Solve(
            instance=Path(task.path).name,
            seed=task.seed,
            status="optimal" if solved else "timelimit",
            sense="min",
            objective=1.0,
            bound=1.0 if solved else 0.5,
            nodes=10,
            time_s=time_s,
            cpu_s=time_s,
            limit_s=task.limit_s,
            shares=TimeShares(total=time_s, each_heuristic={"rens": (0.1 * time_s, 0.0)}),
        )


@contextmanager
def simulated(journal_path, budget_s, **simulation):
    """Yield a field of simulated solves, its clock, and what solves."""
    journal = SolveJournal(journal_path, {"seed": 0})
    clock = Clock(budget_s, journal.spent_s)
    solver = Simulation(clock, **simulation)
    with journal.writing() as add:
        yield Field(journal, clock, add, 60.0, Workers(), lambda solve, settings: None, solver), clock, solver


def searched(journal_path, budget_s=2000.0, said=None, objective="", **simulation):
    """Search with simulated solves; goes on with what the journal has."""
    with simulated(journal_path, budget_s, **simulation) as (field, clock, solver):
        found = Search(
            field,
            [f"/instances/i{k}.lp" for k in range(10)],
            objective,
            0,
            (said if said is not None else []).append,
        ).run()
    return found, clock, solver
