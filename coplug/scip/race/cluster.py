"""Runs of a race on a cluster: they call back to the manager, over connections that a secret of the race opens."""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path

from coplug.errors import CoplugError, SolverError, in_one_line
from coplug.parallel import Workers, run_unordered
from coplug.parallel.address import host_of
from coplug.scip.race.run import Task, race_along

_IDLE_S, _INTERVAL_S, _PROBES = 30, 10, 3
"""A machine that vanishes says nothing: after so much silence it is asked, so often, at these intervals."""

_NAME = "coplug-race-cluster"

Arrival = tuple[int, "Connection | CoplugError"]
"""The number of a run, and how to talk to it, or why it did not begin."""


_Call = tuple[int, Task, tuple[str, int], bytes]
"""The arguments of :func:`run_afar`."""


class Cluster:
    """The cluster's part of a race.

    Tasks wait where the cluster has fewer workers than the race has runs. A run that is lost is not begun again: the
    cluster may repeat the call, which then finds nobody at home.

    Parameters
    ----------
    workers : Workers
        With a backend that is a cluster.

    Attributes
    ----------
    arrivals : queue of (int, Connection or CoplugError)
        Filled as runs begin, or fail to, by threads.
    address : (str, int)
        Host and port at which runs call.
    """

    def __init__(self, workers: Workers) -> None:
        self.arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._workers = workers
        self._key = secrets.token_bytes(32)
        self._listener = Listener((_own_address(workers.address), 0), authkey=self._key)
        self.address: tuple[str, int] = self._listener.address
        self._is_closed = False
        self._threads: list[threading.Thread] = []

    def start(self, tasks: Sequence[tuple[int, Task]]) -> None:
        """Hand the runs of a race to the cluster."""
        calls = [(number, _absolute(task), self.address, self._key) for number, task in tasks]
        for work in (self._listen, self._follow):
            self._threads.append(threading.Thread(target=work, args=(calls,), name=_NAME, daemon=True))
            self._threads[-1].start()

    def close(self) -> None:
        """Wait for no further runs; those that begin later end at once."""
        if not self._is_closed:
            self._is_closed = True
            try:  # the thread that listens has to wake up
                socket.create_connection(self.address).close()
            except OSError:  # it has ended
                return

    def leave(self, patience_s: float) -> None:
        """Hang up on runs that nobody has taken from :attr:`arrivals`, and wait a while for all to end.

        So the connection to the cluster ends, too.
        """
        until_s = time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))
            while not self.arrivals.empty():
                _, arrived = self.arrivals.get()
                if isinstance(arrived, Connection):
                    arrived.close()

    def _listen(self, calls: Sequence[_Call]) -> None:
        left = {number for number, *_ in calls}
        with self._listener:
            while left and not self._is_closed:
                try:
                    connection = self._listener.accept()
                    number = connection.recv()
                except (OSError, EOFError, AuthenticationError):  # a stranger, or a run that has ended again
                    continue
                if self._is_closed or number not in left:  # too late, or repeated by the cluster
                    connection.close()
                    continue
                left.remove(number)
                _keep_alive(connection)
                self.arrivals.put((number, connection))

    def _follow(self, calls: Sequence[_Call]) -> None:
        left = {number for number, *_ in calls}
        try:
            for number, reason in run_unordered(run_afar, calls, replace(self._workers, jobs=len(calls))):
                left.discard(number)
                if reason:
                    self.arrivals.put((number, SolverError(reason)))
        except CoplugError as error:
            failure = error
        except Exception as error:  # such as of a policy that its worker cannot import
            failure = SolverError(in_one_line(error))
        else:
            return
        for number in left:
            self.arrivals.put((number, failure))


def run_afar(number: int, task: Task, address: tuple[str, int], key: bytes) -> tuple[int, str]:
    """Solve, on a worker of a cluster, and tell the manager at an address.

    Parameters
    ----------
    number : int
        Of the run.
    task : Task
    address : (str, int)
        Host and port of the manager.
    key : bytes
        The race's secret, with which both sides show that they belong to it.

    Returns
    -------
    (int, str)
        The number, and why the run could not begin; empty where it began.
    """
    try:
        connection = Client(address, authkey=key)
        _keep_alive(connection)
        connection.send(number)
    except (OSError, EOFError, AuthenticationError) as error:
        host, port = address
        return number, f"its worker cannot reach this machine at {host}:{port} ({in_one_line(error)})"
    try:
        race_along(task, connection)
    finally:
        # Not closed: the thread that receives reads from it until this wakes it up. It is the last to hold it.
        with _socket_of(connection) as line, contextlib.suppress(OSError):  # the manager has hung up first
            line.shutdown(socket.SHUT_RDWR)
    return number, ""


def _own_address(cluster: str) -> str:
    """Return this machine's address as the cluster sees it."""
    host = host_of(cluster)
    if host is None:  # Ray's auto: this machine belongs to the cluster
        return socket.gethostbyname(socket.gethostname())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((host, 9))  # nothing is sent: it chooses the way out
        return str(probe.getsockname()[0])


def _absolute(task: Task) -> Task:
    """Return a task whose files are found from any folder."""
    options = task.options
    options = replace(
        options,
        settings_file=_from_root(options.settings_file),
        start=_from_root(options.start),
        log=_from_root(options.log),
        statistics=_from_root(options.statistics),
        tree=_from_root(options.tree),
    )
    return replace(task, path=task.path.absolute(), options=options)


def _from_root(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()


def _socket_of(connection: Connection) -> socket.socket:
    return socket.socket(fileno=os.dup(connection.fileno()))


def _keep_alive(connection: Connection) -> None:
    with _socket_of(connection) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (
            ("TCP_KEEPIDLE", _IDLE_S),
            ("TCP_KEEPINTVL", _INTERVAL_S),
            ("TCP_KEEPCNT", _PROBES),
        ):
            if hasattr(socket, option):
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
