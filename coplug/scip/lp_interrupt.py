"""Ending the LP that SCIP is solving, from another thread.

SCIP looks at its limits and at interrupts between two LPs, and the LP solver at the time only now and then, so one
large LP may go on for long. The LP solver looks at a flag in each iteration, though.
"""

from __future__ import annotations

import ctypes
import functools
import os
import time

import pyscipopt

from coplug.scip.library import load_library, scip_pointer
from coplug.scip.messages import captured_errors
from coplug.scip.settings import CPU_CLOCK
from coplug.scip.stage import Stage

GRACE_S = 0.3
"""SCIP's own looks at the clock come first."""

_HAS_LP = frozenset({Stage.Presolving, Stage.Presolved, Stage.InitSolve, Stage.Solving})


@functools.cache
def _library() -> ctypes.CDLL | None:
    """Return libscip if it is one whose functions are known, with those that end an LP."""
    found = load_library()
    if not found.usable:
        return None
    library = ctypes.CDLL(found.path)
    if not (hasattr(library, "SCIPgetLPI") and hasattr(library, "SCIPlpiInterrupt")):
        return None
    library.SCIPgetLPI.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]
    library.SCIPlpiInterrupt.argtypes = [ctypes.c_void_p, ctypes.c_uint]
    return library


def interrupt_lp(model: pyscipopt.Model, interrupted: bool = True) -> None:
    """End the LP that is being solved, or let LPs be solved again; nothing else of SCIP's state changes.

    Unlike ``SCIPinterruptLP`` it does not count as an interrupt by the user: after a time limit SCIP's status says so.

    Parameters
    ----------
    model : pyscipopt.Model
        Not freed meanwhile. Where SCIP has no LP, or is another version, nothing happens.
    interrupted : bool
    """
    library = _library()
    if library is None or model.getStage() not in _HAS_LP:
        return
    lpi = ctypes.c_void_p()
    with captured_errors():
        library.SCIPgetLPI(scip_pointer(model), ctypes.byref(lpi))
        if lpi.value is not None:
            library.SCIPlpiInterrupt(lpi, interrupted)


class LPWatch:
    """Keeps SCIP's time limit also inside an LP, for a thread that waits while another one solves a model.

    It has a clock of its own: while SCIP runs, no other thread may ask it for its time.

    Parameters
    ----------
    model : pyscipopt.Model
        About to be solved; not freed before :meth:`close`.
    """

    def __init__(self, model: pyscipopt.Model) -> None:
        self._model = model
        self._interrupted = False
        self._clock = _user_s if model.getParam("timing/clocktype") == CPU_CLOCK else time.monotonic
        goes_on = model.getStage() > Stage.Problem
        self._begin_s = self._clock() - (model.getSolvingTime() if goes_on else 0.0)

    def is_over(self) -> bool:
        """Tell whether SCIP's time limit was reached, with some time for SCIP to see it by itself."""
        limit_s = self._model.getParam("limits/time") + GRACE_S
        return bool(self._model.getParam("timing/enabled") and self._clock() - self._begin_s > limit_s)

    def look(self) -> None:
        """End the LP that is being solved if the time is over; to be called some times a second."""
        if self.is_over():
            self.interrupt()

    def interrupt(self) -> None:
        """End the LP that is being solved, as on Ctrl-C."""
        self._interrupted = True
        interrupt_lp(self._model)

    def close(self) -> None:
        """Let LPs be solved again, once the solve has ended; may be called repeatedly."""
        if self._interrupted:
            self._interrupted = False
            interrupt_lp(self._model, interrupted=False)


def _user_s() -> float:
    """Return the process's CPU seconds outside the kernel, which are what SCIP counts."""
    return os.times().user
