"""Entrants on the same instances and seeds in turn, on the CPU clock, as far as the time goes; every row is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from coplug.comparison.journal import read_runs, row_of, write_conditions, write_runs
from coplug.files import appending
from coplug.measurement import TIME_SHIFT_S, Conditions, Run, run_once
from coplug.tuning.field import Pair
from coplug.tuning.ledger import Allowance
from coplug.tuning.race import stays, time_cap

SCIP, SETTINGS, POLICY, EARLIER = "scip", "settings", "policy", "earlier"
"""Names of the entrants of a decision; the last one is what an earlier round ships."""

LEAST_LEFT_S = 1.0


class Get(Protocol):
    """Returns the run of an entrant on a pair; see :meth:`Rows.writing`."""

    def __call__(self, name: str, pair: Pair, cap_s: float = math.inf) -> Run | None:
        """Return the run, None where the time does not suffice."""
        ...


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
        self.limit_s = limit_s
        earlier = read_runs(path) if path.exists() else []
        self.runs = {(run.instance, run.seed, run.policy): run for run in earlier}
        write_runs(path, self.runs.values())
        write_conditions(self._conditions, path)

    @contextmanager
    def writing(self) -> Iterator[Get]:
        """Yield what returns the run of an entrant on a pair, None where the time does not suffice.

        A run may be given a cap in CPU seconds, at which it has lost.
        """
        with appending(self._path) as append:

            def get(name: str, pair: Pair, cap_s: float = math.inf) -> Run | None:
                path, seed = pair
                key = (Path(path).name, seed, name)
                if key not in self.runs:
                    left_s, asked_s = self._allowance.left_s, min(self._conditions.time_limit_s, cap_s)
                    if left_s < LEAST_LEFT_S:
                        return None
                    conditions = replace(self._conditions, time_limit_s=min(asked_s, left_s))
                    run = replace(run_once(conditions, path, seed, self._entrants[name]), policy=name)
                    if run.status == "timelimit" and left_s < asked_s:
                        return None
                    append(row_of(run))
                    self.runs[key] = run
                    self._say(run)
                return self.runs[key]

            yield get


def choose(rows: Rows, names: Sequence[str], reference: str, pairs: Iterable[Pair]) -> str:
    """Race entrants against a reference, and return the one with the least shifted mean time; "" if time ends at once.

    On each pair the reference comes first. Who falls behind it, see :mod:`coplug.tuning.race`, leaves, and each is
    judged on the pairs that it has run.
    """
    differences: dict[str, list[float]] = {name: [] for name in names}
    staying, begun = list(names), False
    with rows.writing() as get:
        for pair in pairs:
            theirs = get(reference, pair) if staying else None
            if theirs is None:
                break
            begun = True
            for name in list(staying):
                mine = get(name, pair, time_cap(differences[name], theirs.time_s, rows.limit_s))
                if mine is None:
                    break
                differences[name].append(_log_time(mine) - _log_time(theirs))
                if (theirs.settled and not mine.settled) or not stays(differences[name]):
                    staying.remove(name)
    means = {name: float(np.mean(differences[name])) for name in staying if differences[name]}
    best = min(means, key=lambda name: means[name], default="")
    if best and means[best] < 0.0:
        return best
    return reference if begun else ""


def _log_time(run: Run) -> float:
    return float(np.log(run.time_s + TIME_SHIFT_S))


def measure(rows: Rows, names: Sequence[str], pairs: Iterable[Pair], left_s: Callable[[], float]) -> None:
    """Run entrants on pairs in turn, whole pairs alone, as long as the next one is likely to fit.

    As long as a typical one fits, that is: one pair of minutes among pairs of seconds does not end it.
    """
    spent: list[float] = []
    with rows.writing() as get:
        for pair in pairs:
            if spent and left_s() < float(np.percentile(spent, 50.0, method="lower")):
                return
            before_s = left_s()
            made = [run for name in names if (run := get(name, pair)) is not None]
            if len(made) < len(names):
                return
            kept_s = sum(run.time_s for run in made)  # runs that were kept cost nothing now
            spent.append(max(before_s - left_s(), kept_s))


def run_words(run: Run) -> str:
    """Return a run as a line."""
    return (
        f"{run.instance}  seed {run.seed}  {run.policy}: {run.status}, {run.time_s:.2f} s, {run.nodes} nodes"
    )
