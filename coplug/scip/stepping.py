"""Solving step by step: SCIP runs in a thread of its own and waits inside a callback for the next decision."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import Any

import pyscipopt

from coplug.errors import SolverError
from coplug.scip.interrupt import STACK_BYTES, solve_capturing_errors

MAX_PRIORITY = 536_870_911
"""The highest priority that SCIP accepts for a branching rule or a heuristic."""

BRANCHRULE_NAME = "coplug-stepping"
HEURISTIC_NAME = "coplug-stepping"

_JOIN_S = 0.02

_TIMING = pyscipopt.SCIP_HEURTIMING
_AFTER_NODE = _TIMING.AFTERLPNODE | _TIMING.AFTERPSEUDONODE
_RESULT = pyscipopt.SCIP_RESULT


class SteppedSolve:
    """One solve that stops at every decision and goes on when told how.

    The calling thread and SCIP's thread take turns: only one of them runs at any time, so the caller may read and
    change SCIP's state freely while the solve is paused. A turn costs two lock operations a side. The thread never
    holds up the end of the process, but it lives until SCIP's solve has ended: call :meth:`stop` before the model is
    freed.

    Parameters
    ----------
    model : pyscipopt.Model
        A model in stage PROBLEM, or later if it is not being solved. SCIP's own handling of Ctrl-C is switched off.

    Attributes
    ----------
    finished : bool
        Whether SCIP's solve has returned; true before :meth:`start` as well.
    """

    def __init__(self, model: pyscipopt.Model) -> None:
        self._model = model
        self._turn_of_solver = threading.Lock()
        self._turn_of_caller = threading.Lock()
        self._thread: threading.Thread | None = None
        self._failure: SolverError | None = None
        self._answer: int = _RESULT.DIDNOTRUN
        self._stopping = False
        self._process = os.getpid()
        self._included = False
        self.finished = True

    def pause_when_branching(self) -> None:
        """Pause at every node whose LP solution is fractional, before SCIP's own branching rules."""
        rule = _PausingBranchrule(self)
        self._include(
            self._model.includeBranchrule, rule, BRANCHRULE_NAME, "asks the caller", MAX_PRIORITY, -1, 1.0
        )

    def pause_after_nodes(
        self, depth_frequency: int = 1, depth_start: int = 0, depth_stop: int = -1
    ) -> pyscipopt.Heur:
        """Pause after nodes in a range of depths, as a primal heuristic of highest priority.

        Parameters
        ----------
        depth_frequency : int
            Depths ``depth_start + k * depth_frequency`` are paused at; -1 never pauses, 0 only at ``depth_start``.
        depth_start : int
        depth_stop : int
            Last depth, or -1 for no limit.

        Returns
        -------
        pyscipopt.Heur
            The heuristic, to be named as the source of solutions found meanwhile.
        """
        heuristic = _PausingHeuristic(self)
        self._include(
            self._model.includeHeur,
            heuristic,
            HEURISTIC_NAME,
            "asks the caller",
            "e",
            MAX_PRIORITY,
            depth_frequency,
            depth_start,
            depth_stop,
            _AFTER_NODE,
            False,
        )
        return heuristic

    def _include(self, include: Any, plugin: Any, *arguments: Any) -> None:
        try:
            include(plugin, *arguments)
        except Exception as error:  # PySCIPOpt raises bare exceptions of several types
            raise SolverError(
                "this model was already solved step by step; take a fresh copy of it (copy_orig)"
            ) from error
        self._included = True

    def start(self) -> bool:
        """Solve up to the first pause.

        Returns
        -------
        bool
            True if the solve is paused, False if it has ended.

        Raises
        ------
        SolverError
            If SCIP's solve ended with an error.
        """
        assert self._included
        assert self._thread is None
        self._model.setParam("misc/catchctrlc", False)
        self._turn_of_solver.acquire()
        self._turn_of_caller.acquire()
        self.finished = False
        previous = threading.stack_size(STACK_BYTES)
        # A daemon: the interpreter must not wait for it before the finalizers have run that end it.
        self._thread = threading.Thread(target=self._solve, name="coplug-stepping", daemon=True)
        try:
            self._thread.start()
        finally:
            threading.stack_size(previous)
        return self._wait()

    def resume(self, answer: int) -> bool:
        """Let SCIP go on with the callback's result ``answer`` (a ``SCIP_RESULT``); returns as :meth:`start`."""
        if self.finished:
            raise SolverError("the solve has ended; there is nothing to resume")
        self._answer = answer
        self._turn_of_solver.release()
        return self._wait()

    def stop(self) -> None:
        """End the solve where it is; SCIP keeps its incumbent. May be called at any time, also repeatedly."""
        thread = self._thread
        # After a fork there is no such thread here, and SCIP's data belongs to the parent.
        if thread is None or self._process != os.getpid():
            return
        self._stopping = True
        while thread.is_alive():
            self._interrupt()
            with contextlib.suppress(RuntimeError):  # it is the solver's turn already
                self._turn_of_solver.release()
            thread.join(_JOIN_S)
        self.finished = True

    def _wait(self) -> bool:
        try:
            self._turn_of_caller.acquire()
        except BaseException:  # Ctrl-C while SCIP runs
            self.stop()
            raise
        if self.finished:
            assert self._thread is not None
            self._thread.join()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return not self.finished

    def _interrupt(self) -> None:
        # SCIP refuses in the moments before it has transformed the problem.
        with contextlib.suppress(Exception):
            self._model.interruptSolve()

    def _solve(self) -> None:
        try:
            solve_capturing_errors(self._model)
        except SolverError as error:  # raised again in the calling thread
            self._failure = error
        self.finished = True
        with contextlib.suppress(RuntimeError):  # nobody waits while stop() joins
            self._turn_of_caller.release()

    def pause(self) -> dict[str, Any]:
        """Give the caller its turn; runs in SCIP's thread, in a callback, and returns that callback's result."""
        if not self._stopping:
            self._turn_of_caller.release()
            self._turn_of_solver.acquire()
        if self._stopping:
            self._interrupt()
            return {"result": _RESULT.DIDNOTRUN}
        return {"result": self._answer}


class _PausingBranchrule(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    def __init__(self, solve: SteppedSolve) -> None:
        self._solve = solve

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        return self._solve.pause()

    def branchexecps(self, allowaddcons: bool) -> dict[str, Any]:
        return {"result": _RESULT.DIDNOTRUN}

    def branchexecext(self, allowaddcons: bool) -> dict[str, Any]:
        return {"result": _RESULT.DIDNOTRUN}


class _PausingHeuristic(pyscipopt.Heur):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    def __init__(self, solve: SteppedSolve) -> None:
        self._solve = solve

    def heurexec(self, heurtiming: int, nodeinfeasible: bool) -> dict[str, Any]:
        return self._solve.pause()
