"""Rewards that count what SCIP did since the last state."""

from __future__ import annotations

import time

from coplug.scip.rewards.arithmetic import RewardArithmetic
from coplug.scip.session import Session
from coplug.scip.stage import Stage

_WITH_LP = {Stage.Presolving, Stage.Presolved, Stage.Solving, Stage.Solved}


class IsDone(RewardArithmetic):
    """1 on a terminal state, 0 elsewhere."""

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> float:
        """Return 1.0 if ``done``, else 0.0."""
        return 1.0 if done else 0.0


class LpIterations(RewardArithmetic):
    """Simplex and barrier iterations since the last state."""

    def __init__(self) -> None:
        self._last = 0

    def before_reset(self, model: Session) -> None:
        """Count from zero."""
        self._last = 0

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the number of iterations since the last call."""
        now = model.solver.getNLPIterations() if model.stage in _WITH_LP else 0
        difference, self._last = now - self._last, now
        return float(difference)


class NNodes(RewardArithmetic):
    """Nodes of the search tree processed since the last state, over all restarts."""

    def __init__(self) -> None:
        self._last = 0

    def before_reset(self, model: Session) -> None:
        """Count from zero."""
        self._last = 0

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the number of nodes since the last call."""
        now = model.solver.getNTotalNodes()
        difference, self._last = now - self._last, now
        return float(difference)


class SolvingTime(RewardArithmetic):
    """Seconds since the last state, with the time that the agent takes.

    Parameters
    ----------
    wall : bool
        Wall clock instead of the process's CPU time.
    """

    def __init__(self, wall: bool = False) -> None:
        self._clock = time.perf_counter if wall else time.process_time
        self._last = 0.0

    def before_reset(self, model: Session) -> None:
        """Start the clock."""
        self._last = self._clock()

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the seconds since the last call."""
        now = self._clock()
        difference, self._last = now - self._last, now
        return difference
