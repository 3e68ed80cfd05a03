"""Solving in a thread while the main one handles signals and shows progress."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pyscipopt

from coplug.errors import SolverError
from coplug.interruption import stop_signals
from coplug.scip.guest import Guest
from coplug.scip.lp_interrupt import LPWatch
from coplug.scip.messages import captured_errors

STACK_BYTES = 64 << 20
"""SCIP recurses deeply; the default stack of a thread is small on some platforms."""

TICK_S = 0.1

PATIENCE_S = 0.8
"""For a policy that has not returned when the solve is to end, and again after it was told to."""


def solve_capturing_errors(model: pyscipopt.Model) -> None:
    """Solve the model in this thread, without the GIL and without SCIP's error messages on the terminal.

    Raises
    ------
    SolverError
        If SCIP's solve ends with an error; the message is what SCIP printed first.
    """
    with captured_errors() as printed:
        try:
            model.optimizeNogil()
        except Exception as error:  # PySCIPOpt raises bare exceptions of several types
            raise SolverError(f"SCIP stopped with an internal error: {printed.summary()}") from error


def optimize_interruptibly(
    model: pyscipopt.Model, stop: Callable[[], bool] = bool, guest: Guest | None = None
) -> int | None:
    """Solve the model; Ctrl-C, SIGTERM or ``stop`` ends SCIP at its next check and keeps the incumbent.

    SCIP runs in another thread without the GIL, so a signal is seen at once. It and the time limit also end a long LP,
    see :mod:`coplug.scip.lp_interrupt`.

    Parameters
    ----------
    model : pyscipopt.Model
        The model; SCIP's own handling of Ctrl-C is switched off.
    stop : callable
        Asked about ten times a second while SCIP runs, and at least once, whether it shall end.
    guest : Guest, optional
        A policy's code. If it does not return when the solve is to end, SCIP may be left behind in its thread, see
        :class:`coplug.scip.guest.Guest`: then the model still says what was found, and is never freed.

    Returns
    -------
    int or None
        The signal that stopped the solve, if one did.

    Raises
    ------
    SolverError
        If SCIP's solve ends with an error.
    """
    model.setParam("misc/catchctrlc", False)
    failure: list[SolverError] = []

    def work() -> None:
        try:
            solve_capturing_errors(model)
        except SolverError as error:  # raised again in the calling thread
            failure.append(error)

    with stop_signals(insisting=False) as signals:
        previous = threading.stack_size(STACK_BYTES)
        # A daemon: the end of the process must not wait for one that is left behind.
        worker = threading.Thread(target=work, name="coplug-scip", daemon=True)
        watch = _Watch(model, worker, guest or Guest())
        worker.start()
        threading.stack_size(previous)
        try:
            stopped = stop()
            while watch.is_running():
                watch.look(stopped or bool(signals.received))
                stopped = stop()
        finally:  # whoever is called meanwhile may raise, and frees the model then
            while watch.is_running():
                watch.look(True)
            watch.close()
    if failure:
        raise failure[0]
    return signals.received or None


class _Watch:
    """Ends a solve in another thread."""

    def __init__(self, model: pyscipopt.Model, worker: threading.Thread, guest: Guest) -> None:
        self._model = model
        self._worker = worker
        self._guest = guest
        self._lp = LPWatch(model)
        self._overstayed = 0

    def is_running(self) -> bool:
        """Wait for a moment, and tell whether the solve goes on."""
        self._worker.join(TICK_S)
        return self._worker.is_alive() and not self._guest.left_behind

    def look(self, stopped: bool) -> None:
        """End the solve if it was stopped, the LP also if the time is over."""
        if stopped:
            interrupt(self._model)
            self._lp.interrupt()
        self._lp.look()
        self._look_at_guest(stopped)

    def _look_at_guest(self, stopped: bool) -> None:
        is_over = self._guest.is_inside and (stopped or self._lp.is_over())
        self._overstayed = self._overstayed + 1 if is_over else 0
        if self._overstayed * TICK_S > PATIENCE_S:
            self._guest.tell_to_leave()
        if self._overstayed * TICK_S > 2.0 * PATIENCE_S and self._guest.leave_behind():
            self._model.to_ptr(give_ownership=True)  # nobody frees what SCIP's thread still stands in

    def close(self) -> None:
        """Let what comes after the solve solve LPs again."""
        self._lp.close()


def interrupt(model: pyscipopt.Model) -> None:
    """Have a solve in another thread end at SCIP's next check."""
    # SCIP refuses in the moments before it has transformed the problem, and after the solve.
    with captured_errors(), contextlib.suppress(Exception):
        model.interruptSolve()
