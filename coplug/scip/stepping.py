"""Solving step by step: SCIP runs in a thread of its own and waits inside a callback for the next decision."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass
from typing import Any, Literal

import pyscipopt

from coplug.errors import SolverError
from coplug.scip.first_lp import has_lp_optimum
from coplug.scip.interrupt import STACK_BYTES, TICK_S, interrupt, solve_capturing_errors
from coplug.scip.lp_interrupt import LPWatch
from coplug.scip.messages import captured_errors

MAX_PRIORITY = 536_870_911
"""The highest priority that SCIP accepts for a branching rule or a heuristic."""

BRANCHRULE_NAME = "coplug-stepping"
HEURISTIC_NAME = "coplug-stepping"

_JOIN_S = 0.02

_TIMING = pyscipopt.SCIP_HEURTIMING
AFTER_NODE: int = _TIMING.AFTERLPNODE | _TIMING.AFTERPSEUDONODE
"""When a heuristic is called after every node, whether its LP was solved or not."""

_RESULT = pyscipopt.SCIP_RESULT

Candidates = Literal["lp", "external", "pseudo"]
"""What a branching rule is called for: a fractional LP solution, external candidates, a node without LP solution."""


@dataclass(frozen=True)
class BranchingPause:
    """A pause in a branching rule.

    Attributes
    ----------
    candidates : Candidates
        What the rule was called for.
    allow_add_constraints : bool
        Whether the rule may add constraints instead of branching.
    """

    candidates: Candidates
    allow_add_constraints: bool


@dataclass(frozen=True)
class HeuristicPause:
    """A pause in a primal heuristic.

    Attributes
    ----------
    timing : int
        Of ``pyscipopt.SCIP_HEURTIMING``, the point of the solve at which the heuristic was called.
    node_infeasible : bool
        Whether the node was found infeasible.
    """

    timing: int
    node_infeasible: bool


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
    paused_in : BranchingPause, HeuristicPause or None
        Where the solve is paused, None before the first pause and at the end.
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
        self._n_included = 0
        self.finished = True
        self.paused_in: BranchingPause | HeuristicPause | None = None

    def pause_when_branching(
        self,
        candidates: tuple[Candidates, ...] = ("lp",),
        priority: int = MAX_PRIORITY,
        max_depth: int = -1,
        max_bound_distance: float = 1.0,
    ) -> None:
        """Pause when SCIP is about to branch, by default at every node whose LP has a fractional optimum.

        Parameters
        ----------
        candidates : tuple of Candidates
            What to pause for.
        priority : int
            Among the branching rules; the default comes before SCIP's own.
        max_depth : int
            Deepest nodes that are paused at, or -1 for no limit.
        max_bound_distance : float
            In 0..1: how far a node's bound may be from the best one, relative to the gap.
        """
        rule = _PausingBranchrule(self, candidates)
        self._include(
            self._model.includeBranchrule, rule, BRANCHRULE_NAME, priority, max_depth, max_bound_distance
        )

    def pause_after_nodes(
        self,
        depth_frequency: int = 1,
        depth_start: int = 0,
        depth_stop: int = -1,
        priority: int = MAX_PRIORITY,
        timing: int = AFTER_NODE,
    ) -> pyscipopt.Heur:
        """Pause after nodes in a range of depths, as a primal heuristic.

        Parameters
        ----------
        depth_frequency : int
            Depths ``depth_start + k * depth_frequency`` are paused at; -1 never pauses, 0 only at ``depth_start``.
        depth_start : int
        depth_stop : int
            Last depth, or -1 for no limit.
        priority : int
            Among the heuristics; the default comes first.
        timing : int
            When to pause, of ``pyscipopt.SCIP_HEURTIMING``; by default after nodes.

        Returns
        -------
        pyscipopt.Heur
            The heuristic, to be named as the source of solutions found meanwhile.
        """
        heuristic = _PausingHeuristic(self)
        depths = (depth_frequency, depth_start, depth_stop)
        self._include(
            self._model.includeHeur, heuristic, HEURISTIC_NAME, "e", priority, *depths, timing, False
        )
        return heuristic

    def _include(self, include: Any, plugin: Any, name: str, *arguments: Any) -> None:
        number = f"-{self._n_included + 1}" if self._n_included else ""
        try:
            with captured_errors():
                include(plugin, name + number, "asks the caller", *arguments)
        except Exception as error:  # PySCIPOpt raises bare exceptions of several types
            raise SolverError(
                "this model was already solved step by step; take a fresh copy of it (copy_orig)"
            ) from error
        self._n_included += 1

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
        assert self._thread is None
        self._model.setParam("misc/catchctrlc", False)
        self._lp = LPWatch(self._model)
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
            interrupt(self._model)
            self._lp.interrupt()
            with contextlib.suppress(RuntimeError):  # it is the solver's turn already
                self._turn_of_solver.release()
            thread.join(_JOIN_S)
        self._lp.close()
        self.finished = True

    def _wait(self) -> bool:
        try:
            while not self._turn_of_caller.acquire(timeout=TICK_S):
                self._lp.look()
        except BaseException:  # Ctrl-C while SCIP runs
            self.stop()
            raise
        if self.finished:
            assert self._thread is not None
            self._thread.join()
            self._lp.close()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        return not self.finished

    def _solve(self) -> None:
        try:
            solve_capturing_errors(self._model)
        except SolverError as error:  # raised again in the calling thread
            self._failure = error
        self.finished, self.paused_in = True, None
        with contextlib.suppress(RuntimeError):  # nobody waits while stop() joins
            self._turn_of_caller.release()

    def pause(self, place: BranchingPause | HeuristicPause) -> dict[str, Any]:
        """Give the caller its turn; runs in SCIP's thread, in a callback, and returns that callback's result."""
        if not self._stopping:
            self.paused_in = place
            self._turn_of_caller.release()
            self._turn_of_solver.acquire()
        if self._stopping:
            interrupt(self._model)
            return {"result": _RESULT.DIDNOTRUN}
        return {"result": self._answer}


class _PausingBranchrule(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    def __init__(self, solve: SteppedSolve, candidates: tuple[Candidates, ...]) -> None:
        self._solve = solve
        self._candidates = candidates

    def _pause(self, candidates: Candidates, allow_add_constraints: bool) -> dict[str, Any]:
        if candidates not in self._candidates:
            return {"result": _RESULT.DIDNOTRUN}
        return self._solve.pause(BranchingPause(candidates, bool(allow_add_constraints)))

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        # SCIP loses solutions where infinite values of an unbounded LP are branched on.
        if not has_lp_optimum(self.model):
            return {"result": _RESULT.DIDNOTRUN}
        return self._pause("lp", allowaddcons)

    def branchexecps(self, allowaddcons: bool) -> dict[str, Any]:
        return self._pause("pseudo", allowaddcons)

    def branchexecext(self, allowaddcons: bool) -> dict[str, Any]:
        return self._pause("external", allowaddcons)


class _PausingHeuristic(pyscipopt.Heur):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    def __init__(self, solve: SteppedSolve) -> None:
        self._solve = solve

    def heurexec(self, heurtiming: int, nodeinfeasible: bool) -> dict[str, Any]:
        return self._solve.pause(HeuristicPause(int(heurtiming), bool(nodeinfeasible)))
