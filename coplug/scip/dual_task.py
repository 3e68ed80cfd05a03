"""The dual task of the ML4CO competition: how fast the dual bound rises once branching begins.

Source: Gasse et al., The Machine Learning for Combinatorial Optimization Competition (2022), section 2, and the task
description in ``ds4dm/ml4co-competition``: primal heuristics and restarts are off, and both the time limit and the
integral count from the first branching decision.
"""

from __future__ import annotations

from typing import Any

import pyscipopt

from coplug.scip.branching import PRIORITY

_BOUND_EVENTS = pyscipopt.SCIP_EVENTTYPE.NODESOLVED


class DualBoundRecord:
    """The dual bound over time from the first branching decision on, with the sign of a minimization.

    Attributes
    ----------
    start_s : float or None
        SCIP's clock at the first branching decision; None before it.
    """

    def __init__(self, model: pyscipopt.Model, limit_s: float) -> None:
        self._model = model
        self._limit_s = limit_s
        self._integral = 0.0
        self._time_s = 0.0
        self._bound = 0.0
        self._sign = 1.0 if model.getObjectiveSense() == "minimize" else -1.0
        self.start_s: float | None = None

    def begin(self) -> None:
        """Start the clock, and let SCIP stop when the limit has passed."""
        if self.start_s is not None:
            return
        self.start_s = self._time_s = self._model.getSolvingTime()
        self._bound = self._dual_bound()
        self._model.setParam("limits/time", self.start_s + self._limit_s)

    def advance(self) -> None:
        """Add the time since the last call under the bound that stood then."""
        if self.start_s is None:
            return
        now = min(self._model.getSolvingTime(), self.start_s + self._limit_s)
        self._integral += (now - self._time_s) * self._bound
        self._time_s, self._bound = now, self._dual_bound()

    def integral(self) -> float:
        """Return the integral of the dual bound over the whole limit, in units of the objective times seconds.

        The larger the better: for a maximization it is that of minus the bound. The last bound stands from the end of
        the solve on; where SCIP never branched, all the time.
        """
        if self.start_s is None:
            return self._dual_bound() * self._limit_s
        self.advance()
        return self._integral + (self.start_s + self._limit_s - self._time_s) * self._bound

    def _dual_bound(self) -> float:
        return self._sign * float(self._model.getDualbound())


class _FirstDecision(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Comes before every other rule, starts the record and leaves the node to the next rule."""

    def __init__(self, record: DualBoundRecord) -> None:
        self._record = record

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        self._record.begin()
        return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}


class _Bounds(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Looks at the bound after each node."""

    def __init__(self, record: DualBoundRecord) -> None:
        self._record = record

    def eventinit(self) -> None:
        self.model.catchEvent(_BOUND_EVENTS, self)

    def eventexit(self) -> None:
        self.model.dropEvent(_BOUND_EVENTS, self)

    def eventexec(self, event: Any) -> None:
        self._record.advance()


def include_dual_task(model: pyscipopt.Model, limit_s: float) -> DualBoundRecord:
    """Record the dual bound of ``model``'s solve, and stop it ``limit_s`` seconds after the first decision.

    Parameters
    ----------
    model : pyscipopt.Model
        Not being solved yet; its ``limits/time`` stands until the first decision.
    limit_s : float
        On SCIP's clock.
    """
    record = DualBoundRecord(model, limit_s)
    # Depth 0 only: afterwards the clock runs.
    model.includeBranchrule(_FirstDecision(record), "coplug-first", "first decision", PRIORITY + 1, 0, 1.0)
    model.includeEventhdlr(_Bounds(record), "coplug-bounds", "dual bound over time")
    return record
