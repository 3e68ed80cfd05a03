"""Following a running solve from inside SCIP."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pyscipopt

from coplug.report import PolicyUse, Progress
from coplug.scip.branching import PolicyBranching

REFRESH_S = 0.1
INFINITY = 1e20
"""What SCIP takes as infinite unless its parameter ``numerics/infinity`` says otherwise."""

EVENTS = (
    pyscipopt.SCIP_EVENTTYPE.NODESOLVED
    | pyscipopt.SCIP_EVENTTYPE.LPEVENT
    | pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND
)
"""Frequent enough to follow a long root node, whose cutting planes mean many LPs."""


@dataclass(frozen=True)
class Snapshot:
    """Where a solve stands: counts, bounds in the original sense, SCIP's seconds, the policy's share."""

    nodes: int
    primal_bound: float
    dual_bound: float
    gap: float
    time_s: float
    policy_calls: int
    policy_time_s: float

    def progress(self) -> Progress:
        """Return it in the words of every problem."""
        return Progress(
            time_s=self.time_s,
            detail=f"{self.nodes} nodes",
            objective=finite(self.primal_bound),
            bound=finite(self.dual_bound),
            policy=PolicyUse(calls=self.policy_calls, time_s=self.policy_time_s),
        )


def finite(value: float) -> float | None:
    """Return None for what SCIP calls infinite."""
    return value if abs(value) < INFINITY else None


class ProgressEvents(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Keeps the latest :class:`Snapshot`, taken at most ten times a second, at the events in :data:`EVENTS`.

    The snapshot is taken in SCIP's thread, because no other may ask SCIP while it runs.

    Parameters
    ----------
    rule : PolicyBranching or None
    history : list of Snapshot, optional
        Gets all of them, and one at every new incumbent.
    """

    def __init__(self, rule: PolicyBranching | None, history: list[Snapshot] | None = None) -> None:
        self._rule = rule
        self._history = history
        self._last = 0.0
        self.latest: Snapshot | None = None

    def eventinit(self) -> None:
        """Subscribe; called by SCIP."""
        self.model.catchEvent(EVENTS, self)

    def eventexit(self) -> None:
        """Unsubscribe; called by SCIP."""
        self.model.dropEvent(EVENTS, self)

    def eventexec(self, event: Any) -> None:
        """Take a snapshot if the last one is old; called by SCIP."""
        now = time.perf_counter()
        is_kept = self._history is not None and event.getType() == pyscipopt.SCIP_EVENTTYPE.BESTSOLFOUND
        if now - self._last < REFRESH_S and not is_kept:
            return
        self._last = now
        self.latest = snapshot(self.model, self._rule)
        if self._history is not None:
            self._history.append(self.latest)


def snapshot(model: pyscipopt.Model, rule: PolicyBranching | None) -> Snapshot:
    """Return where the solve stands now."""
    statistics = rule.statistics if rule is not None else None
    return Snapshot(
        nodes=model.getNTotalNodes(),
        primal_bound=model.getPrimalbound(),
        dual_bound=model.getDualbound(),
        gap=model.getGap(),
        time_s=model.getSolvingTime(),
        policy_calls=statistics.calls if statistics else 0,
        policy_time_s=statistics.time_s if statistics else 0.0,
    )
