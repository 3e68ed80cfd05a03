"""Compiling every kernel before SCIP's clock starts, or loading it from the cache."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.inference.gcnn import warm_up as warm_up_gcnn
from coplug.jit import announced
from coplug.scip.branching import BranchingPolicy, PolicySelector, include_policy
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.library import load_library
from coplug.scip.reader import CandidateKind
from coplug.scip.state import NodeState


class _FirstCandidate:
    """Scores all candidates alike; exists to make every kernel run once."""

    name = "warm-up"
    candidate_kind: CandidateKind = "lp"

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.float64]:
        return np.zeros(len(candidates))


def warm_up(policy: BranchingPolicy | PolicySelector, on_slow: Callable[[], None]) -> None:
    """Make the kernels ready that ``policy`` needs.

    Parameters
    ----------
    policy : BranchingPolicy or PolicySelector
        A third party's policy brings its own network, so only SCIP's kernels are made ready for it.
    on_slow : callable
        Called once if it takes longer than loading from the cache would.
    """
    with announced(on_slow):
        warm_up_scip()
        if type(policy).__module__.startswith("coplug."):
            warm_up_gcnn()


def warm_up_graphs(method: str, on_slow: Callable[[], None]) -> None:
    """Make the kernels ready that independent sets need.

    Parameters
    ----------
    method : str
        As in :class:`coplug.problems.mis.options.GraphOptions`.
    on_slow : callable
        As in :func:`warm_up`.
    """
    from coplug.problems.mis.anytime import warm_up as warm_up_search
    from coplug.problems.mis.anytime import warm_up_comparator
    from coplug.problems.mis.options import METHODS

    with announced(on_slow):
        warm_up_search()
        if method not in METHODS:
            warm_up_comparator(method)


def warm_up_scip() -> None:
    """Make the kernels ready that read SCIP's state, where SCIP's library can be used.

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
