"""How far the incumbent is from what is known to be possible."""

from __future__ import annotations

from coplug.scip.rewards.arithmetic import RewardArithmetic
from coplug.scip.session import Session
from coplug.scip.stage import SETTLED


class PrimalGap(RewardArithmetic):
    """Relative gap of the incumbent to the dual bound at the first state, in 0..1.

    That is ``|primal - dual| / max(|primal|, |dual|)``; 1 without an incumbent, and where the signs differ; 0 once SCIP
    has proved optimality, infeasibility or unboundedness. At the first state itself it is 0: nothing is decided yet.
    Its sum over an episode is the primal integral of Berthold with decisions for a clock, and the bound in place of the
    optimum, so it is the same on every machine.

    Source: T. Berthold, Measuring the impact of primal heuristics, Operations Research Letters 41 (2013).
    """

    def __init__(self) -> None:
        self._reference: float | None = None

    def before_reset(self, model: Session) -> None:
        """Forget the bound."""
        self._reference = None

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the gap."""
        if self._reference is None:
            self._reference = model.dual_bound
            return 0.0
        if done and model.solver.getStatus() in SETTLED:
            return 0.0
        return primal_gap(model.primal_bound, self._reference, model.solver.infinity())


def primal_gap(primal: float, dual: float, infinity: float) -> float:
    """Return the relative gap of two bounds, see :class:`PrimalGap`; 1 where one is infinite."""
    if max(abs(primal), abs(dual)) >= infinity or primal * dual < 0:
        return 1.0
    if primal == dual:
        return 0.0
    return abs(primal - dual) / max(abs(primal), abs(dual))
