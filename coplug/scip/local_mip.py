"""Local-MIP as a primal heuristic of SCIP: it searches in a process beside, and SCIP takes what it finds."""

from __future__ import annotations

import pyscipopt

from coplug.algorithms.local_mip.beside import SearchBeside
from coplug.algorithms.local_mip.program import ranged
from coplug.scip.library import scip_pointer
from coplug.scip.presolved import hand_in, linear_part

NAME = "coplug-local-mip"

SECONDS = 60.0
"""Wall-clock, from the end of presolving on."""

_OFTEN = (
    pyscipopt.SCIP_HEURTIMING.BEFORENODE
    | pyscipopt.SCIP_HEURTIMING.DURINGLPLOOP
    | pyscipopt.SCIP_HEURTIMING.AFTERLPLOOP
)


class LocalMipSolutions(pyscipopt.Heur):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Local-MIP on the presolved problem, for a minute beside SCIP.

    It does not begin where presolving has found a solution. Constraints that are not linear are left out of the search;
    what it finds is checked by SCIP with all of them.

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
        self._search: SearchBeside | None = None
        self._is_over = False
        self.found = 0

    def heurexitsol(self) -> None:
        """End the search: a restart makes another problem; called by SCIP."""
        self.end()

    def end(self) -> None:
        """End the search; SCIP itself tells its plugins only when the model is freed."""
        if self._search is not None:
            self._search.end()
        self._search = None

    def heurexec(self, heurtiming: int, nodeinfeasible: bool) -> dict[str, int]:
        """Begin to search, or take what was found; called by SCIP."""
        if self._is_over or nodeinfeasible:
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        if self._search is None:
            self._begin()
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        self._is_over = self._search.has_ended
        point = self._search.best()
        if point is None:
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        is_taken = hand_in(self.model, self, self._variables, point)
        self.found += is_taken
        return {"result": pyscipopt.SCIP_RESULT.FOUNDSOL if is_taken else pyscipopt.SCIP_RESULT.DIDNOTFIND}

    def _begin(self) -> None:
        if self.model.getNSols():
            self._is_over = True
            return
        program = ranged(*linear_part(scip_pointer(self.model)))
        self._variables = self.model.getVars(transformed=True)
        self._search = SearchBeside(program, self._seed, SECONDS)


def include_local_mip(model: pyscipopt.Model, seed: int = 0) -> LocalMipSolutions:
    """Add the heuristic to a model that is not solved yet, and return it; its ``end`` is to be called after the solve.

    Local-MIP has to be installed, see :func:`coplug.algorithms.local_mip.beside.check_installed`.
    """
    heuristic = LocalMipSolutions(seed)
    model.includeHeur(
        heuristic, NAME, "Local-MIP beside the solve", "l", priority=2_000, freq=1, timingmask=_OFTEN
    )
    return heuristic
