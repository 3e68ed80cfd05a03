"""One run of a race, in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import deque
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import pyscipopt

from coplug.errors import CoplugError, SolverError, UnwrittenError, in_one_line
from coplug.scip.options import SolveOptions
from coplug.scip.problem import read_model
from coplug.scip.progress import Snapshot
from coplug.scip.race.exchange import Exchange
from coplug.scip.race.news import End, Ended, Failed, FromRun, Incumbent, Standing
from coplug.scip.race.portfolio import Runner
from coplug.scip.settings import settings_in_file
from coplug.scip.solve import ModelInstance, prepare, solve


@dataclass(frozen=True)
class Task:
    """What a run needs to begin.

    Attributes
    ----------
    path : Path
        Of the instance.
    options : SolveOptions
        This run's share of the race's.
    runner : Runner
    model : pyscipopt.Model or None
        The instance, read already, where the process is a copy of the one that read it; None where it has to read it.
    """

    path: Path
    options: SolveOptions
    runner: Runner
    model: pyscipopt.Model | None = None


def run(task: Task, connection: Connection, others: list[Connection]) -> None:
    """Solve, and say what is found on the way; the body of a process.

    It ends when it is told to, and when the race's own process is gone.

    Parameters
    ----------
    task : Task
    connection : Connection
        To the race's manager.
    others : list of Connection
        What this process has inherited, and nobody else shall wait for.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the manager ends the runs
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    try:
        race_along(task, connection)
    finally:
        connection.close()


def race_along(task: Task, connection: Connection) -> None:
    """Solve, and say what is found on the way, until the manager says to end or is gone."""
    _solve(task, _Channel(connection))


class _Channel:
    """The connection to the manager, whose end is an order to end.

    A thread of its own receives. So the manager can always send, also while this process waits until it can.

    Parameters
    ----------
    connection : Connection

    Attributes
    ----------
    offers : deque of Incumbent
        What came in; whoever reads takes it out.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._manager = os.getppid()
        self._is_ended = False
        self.offers: deque[Incumbent] = deque()
        threading.Thread(target=self._receive, name="coplug-race", daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether to end: the manager said so, or is gone."""
        return self._is_ended or os.getppid() != self._manager

    def send(self, message: FromRun) -> None:
        """Tell the manager something."""
        try:
            self._connection.send(message)
        except OSError:  # the manager is gone
            self._is_ended = True

    def _receive(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while not isinstance(message := self._connection.recv(), End):
                self.offers.append(message)
        self._is_ended = True


def _solve(task: Task, channel: _Channel) -> None:
    is_solving = False
    try:
        instance = _instance(task)
        exchange = Exchange(instance.model)
        history = instance.history = []
        is_solving = True
        report = solve(instance, task.options, None, lambda: _tick(channel, exchange, history))
    except UnwrittenError as error:
        channel.send(Ended(error.report, str(error)))
    except CoplugError as error:
        channel.send(Failed(error, is_solving))
    except Exception as error:  # whatever it is must be told, and not end the race
        channel.send(Failed(SolverError(in_one_line(error)), is_solving))
    else:
        _tick(channel, exchange, history)
        channel.send(Ended(report))


def _instance(task: Task) -> ModelInstance:
    model = read_model(task.path) if task.model is None else task.model
    options, runner = task.options, task.runner
    asked = frozenset(options.parameters)
    if options.settings_file is not None:
        asked |= settings_in_file(options.settings_file)
    runner.setting.apply(model, kept=sorted(asked & model.getParams().keys()))
    if not runner.has_policy:
        options = replace(options, policy=None)
    return ModelInstance(str(task.path), model, prepare(model, options), is_owned=True)


def _tick(channel: _Channel, exchange: Exchange, history: list[Snapshot]) -> bool:
    """Exchange news, some times a second; return whether to end."""
    while exchange.found:
        channel.send(exchange.found.popleft())
    if history:
        channel.send(Standing([history.pop(0) for _ in range(len(history))]))
    while channel.offers:
        exchange.offered.append(channel.offers.popleft())
    return channel.is_over
