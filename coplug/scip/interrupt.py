"""Solving in a thread while the main one handles signals and shows progress."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import pyscipopt

from coplug.errors import SolverError
from coplug.scip.messages import captured_errors

STACK_BYTES = 64 << 20
"""SCIP recurses deeply; the default stack of a thread is small on some platforms."""

TICK_S = 0.1


class _Interrupt:
    """Remembers the first signal that asked to stop."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.signal = self.signal or number


@contextlib.contextmanager
def _handlers(interrupt: _Interrupt) -> Iterator[None]:
    """Install the handler for Ctrl-C and SIGTERM; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


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


def optimize_interruptibly(model: pyscipopt.Model, tick: Callable[[], None] | None = None) -> int | None:
    """Solve the model; Ctrl-C or SIGTERM stops SCIP at its next check and keeps the incumbent.

    SCIP runs in another thread without the GIL, so a signal is seen at once, also in a long LP.

    Parameters
    ----------
    model : pyscipopt.Model
        The model; SCIP's own handling of Ctrl-C is switched off.
    tick : callable, optional
        Called about ten times a second while SCIP runs.

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
    interrupt = _Interrupt()
    failure: list[SolverError] = []

    def work() -> None:
        try:
            solve_capturing_errors(model)
        except SolverError as error:  # raised again in the calling thread
            failure.append(error)

    with _handlers(interrupt):
        previous = threading.stack_size(STACK_BYTES)
        worker = threading.Thread(target=work, name="coplug-scip")
        worker.start()
        threading.stack_size(previous)
        while worker.is_alive():
            worker.join(TICK_S)
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
