"""The bounds of a solve against the work that went into it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyscipopt

from coplug.scip.progress import EVENTS, finite
from coplug.scip.session import Session
from coplug.scip.stage import Stage

NAME = "coplug-bounds-history"


class Bounds(NamedTuple):
    """Where a solve stood.

    Attributes
    ----------
    lp_iterations : int
        What it had taken: seconds would count how long an agent thinks.
    primal, dual : float or None
        In the problem's own objective; None where there is none yet.
    """

    lp_iterations: int
    primal: float | None
    dual: float | None


class BoundsHistory(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Follows a model's bounds at nodes, LPs and new incumbents; made before the solve.

    Parameters
    ----------
    model : Session
        In stage Problem.

    Attributes
    ----------
    points : list of Bounds
        Where a bound changed.
    """

    def __init__(self, model: Session) -> None:
        self.points: list[Bounds] = []
        model.solver.includeEventhdlr(self, NAME, "follows the bounds")

    def eventinit(self) -> None:
        """Subscribe; called by SCIP."""
        self.model.catchEvent(EVENTS, self)

    def eventexit(self) -> None:
        """Unsubscribe; called by SCIP."""
        self.model.dropEvent(EVENTS, self)

    def eventexec(self, event: Any) -> None:
        """Take note; called by SCIP."""
        self._take(self.model)

    def until_now(self, model: Session) -> list[Bounds]:
        """Return the history up to where the solve stands."""
        if Stage.Presolving <= model.stage <= Stage.Solved:
            self._take(model.solver)
            self.points.append(_bounds(model.solver))
        return self.points

    def _take(self, solver: pyscipopt.Model) -> None:
        now = _bounds(solver)
        if not self.points or now[1:] != self.points[-1][1:]:
            self.points.append(now)


def _bounds(solver: pyscipopt.Model) -> Bounds:
    return Bounds(
        int(solver.getNLPIterations()), finite(solver.getPrimalbound()), finite(solver.getDualbound())
    )
