"""Scores of the branching candidates, one place a variable: strong branching and pseudocosts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.ecole.scip import Model, Stage
from coplug.scip.reader import CandidateKind


class StrongBranchingScores:
    """Strong-branching score of every branching candidate; higher is better.

    SCIP's rule ``vanillafullstrong`` with all candidates scored and SCIP's state restored.

    Parameters
    ----------
    pseudo_candidates : bool
        Score all integer variables that are not fixed, instead of those fractional in the LP solution.
    """

    def __init__(self, pseudo_candidates: bool = False) -> None:
        self._kind: CandidateKind = "pseudo" if pseudo_candidates else "lp"

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> NDArray[np.float64] | None:
        """Return float64, shape (n_variables,), NaN where a variable is no candidate; None if SCIP is not solving."""
        if model.stage != Stage.Solving:
            return None
        model.reader.candidates(self._kind)
        return _by_variable(model, model.reader.strong_branching())


class Pseudocosts:
    """SCIP's pseudocost score of every variable that is fractional in the LP solution; higher is better."""

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> NDArray[np.float64] | None:
        """Return float64, shape (n_variables,), NaN where a variable is no candidate; None if SCIP is not solving."""
        if model.stage != Stage.Solving:
            return None
        model.reader.candidates("lp")
        return _by_variable(model, model.reader.pseudocosts())


def _by_variable(model: Model, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.full(model.solver.getNVars(transformed=True), np.nan)
    out[model.reader.candidate_variables()] = scores
    return out
