"""The moment at which an instance is first seen as SCIP solves it: presolved, its first LP solved, nothing cut yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyscipopt

EVENT = pyscipopt.SCIP_EVENTTYPE.FIRSTLPSOLVED


class FirstLP(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Calls ``look`` once, when the first LP of a node, usually of the root, is solved to optimality.

    SCIP parameters for cutting planes, restarts, heuristics and the LP that ``look`` sets still count at that node.

    Parameters
    ----------
    look : callable
        Must not raise: what leaves a callback of SCIP reaches the user as an unspecified error.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._waiting = False

    def eventinit(self) -> None:
        """Subscribe; called by SCIP."""
        self.model.catchEvent(EVENT, self)
        self._waiting = True

    def eventexit(self) -> None:
        """Unsubscribe if nothing came; called by SCIP."""
        self._stop_waiting()

    def eventexec(self, event: Any) -> None:
        """Look if the LP has an optimum; called by SCIP."""
        if not has_lp_optimum(self.model):
            return
        self._stop_waiting()
        self._look()

    def _stop_waiting(self) -> None:
        if self._waiting:
            self.model.dropEvent(EVENT, self)
            self._waiting = False


def has_lp_optimum(model: pyscipopt.Model) -> bool:
    """Tell whether the LP of the current node was solved to optimality, rather than found unbounded, say."""
    return bool(model.getLPSolstat() == pyscipopt.SCIP_LPSOLSTAT.OPTIMAL)
