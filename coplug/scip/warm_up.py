"""Compiling the kernels that read SCIP's state before SCIP's clock starts, or loading them from the cache."""

from __future__ import annotations

import functools

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.node import NodeState
from coplug.contracts.policy import CandidateKind
from coplug.scip.branching import include_policy
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.library import load_library


class _FirstCandidate:
    """Scores all candidates alike; exists to make every kernel run once."""

    name = "warm-up"
    candidate_kind: CandidateKind = "lp"

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.float64]:
        return np.zeros(len(candidates))


@functools.cache
def warm_up_scip() -> None:
    """Make the kernels ready that read SCIP's state, where SCIP's library can be used; once in a process.

    Solves two variables' worth of knapsack, which SCIP can only branch on with everything else switched off.
    """
    if not load_library().usable:
        return
    model = pyscipopt.Model()
    try:
        model.hideOutput()
        for setting in (model.setPresolve, model.setHeuristics, model.setSeparating):
            setting(pyscipopt.SCIP_PARAMSETTING.OFF)
        model.setParam("propagating/maxroundsroot", 0)
        x, y = (model.addVar(vtype="I", ub=5, obj=-1) for _ in range(2))
        model.addCons(2 * x + 2 * y <= 9)
        include_policy(model, _FirstCandidate())
        if optimize_interruptibly(model) is not None:
            raise KeyboardInterrupt  # what follows must not run as if nothing had been pressed
    finally:
        model.free()
