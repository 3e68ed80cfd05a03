"""Solving in a thread while the main one handles signals and shows progress."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

import pyscipopt

from coplug.errors import SolverError
from coplug.interruption import Interrupt, handlers
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


def optimize_interruptibly(model: pyscipopt.Model, tick: Callable[[], object] | None = None) -> int | None:
    """Solve the model; Ctrl-C or SIGTERM stops SCIP at its next check and keeps the incumbent.

    SCIP runs in another thread without the GIL, so a signal is seen at once, also in a long LP.

    Parameters
    ----------
    model : pyscipopt.Model
        The model; SCIP's own handling of Ctrl-C is switched off.
    tick : callable, optional
        Called about ten times a second while SCIP runs, and at least once.

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
    interrupt = Interrupt()
    failure: list[SolverError] = []

    def work() -> None:
        try:
            solve_capturing_errors(model)
        except SolverError as error:  # raised again in the calling thread
            failure.append(error)

    with handlers(interrupt):
        previous = threading.stack_size(STACK_BYTES)
        worker = threading.Thread(target=work, name="coplug-scip")
        worker.start()
        threading.stack_size(previous)
        running = True
        while running:
            worker.join(TICK_S)
            running = worker.is_alive()
            if interrupt.signal is not None:
                with contextlib.suppress(
                    Exception
                ):  # refused in the moments before SCIP has transformed the problem
                    model.interruptSolve()
            if tick is not None:
                tick()
    if failure:
        raise failure[0]
    return interrupt.signal
