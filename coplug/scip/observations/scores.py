"""Scores of the branching candidates, one place a variable: strong branching and pseudocosts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.policy import CandidateKind
from coplug.scip.session import Session
from coplug.scip.stage import Stage


class StrongBranchingScores:
    """Strong-branching score of every branching candidate; higher is better.

    SCIP's rule ``vanillafullstrong`` with all candidates scored and SCIP's state restored.

    Parameters
    ----------
    candidates : CandidateKind
        Which candidates are scored.
    """

    def __init__(self, candidates: CandidateKind = "lp") -> None:
        self._kind = candidates

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> NDArray[np.float64] | None:
        """Return float64, shape (n_variables,), NaN where a variable is no candidate; None if SCIP is not solving."""
        if model.stage != Stage.Solving:
            return None
        model.reader.candidates(self._kind)
        return _by_variable(model, model.reader.strong_branching())


class Pseudocosts:
    """SCIP's pseudocost score of every variable that is fractional in the LP solution; higher is better."""

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> NDArray[np.float64] | None:
        """Return float64, shape (n_variables,), NaN where a variable is no candidate; None if SCIP is not solving."""
        if model.stage != Stage.Solving:
            return None
        model.reader.candidates("lp")
        return _by_variable(model, model.reader.pseudocosts())


def _by_variable(model: Session, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.full(model.solver.getNVars(transformed=True), np.nan)
    out[model.reader.candidate_variables()] = scores
    return out
