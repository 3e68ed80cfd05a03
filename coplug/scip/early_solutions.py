"""A primal heuristic for SCIP that looks for a first solution, from before the first LP on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pyscipopt

from coplug.algorithms.feasibility_jump.program import Float, Program, make_program
from coplug.algorithms.feasibility_jump.search import improving_points
from coplug.scip.library import scip_pointer
from coplug.scip.presolved import hand_in, linear_part

NAME = "coplug-feasibility-jump"

EFFORT = 1_000_000_000
"""Nonzeros that may be touched in all, a minute or so."""

FIRST_S, SHARE = 0.1, 0.1
"""CPU seconds that it may take at first, and the share of SCIP's own time that is added to them later."""


class EarlySolutions(pyscipopt.Heur):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Feasibility jump on the presolved problem, from before the first LP on, as long as SCIP has no solution.

    It does not run where presolving or SCIP's own heuristics have found a solution by then. Constraints that are not
    linear are left out of the search; what it finds is checked by SCIP with all of them.

    Parameters
    ----------
    seed : int
        At least 0.

    Attributes
    ----------
    found : int
        Solutions that SCIP has taken.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._points: Iterator[Float | None] | None = None
        self._variables: list[pyscipopt.Variable] = []
        self._is_over = False
        self._spent_s = 0.0
        self.found = 0

    def heurinitsol(self) -> None:
        """Begin anew: a restart has made another problem; called by SCIP."""
        self._points = None

    def heurexec(self, heurtiming: int, nodeinfeasible: bool) -> dict[str, int]:
        """Look for solutions, or go on where the last call stopped; called by SCIP."""
        begin_s = time.thread_time()
        until_s = begin_s + FIRST_S + SHARE * self.model.getSolvingTime() - self._spent_s
        if self._is_over or nodeinfeasible or until_s <= begin_s:
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        if self.model.getNSols() > self.found:
            self._is_over = True
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        before = self.found
        self._search(until_s)
        self._spent_s += time.thread_time() - begin_s
        found = self.found > before
        return {"result": pyscipopt.SCIP_RESULT.FOUNDSOL if found else pyscipopt.SCIP_RESULT.DIDNOTFIND}

    def _search(self, until_s: float) -> None:
        points = self._points = self._points or self._begin()
        for point in points:
            if point is not None:
                self.found += hand_in(self.model, self, self._variables, point)
            if time.thread_time() > until_s:
                return
        self._is_over = True

    def _begin(self) -> Iterator[Float | None]:
        matrix, biases, objective, lower, upper, integral = linear_part(scip_pointer(self.model))
        program = make_program(matrix, biases, objective, lower, upper, integral)
        self._variables = self.model.getVars(transformed=True)
        return improving_points(program, objective, _start(program), self._seed, EFFORT)


def include_early_solutions(model: pyscipopt.Model, seed: int = 0) -> EarlySolutions:
    """Add the heuristic to a model that is not solved yet, and return it."""
    heuristic = EarlySolutions(seed)
    model.includeHeur(
        heuristic,
        NAME,
        "feasibility jump while there is no solution",
        "j",
        priority=1_000,
        freq=1,
        timingmask=pyscipopt.SCIP_HEURTIMING.BEFORENODE,
    )
    return heuristic


def _start(program: Program) -> Float:
    """Return the bound of each variable that is nearest to zero, as the paper does."""
    return np.clip(np.zeros_like(program.lower), program.lower, program.upper)
