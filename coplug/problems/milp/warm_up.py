"""Compiling every kernel that a policy needs before SCIP's clock starts, or loading it from the cache."""

from __future__ import annotations

from contextlib import suppress

import pyscipopt

from coplug.contracts.policy import BranchingPolicy, PolicySelector
from coplug.scip.early_solutions import include_early_solutions
from coplug.scip.messages import free
from coplug.scip.warm_up import warm_up_scip


def warm_up(policy: BranchingPolicy | PolicySelector | None) -> None:
    """Make the kernels ready that ``policy`` needs; SCIP's own branching needs none.

    A policy may have a method ``warm_up()`` for code of its own. One that fails there fails again where it counts.
    """
    if policy is None:
        return
    warm_up_scip()
    with suppress(Exception, SystemExit):
        getattr(policy, "warm_up", lambda: None)()


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
        model.optimize()
    finally:
        free(model)
