"""Entrants on the same instances and seeds in turn, on the CPU clock, as far as the time goes; every row is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from coplug.comparison.journal import read_runs, row_of, write_conditions, write_runs
from coplug.files import appending
from coplug.measurement import TIME_SHIFT_S, Conditions, Run, run_once
from coplug.tuning.field import Pair
from coplug.tuning.ledger import Allowance
from coplug.tuning.race import stays

SCIP, SETTINGS, POLICY = "scip", "settings", "policy"
"""Names of the entrants of a decision."""

LEAST_LEFT_S = 1.0


class Rows:
    """A CSV of runs, which goes on where it ended.

    Parameters
    ----------
    path : Path
    limit_s : float
        CPU seconds of a run.
    entrants : mapping of str to str
        What :func:`coplug.measurement.run_once` takes for each name.
    allowance : Allowance
    say : callable
        Told of each run.
    """

    def __init__(
        self,
        path: Path,
        limit_s: float,
        entrants: Mapping[str, str],
        allowance: Allowance,
        say: Callable[[Run], None],
    ) -> None:
        self._path = path
        self._conditions = Conditions("permuted", limit_s)
        self._entrants = entrants
        self._allowance = allowance
        self._say = say
        earlier = read_runs(path) if path.exists() else []
        self.runs = {(run.instance, run.seed, run.policy): run for run in earlier}
        write_runs(path, self.runs.values())
        write_conditions(self._conditions, path)

    @contextmanager
    def writing(self) -> Iterator[Callable[[str, Pair], Run | None]]:
        """Yield what returns the run of an entrant on a pair, None where the time does not suffice."""
        with appending(self._path) as append:

            def get(name: str, pair: Pair) -> Run | None:
                path, seed = pair
                key = (Path(path).name, seed, name)
                if key not in self.runs:
                    left_s = self._allowance.left_s
                    if left_s < LEAST_LEFT_S:
                        return None
                    limit_s = min(self._conditions.time_limit_s, left_s)
                    conditions = replace(self._conditions, time_limit_s=limit_s)
                    run = replace(run_once(conditions, path, seed, self._entrants[name]), policy=name)
                    if run.status == "timelimit" and limit_s < self._conditions.time_limit_s:
                        return None
                    append(row_of(run))
                    self.runs[key] = run
                    self._say(run)
                return self.runs[key]

            yield get


def choose(rows: Rows, names: Sequence[str], reference: str, pairs: Iterable[Pair]) -> str:
    """Race entrants against each other, and return the one with the least shifted mean time; "" if time ends at once.

    The reference never leaves; the others do as :func:`coplug.tuning.race.stays` says, against the best of all.
    """
    logs: dict[str, list[float]] = {name: [] for name in (reference, *names)}
    staying = list(logs)
    with rows.writing() as get:
        for pair in pairs:
            runs = {name: get(name, pair) for name in staying}
            if any(run is None for run in runs.values()):
                break
            for name, run in runs.items():
                assert run is not None
                logs[name].append(float(np.log(run.time_s + TIME_SHIFT_S)))
            best = min(staying, key=lambda name: float(np.mean(logs[name])))
            staying = [
                name
                for name in staying
                if name in (reference, best) or stays(list(np.subtract(logs[name], logs[best])))
            ]
            if staying == [reference]:
                break
    measured = [name for name in staying if logs[name]]
    return min(measured, key=lambda name: float(np.mean(logs[name])), default="")


def measure(rows: Rows, names: Sequence[str], pairs: Iterable[Pair], left_s: Callable[[], float]) -> None:
    """Run entrants on pairs in turn, whole pairs alone, as long as the next one is likely to fit."""
    spent: list[float] = []
    with rows.writing() as get:
        for pair in pairs:
            if spent and left_s() < float(np.mean(spent)):
                return
            before_s = left_s()
            if any(get(name, pair) is None for name in names):
                return
            spent.append(before_s - left_s())


def run_words(run: Run) -> str:
    """Return a run as a line."""
    return (
        f"{run.instance}  seed {run.seed}  {run.policy}: {run.status}, {run.time_s:.2f} s, {run.nodes} nodes"
    )
