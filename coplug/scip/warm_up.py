"""Compiling the kernels that read SCIP's state before SCIP's clock starts, or loading them from the cache."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pyscipopt

from coplug.scip.early_solutions import include_early_solutions
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.library import load_library
from coplug.scip.make_reader import make_reader


class _AllOfTheReader(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Asks the reader everything that it can be asked."""

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        reader = make_reader(self.model)
        reader.read()
        reader.candidates("pseudo")
        candidates = reader.candidates("lp")
        reader.keep(np.arange(len(candidates)))
        reader.column_variables()
        reader.candidate_variables()
        reader.strong_branching()
        reader.pseudocosts()
        reader.branch(0)
        return {"result": pyscipopt.SCIP_RESULT.BRANCHED}


def smallest_model() -> pyscipopt.Model:
    """Return two variables' worth of knapsack, which SCIP can only branch on with all else switched off."""
    model = pyscipopt.Model()
    model.hideOutput()
    for setting in (model.setPresolve, model.setHeuristics, model.setSeparating):
        setting(pyscipopt.SCIP_PARAMSETTING.OFF)
    model.setParam("propagating/maxroundsroot", 0)
    x, y = (model.addVar(vtype="I", ub=5, obj=-1) for _ in range(2))
    model.addCons(2 * x + 2 * y <= 9)
    return model


@functools.cache
def warm_up_scip() -> None:
    """Make the kernels ready that read SCIP's state, where SCIP's library can be used; once in a process."""
    if not load_library().usable:
        return
    model = smallest_model()
    try:
        model.includeBranchrule(_AllOfTheReader(), "coplug-warm-up", "runs every kernel", 1_000_000, -1, 1.0)
        if optimize_interruptibly(model) is not None:
            raise KeyboardInterrupt  # what follows must not run as if nothing had been pressed
    finally:
        model.free()


def warm_up_early_solutions() -> None:
    """Make the kernels ready with which feasibility jump reads and searches: on a program of one row."""
    model = pyscipopt.Model()
    try:
        model.hideOutput()
        model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
        model.setPresolve(pyscipopt.SCIP_PARAMSETTING.OFF)
        x, y = (model.addVar(name, "I", ub=9.0, obj=1.0) for name in "xy")
        model.addCons(3.0 * x + 5.0 * y >= 17.0)
        include_early_solutions(model)
        if optimize_interruptibly(model) is not None:
            raise KeyboardInterrupt  # as above
    finally:
        model.free()
