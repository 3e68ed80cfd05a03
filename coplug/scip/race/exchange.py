"""The door of a running SCIP through which solutions come and go."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.scip.progress import EVENTS
from coplug.scip.race.news import Incumbent

INTERVAL_S = 0.2
"""Between two solutions that go out: SCIP finds many in a row, each of which takes a call for each variable to read."""

_ANYWHERE = (
    pyscipopt.SCIP_HEURTIMING.BEFOREPRESOL
    | pyscipopt.SCIP_HEURTIMING.DURINGPRESOLLOOP
    | pyscipopt.SCIP_HEURTIMING.BEFORENODE
    | pyscipopt.SCIP_HEURTIMING.DURINGLPLOOP
    | pyscipopt.SCIP_HEURTIMING.AFTERLPLOOP
)


class Exchange:
    """Solutions that go out of a solve, and that come in; each has a queue, which other threads may use.

    Parameters
    ----------
    model : pyscipopt.Model
        In stage Problem; its solve does the rest.

    Attributes
    ----------
    found : deque of Incumbent
        Better and better ones; whoever reads takes them out.
    offered : deque of Incumbent
        SCIP checks each as any other, and keeps it if it is feasible and better than its own.
    """

    def __init__(self, model: pyscipopt.Model) -> None:
        self.found: deque[Incumbent] = deque()
        self.offered: deque[Incumbent] = deque()
        self.is_min = model.getObjectiveSense() == "minimize"
        self.variables = model.getVars()
        model.includeEventhdlr(_Outgoing(self), "coplug-race-out", "tells other runs of new incumbents")
        model.includeHeur(
            _Incoming(self),
            "coplug-race-in",
            "takes incumbents of other runs",
            "c",
            priority=1_000_000,
            freq=1,
            timingmask=_ANYWHERE,
        )

    def is_better(self, objective: float, than: float | None) -> bool:
        """Tell whether an objective is better than another one; any is better than None."""
        return than is None or (objective < than if self.is_min else objective > than)


class _Outgoing(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Reads new incumbents in SCIP's thread, because no other may ask SCIP while it runs."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._is_due = False
        self._last_s = -INTERVAL_S

    def eventinit(self) -> None:
        """Subscribe; called by SCIP."""
        self.model.catchEvent(EVENTS, self)

    def eventexit(self) -> None:
        """Unsubscribe; called by SCIP."""
        self.model.dropEvent(EVENTS, self)

    def eventexec(self, event: Any) -> None:
        """Read the incumbent if it is new and the last one is a while ago; called by SCIP."""
        if event.getType() == pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND:
            self._is_due = True
        now = time.monotonic()
        if not self._is_due or now - self._last_s < INTERVAL_S:
            return
        self._is_due, self._last_s = False, now
        self._exchange.found.append(self._read())

    def _read(self) -> Incumbent:
        best = self.model.getBestSol()
        value = self.model.getSolVal
        values: NDArray[np.float64] = np.array([value(best, one) for one in self._exchange.variables])
        return Incumbent(float(self.model.getSolObjVal(best)), values)


class _Incoming(pyscipopt.Heur):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Hands in what others found; to SCIP it is a heuristic."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def heurexec(self, heurtiming: int, nodeinfeasible: bool) -> dict[str, int]:
        """Try the solutions that came in; called by SCIP."""
        if not self._exchange.offered:
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        kept = [self._try(self._exchange.offered.popleft()) for _ in range(len(self._exchange.offered))]
        found = any(kept)
        return {"result": pyscipopt.SCIP_RESULT.FOUNDSOL if found else pyscipopt.SCIP_RESULT.DIDNOTFIND}

    def _try(self, offer: Incumbent) -> bool:
        model = self.model
        solution = model.createOrigSol(self)
        for position in np.flatnonzero(offer.values).tolist():
            model.setSolVal(solution, self._exchange.variables[position], float(offer.values[position]))
        return bool(model.trySol(solution, printreason=False, completely=False))
