"""Solving in a thread while the main one handles signals and shows progress."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pyscipopt

from coplug.errors import SolverError
from coplug.interruption import stop_signals
from coplug.scip.messages import captured_errors

STACK_BYTES = 64 << 20
"""SCIP recurses deeply; the default stack of a thread is small on some platforms."""

TICK_S = 0.1


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


def optimize_interruptibly(model: pyscipopt.Model, stop: Callable[[], bool] = bool) -> int | None:
    """Solve the model; Ctrl-C, SIGTERM or ``stop`` ends SCIP at its next check and keeps the incumbent.

    SCIP runs in another thread without the GIL, so a signal is seen at once, also in a long LP.

    Parameters
    ----------
    model : pyscipopt.Model
        The model; SCIP's own handling of Ctrl-C is switched off.
    stop : callable
        Asked about ten times a second while SCIP runs, and at least once, whether it shall end.

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
        worker = threading.Thread(target=work, name="coplug-scip")
        worker.start()
        threading.stack_size(previous)
        try:
            running = True
            while running:
                worker.join(TICK_S)
                running = worker.is_alive()
                if (stop() or signals.received) and running:
                    _interrupt(model)
        finally:  # whoever is called meanwhile may raise, and frees the model then
            while worker.is_alive():
                _interrupt(model)
                worker.join(TICK_S)
    if failure:
        raise failure[0]
    return signals.received or None


def _interrupt(model: pyscipopt.Model) -> None:
    with contextlib.suppress(Exception):  # refused in the moments before SCIP has transformed the problem
        model.interruptSolve()
