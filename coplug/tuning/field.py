"""Settings against each other on pairs of instance and seed, out of a journal where they were solved before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from coplug.parallel import Workers, run_unordered
from coplug.scip.settings import ParameterValue
from coplug.tuning.journal import SolveJournal, settings_key
from coplug.tuning.ledger import Allowance, Ledger
from coplug.tuning.objective import Objective, best_known, score
from coplug.tuning.solves import Solve, SolveTask, solve_once

Pair = tuple[str, int]
"""The path of an instance, and a seed."""

Settings = Mapping[str, ParameterValue]

LEAST_LEFT_S = 1.0
"""With less left of the budget nothing is begun."""


class BudgetSpentError(Exception):
    """Nothing more can be solved within the budget."""


class Field:
    """Solves what is asked for, or returns what the journal has.

    Parameters
    ----------
    journal : SolveJournal
    ledger : Ledger or Allowance
    add : callable
        Writes a solve into the journal.
    limit_s : float
        CPU seconds of a solve.
    workers : Workers
    on_solve : callable
        Told of each new solve, with its settings.
    solve : callable
        Does one :class:`~coplug.tuning.solves.SolveTask`.
    """

    def __init__(
        self,
        journal: SolveJournal,
        ledger: Ledger | Allowance,
        add: Callable[[str, Solve, float], None],
        limit_s: float,
        workers: Workers,
        on_solve: Callable[[Solve, Settings], None],
        solve: Callable[[SolveTask], Solve] = solve_once,
    ) -> None:
        self.journal = journal
        self.ledger = ledger
        self.limit_s = limit_s
        self.workers = workers
        self.objective: Objective = "time"
        self.with_steps = False
        self.reserve_s = 0.0
        self._add = add
        self._on_solve = on_solve
        self._solve = solve
        self._elsewhere = workers != Workers()

    def solves(
        self, settings: Settings, pairs: Sequence[Pair], limits: Sequence[float] | None = None
    ) -> list[Solve]:
        """Return the solves of some pairs, each under its limit or else the general one.

        Raises
        ------
        BudgetSpentError
            If the budget does not suffice for all of them.
        ParameterError
            If SCIP refuses the settings.
        """
        key = settings_key(settings)
        limits = limits or [self.limit_s] * len(pairs)
        missing = []
        for (path, seed), limit_s in zip(pairs, limits, strict=True):
            if self.journal.find(key, Path(path).name, seed, limit_s) is None:
                missing.append(SolveTask(path, seed, dict(settings), limit_s, self.with_steps))
        for task, solve in self._run(missing):
            self._add(key, solve, self.ledger.spent_s)
            self._on_solve(solve, task.parameters)
        found = [
            self.journal.find(key, Path(path).name, seed, limit_s)
            for (path, seed), limit_s in zip(pairs, limits, strict=True)
        ]
        if any(solve is None for solve in found):
            raise BudgetSpentError
        return [solve for solve in found if solve is not None]

    def knows(self, settings: Settings, pair: Pair) -> bool:
        """Tell whether a pair was solved under some settings already."""
        path, seed = pair
        return self.journal.find(settings_key(settings), Path(path).name, seed, self.limit_s) is not None

    def scores(self, solves: Sequence[Solve]) -> list[float]:
        """Return the log costs of solves."""
        best = best_known(list(self.journal.solves.values())) if self.objective.endswith("integral") else {}
        return [score(solve, self.objective, best) for solve in solves]

    def compare(self, settings: Settings, other: Settings, pairs: Sequence[Pair]) -> list[float]:
        """Return the differences of log costs on pairs, all solved at the full limit."""
        mine, theirs = self.solves(settings, pairs), self.solves(other, pairs)
        return list(np.subtract(self.scores(mine), self.scores(theirs)))

    def _run(self, tasks: Sequence[SolveTask]) -> Iterator[tuple[SolveTask, Solve]]:
        """Solve, as many at once as there are workers; a solve that the budget cut short is none."""
        for block in _batched(tasks, self.workers.jobs):
            left_s = self.ledger.left_s - self.reserve_s
            if left_s < LEAST_LEFT_S:
                return
            calls = [(self._solve, task, replace(task, limit_s=min(task.limit_s, left_s))) for task in block]
            for task, solve in run_unordered(_call, calls, self.workers):
                if self._elsewhere:
                    self.ledger.add(solve.cpu_s)
                if solve.status != "timelimit" or solve.limit_s >= task.limit_s:
                    yield task, solve


def _call(
    solve: Callable[[SolveTask], Solve], task: SolveTask, affordable: SolveTask
) -> tuple[SolveTask, Solve]:
    return task, solve(affordable)


def _batched(tasks: Sequence[SolveTask], size: int) -> Iterator[Sequence[SolveTask]]:
    """Yield consecutive parts of a sequence."""
    for start in range(0, len(tasks), size):
        yield tasks[start : start + size]
