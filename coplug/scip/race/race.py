"""The manager of a race: starts the runs, passes solutions on, and takes the first proof."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import pickle
import sys
import time
import warnings
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import pyscipopt

from coplug.errors import CoplugError, PolicyError, SolverError, UnwrittenError, UsageError, in_one_line
from coplug.parallel import LOCAL
from coplug.report import OnProgress, Report, Stop
from coplug.scip.messages import free
from coplug.scip.options import SolveOptions
from coplug.scip.problem import read_model
from coplug.scip.race.cluster import Cluster
from coplug.scip.race.handles import Afar, Handle, Local
from coplug.scip.race.news import End, Ended, Failed, FromRun, Incumbent, Standing
from coplug.scip.race.outcome import Best, Outcome, progress_of, report_of
from coplug.scip.race.portfolio import Runner, line_up
from coplug.scip.race.run import Task, run
from coplug.scip.settings import LARGEST_SEED

logger = logging.getLogger(__name__)

NAME = "coplug-race"
"""Of its processes, with their numbers."""

TICK_S = 0.1

LAST_WORDS_S = 0.2
"""For the others once the race is decided: what they still say is only for the record."""

PATIENCE_S = 4.0
"""For runs that were told to end, or whose time is over: a policy or a long LP may hold them up."""

START_METHOD = "fork" if sys.platform == "linux" else "spawn"
"""A copy of this process has the instance, the policy and all kernels at once; elsewhere copies are not safe."""


_NO_PICKLE = (pickle.PicklingError, TypeError, AttributeError)


@dataclass
class RaceInstance:
    """An instance that several processes are to solve.

    Attributes
    ----------
    path : Path
    model : pyscipopt.Model
        As it was read; not solved itself.
    keeps_history : bool
        Whether the bounds over time are kept.
    outcomes : list of Outcome
        Filled by the race, one a run.
    """

    path: Path
    model: pyscipopt.Model
    keeps_history: bool = False
    outcomes: list[Outcome] = field(default_factory=list)

    def watch(self) -> None:
        """Have the bounds of all runs recorded."""
        self.keeps_history = True

    def picture(self, report: Report, path: Path) -> None:
        """Draw the bounds of all runs over time; see :func:`coplug.scip.race.picture.draw_race`."""
        from coplug.scip.race.picture import draw_race

        draw_race(self.outcomes, report, path)


def read_race(path: Path, options: SolveOptions) -> RaceInstance:
    """Read the instance of a race.

    Raises
    ------
    CoplugError
        If the file cannot be used.
    """
    cores = os.cpu_count() or 1
    if not options.address and options.race is not None and options.race > cores:
        logger.warning("--race %d on %d cores: the runs slow each other down", options.race, cores)
    return RaceInstance(path, read_model(path))


def race(
    instance: RaceInstance,
    options: SolveOptions,
    progress: OnProgress | None = None,
    stop: Stop = bool,
    start_method: str = START_METHOD,
) -> Report:
    """Solve an instance in several processes under different settings; the first proof ends all.

    Better solutions are passed on to all runs. The time limit is that of the whole, and the memory limit is shared. A
    process that dies is named, and the others go on. The instance's model is freed.

    Parameters
    ----------
    instance : RaceInstance
    options : SolveOptions
        With ``race``, the number of runs.
    progress : callable, optional
        Called about ten times a second.
    stop : callable
        Asked as often whether to stop.
    start_method : str
        Of the processes, see :mod:`multiprocessing`.

    Raises
    ------
    CoplugError
        If the user's files or options cannot be used, the policy fails under ``strict``, or no run is left.
    UnwrittenError
        If the log, the statistics or the tree of a run cannot be written; it has the report.
    UsageError
        If the policy cannot be sent to another process.
    """
    try:
        manager = _Manager(instance, options)
        try:
            manager.start(start_method, stop)
            manager.follow(progress, stop)
        finally:
            manager.end(0.0)
            manager.leave_cluster()
        report = report_of(instance.outcomes, manager.best, instance.model, options, manager.elapsed_s())
    finally:
        free(instance.model)
    report = replace(report, instance=str(instance.path))
    if faults := [outcome.fault for outcome in instance.outcomes if outcome.fault]:
        raise UnwrittenError("; ".join(faults), report)
    return report


class _Manager:
    """Starts and follows the processes of a race.

    Parameters
    ----------
    instance : RaceInstance
    options : SolveOptions

    Attributes
    ----------
    best : Best
    """

    def __init__(self, instance: RaceInstance, options: SolveOptions) -> None:
        self._begin_s = time.monotonic()
        self._instance = instance
        self._options = options
        self._running: dict[Connection, tuple[Handle, Outcome]] = {}
        self._cluster = Cluster(options.workers()) if options.address else None
        self._awaited: dict[int, Outcome] = {}
        self.best = Best("min" if instance.model.getObjectiveSense() == "minimize" else "max")

    def elapsed_s(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._begin_s

    def start(self, start_method: str, stop: Stop) -> None:
        """Start the runs, fewer where the race is decided or stopped before all have begun.

        Raises
        ------
        UsageError
            If the policy cannot be sent to another process.
        """
        outcomes = self._instance.outcomes
        for number, runner in enumerate(line_up(self._options.race or 1), 1):
            outcomes.append(Outcome(number, runner))
        if self._cluster is not None:
            tasks = [(one.number, self._task(one)) for one in outcomes]
            for _, task in tasks:
                _check_pickle(task)
            self._cluster.start(tasks)
            self._awaited = {one.number: one for one in outcomes}
            return
        context = multiprocessing.get_context(start_method)
        for outcome in outcomes:
            ours, theirs = context.Pipe()
            is_copy = start_method == "fork"
            task = replace(self._task(outcome), model=self._instance.model if is_copy else None)
            process = context.Process(  # type: ignore[attr-defined] # typeshed has it on the subclasses only
                target=run,
                args=(task, theirs, [*self._running, ours] if is_copy else []),
                name=f"{NAME}-{outcome.number}",
                daemon=True,
            )
            _start(process, outcome.runner)
            theirs.close()
            self._running[ours] = (Local(process), outcome)
            self._listen(0.0)
            if self._is_decided() or stop() or self._is_late(None):
                return

    def follow(self, progress: OnProgress | None, stop: Stop) -> None:
        """Pass news on until the race is decided, or all runs have ended."""
        told_s: float | None = None
        while self._running or self._awaited:
            self._listen(TICK_S)
            self._welcome()
            if self._is_decided():
                break
            if progress is not None:
                progress(progress_of(self._instance.outcomes, self.best, self.elapsed_s()))
            if stop() and told_s is None:
                told_s = self.elapsed_s()
                self._tell_end()
            if self._is_late(told_s):
                break
        self.end(LAST_WORDS_S)

    def end(self, patience_s: float) -> None:
        """End all runs, the slow ones by force; those of a cluster when they notice that nobody listens."""
        self._tell_end()
        until_s = time.monotonic() + patience_s
        while self._running and (left_s := until_s - time.monotonic()) > 0.0:
            self._listen(min(left_s, TICK_S))
        for connection, (handle, _) in self._running.items():
            handle.kill()
            connection.close()
        self._running.clear()

    def leave_cluster(self) -> None:
        """Wait a while until the workers know that the race is over."""
        if self._cluster is not None:
            self._cluster.leave(PATIENCE_S)

    def _tell_end(self) -> None:
        if self._cluster is not None:
            self._cluster.close()
            self._awaited.clear()
        self._tell_all(End())

    def _task(self, outcome: Outcome) -> Task:
        return Task(self._instance.path, self._share(outcome), outcome.runner)

    def _share(self, outcome: Outcome) -> SolveOptions:
        """Return a run's part of the options."""
        options = self._options
        limit_s, memory_mb, count = options.time_limit_s, options.memory_limit_mb, options.race or 1
        number, looks_early = outcome.number, outcome.runner.looks_early
        return replace(
            options,
            race=None,
            backend=LOCAL,
            address="",
            early_solutions=options.early_solutions or looks_early,
            local_mip=options.local_mip and (looks_early or count == 1),
            seed=(options.seed + outcome.runner.seed_shift) % (LARGEST_SEED + 1),
            time_limit_s=None if limit_s is None else max(0.0, limit_s - self.elapsed_s()),
            memory_limit_mb=None if memory_mb is None else memory_mb / count,
            log=_numbered(options.log, number),
            statistics=_numbered(options.statistics, number),
            tree=_numbered(options.tree, number),
        )

    def _listen(self, timeout_s: float) -> None:
        """Take what the runs have to say, once one has or the time is over."""
        if not self._running:
            time.sleep(timeout_s)
        for connection in wait([*self._running], timeout_s):
            assert isinstance(connection, Connection)
            handle, outcome = self._running[connection]
            try:
                self._take(connection.recv(), connection, outcome)
            except (EOFError, OSError):
                self._lose(connection, handle, outcome)

    def _welcome(self) -> None:
        """Take in the runs that have begun on a cluster."""
        while self._cluster is not None and self._awaited and not self._cluster.arrivals.empty():
            number, arrived = self._cluster.arrivals.get()
            outcome = self._awaited.pop(number, None)
            if outcome is None:  # it has begun, and its failure was heard otherwise
                continue
            if isinstance(arrived, CoplugError):
                outcome.failure = arrived  # told in the end, once where it is the same of all runs
            else:
                self._running[arrived] = (Afar(), outcome)
                if self.best.values is not None and self.best.objective is not None:
                    with contextlib.suppress(OSError):  # it has just ended, as will be heard
                        arrived.send(Incumbent(self.best.objective, self.best.values))

    def _take(self, news: FromRun, connection: Connection, outcome: Outcome) -> None:
        match news:
            case Standing(snapshots):
                kept = outcome.snapshots if self._instance.keeps_history else []
                outcome.snapshots = kept + snapshots
            case Incumbent(objective, values):
                if self.best.take(objective, values, outcome, self.elapsed_s()):
                    self._tell_all(news, besides=connection)
            case Ended(report, fault):
                outcome.report, outcome.fault = report, fault
                self.best.take(report.objective, None, outcome, self.elapsed_s())
            case Failed(error):
                outcome.failure = error
                if isinstance(error, PolicyError) or not news.was_solving:
                    raise error

    def _lose(self, connection: Connection, handle: Handle, outcome: Outcome) -> None:
        """Note that a run has ended, as it should or not."""
        how = handle.how_ended()
        connection.close()
        del self._running[connection]
        if outcome.report is None and outcome.failure is None:
            outcome.failure = SolverError(how)
            others = "; the others go on" if self._running else ""
            logger.warning("%s: %s%s", outcome.title, outcome.failure, others)

    def _tell_all(self, news: Incumbent | End, besides: Connection | None = None) -> None:
        for connection in self._running:
            if connection is not besides:
                with contextlib.suppress(OSError):  # it has just ended, as will be heard
                    connection.send(news)

    def _is_decided(self) -> bool:
        outcomes = self._instance.outcomes
        gap = self.best.gap(outcomes)
        return any(outcome.is_settled for outcome in outcomes) or (
            gap is not None and gap <= (self._options.gap or 0.0)
        )

    def _is_late(self, told_s: float | None) -> bool:
        limit_s = self._options.time_limit_s
        ends_s = [end for end in (limit_s, told_s) if end is not None]
        return bool(ends_s) and self.elapsed_s() > min(ends_s) + PATIENCE_S


def _start(process: BaseProcess, runner: Runner) -> None:
    with warnings.catch_warnings():
        # Python warns of threads, which the numerical libraries of this process have; the copy uses none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            process.start()
        except _NO_PICKLE as error:
            raise _unsendable(runner, error) from error


def _check_pickle(task: Task) -> None:
    try:
        pickle.dumps(task)
    except _NO_PICKLE as error:
        raise _unsendable(task.runner, error) from error


def _unsendable(runner: Runner, error: Exception) -> UsageError:
    return UsageError(
        f"--race: {runner.name}: the policy cannot be sent to another process ({in_one_line(error)}); "
        "give its name, its folder or package:object"
    )


def _numbered(path: Path | None, number: int) -> Path | None:
    """Return the output of a run: ``solve.log`` is ``solve.2.log`` for the second."""
    return None if path is None else path.with_name(f"{path.stem}.{number}{path.suffix}")
