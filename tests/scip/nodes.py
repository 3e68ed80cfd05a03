"""Running a function at the nodes of a solve."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyscipopt

from coplug.scip.problem import read_model
from coplug.scip.settings import apply_parameters

QUIET_ROOT = {
    "presolving/maxrounds": 0,
    "separating/maxrounds": 0,
    "separating/maxroundsroot": 0,
    "propagating/maxrounds": 0,
    "propagating/maxroundsroot": 0,
    "conflict/enable": False,
    "misc/usesymmetry": 0,
}


MANY_NODES = {"branching/mostinf/priority": 999_999, "separating/maxroundsroot": 3, "presolving/maxrounds": 1}
"""Makes small instances take many nodes, with some cuts."""


class AtNodes(pyscipopt.Branchrule):
    """Calls ``function(model, k)`` at the k-th branching; an assertion in it ends the solve and is raised."""

    def __init__(self, function: Callable, every: int) -> None:
        self.function, self.every = function, every
        self.count, self.error = 0, None

    def branchexeclp(self, allowaddcons):
        if self.error is None and self.count % self.every == 0:
            try:
                self.function(self.model, self.count)
            except BaseException as error:
                self.error = error
                self.model.interruptSolve()
        self.count += 1
        return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}


def solve_with(
    path: Path, function: Callable, every: int = 1, *, heuristics: bool = True, **parameters
) -> int:
    """Solve ``path`` and return how many nodes were branched."""
    model = read_model(path)
    try:
        if not heuristics:
            model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
        apply_parameters(model, {name.replace("__", "/"): value for name, value in parameters.items()})
        rule = AtNodes(function, every)
        model.includeBranchrule(rule, "at-nodes", "calls a test's function", 1_000_000, -1, 1.0)
        model.optimize()
        if rule.error is not None:
            raise rule.error
        return rule.count
    finally:
        model.free()
