"""Rewards that integrate SCIP's bounds over time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pyscipopt

from coplug.scip.rewards.arithmetic import RewardArithmetic
from coplug.scip.session import Session
from coplug.scip.stage import Stage

BoundFunction = Callable[[Any], tuple[float, float]]
"""Of a session, or of what a kind of session has besides."""

_EVENT = pyscipopt.SCIP_EVENTTYPE
_handler_numbers = itertools.count()


class _BoundTracker(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Integrates a function of the bounds, which it reads at new incumbents, after LPs, and at every extraction."""

    def __init__(
        self, model: Session, clock: Callable[[], float], height: Callable[[float, float], float]
    ) -> None:
        self._clock = clock
        self._height = height
        self._integral = 0.0
        self._time = clock()
        self._primal, self._dual = _bounds(model.solver)

    def eventinit(self) -> None:
        self.model.catchEvent(_EVENT.BESTSOLFOUND, self)
        self.model.catchEvent(_EVENT.LPEVENT, self)

    def eventexit(self) -> None:
        self.model.dropEvent(_EVENT.BESTSOLFOUND, self)
        self.model.dropEvent(_EVENT.LPEVENT, self)

    def eventexec(self, event: Any) -> None:
        self._advance()

    def _advance(self) -> None:
        now = self._clock()
        self._integral += self._height(self._primal, self._dual) * (now - self._time)
        self._time = now
        self._primal, self._dual = _bounds(self.model)

    def since_last_call(self) -> float:
        """Return the integral since the last call."""
        self._advance()
        integral, self._integral = self._integral, 0.0
        return integral


def _bounds(solver: pyscipopt.Model) -> tuple[float, float]:
    """Return the primal and the dual bound, in the problem's own sense, at any stage."""
    if Stage.Transformed <= solver.getStage() <= Stage.Solved:
        return solver.getPrimalbound(), solver.getDualbound()
    return solver.getObjlimit(), _worst(solver, dual=True)


def _worst(solver: pyscipopt.Model, dual: bool) -> float:
    """Return the bound that says nothing."""
    minimize = solver.getObjectiveSense() == "minimize"
    return float(-solver.infinity() if minimize == dual else solver.infinity())


class _BoundIntegral(RewardArithmetic):
    """What the three integrals share.

    Parameters
    ----------
    wall : bool
        Wall clock instead of the process's CPU time; both go on while the agent thinks.
    bound_function : callable, optional
        Called before every episode with the model in stage Problem; returns two numbers, see the classes.
    """

    def __init__(self, wall: bool = False, bound_function: BoundFunction | None = None) -> None:
        self._clock = time.perf_counter if wall else time.process_time
        self._bound_function = bound_function or self._default_bounds
        self._name = f"coplug-bound-integral-{next(_handler_numbers)}"
        self._tracker: _BoundTracker | None = None

    def before_reset(self, model: Session) -> None:
        """Start to follow the model's bounds."""
        first, second = self._bound_function(model)
        minimize = model.solver.getObjectiveSense() == "minimize"
        self._tracker = _BoundTracker(model, self._clock, self._height(first, second, minimize))
        model.solver.includeEventhdlr(self._tracker, self._name, "integrates bounds over time")

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the integral since the last call, in units of the objective times seconds."""
        if self._tracker is None:
            raise ValueError(
                f"{self!r} was asked for a reward before its before_reset; reset the environment first"
            )
        return self._tracker.since_last_call()

    @staticmethod
    def _default_bounds(model: Session) -> tuple[float, float]:
        raise NotImplementedError

    @staticmethod
    def _height(first: float, second: float, minimize: bool) -> Callable[[float, float], float]:
        """Return the integrand as a function of the primal and the dual bound."""
        raise NotImplementedError


class PrimalIntegral(_BoundIntegral):
    """Integral over time of the primal bound above an offset.

    ``bound_function`` returns ``(offset, initial_primal_bound)``, by default ``(0, infinity)``; the initial bound
    stands until the incumbent is better. For a maximization, the integrand is the offset less the bound.
    """

    @staticmethod
    def _default_bounds(model: Session) -> tuple[float, float]:
        return 0.0, _worst(model.solver, dual=False)

    @staticmethod
    def _height(first: float, second: float, minimize: bool) -> Callable[[float, float], float]:
        if minimize:
            return lambda primal, dual: min(primal, second) - first
        return lambda primal, dual: first - max(primal, second)


class DualIntegral(_BoundIntegral):
    """Integral over time of an offset less the dual bound.

    ``bound_function`` returns ``(offset, initial_dual_bound)``, by default ``(0, -infinity)``; the initial bound stands
    until SCIP's is better. For a maximization, the integrand is the bound less the offset.
    """

    @staticmethod
    def _default_bounds(model: Session) -> tuple[float, float]:
        return 0.0, _worst(model.solver, dual=True)

    @staticmethod
    def _height(first: float, second: float, minimize: bool) -> Callable[[float, float], float]:
        if minimize:
            return lambda primal, dual: first - max(dual, second)
        return lambda primal, dual: min(dual, second) - first


class PrimalDualIntegral(_BoundIntegral):
    """Integral over time of the distance between primal and dual bound.

    ``bound_function`` returns ``(initial_primal_bound, initial_dual_bound)``, by default both infinite; they stand
    until SCIP's are better.
    """

    @staticmethod
    def _default_bounds(model: Session) -> tuple[float, float]:
        return _worst(model.solver, dual=False), _worst(model.solver, dual=True)

    @staticmethod
    def _height(first: float, second: float, minimize: bool) -> Callable[[float, float], float]:
        if minimize:
            return lambda primal, dual: min(primal, first) - max(dual, second)
        return lambda primal, dual: min(dual, second) - max(primal, first)
