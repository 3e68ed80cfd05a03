"""What predicted costs are worth: the regret of the decisions that they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.problems.contextual_lp.batches import solve_all
from coplug.problems.contextual_lp.data import Observations
from coplug.problems.contextual_lp.learning import distance
from coplug.problems.contextual_lp.predictors import CostPredictor
from coplug.problems.contextual_lp.program import LinearProgram

Float = NDArray[np.float64]

SAME = 1e-6
"""Decisions are the same if no variable differs by more, relative to the largest value."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Decisions by predicted costs, beside those by the true ones or those observed.

    Attributes
    ----------
    decisions : float64, shape (n, n_columns)
    regret : float64, shape (n,), or None
        How much worse each is at the true costs than the best; None where they are not known.
    best : float64, shape (n,), or None
        The best objectives.
    different : float or None
        Distance from the observed decisions, see :func:`~.learning.distance`; None without any.
    reproduced : float or None
        Share of observed decisions that are met exactly.
    """

    decisions: Float
    regret: Float | None
    best: Float | None
    different: float | None
    reproduced: float | None

    @property
    def normalised(self) -> float | None:
        """Sum of regrets over the sum of the sizes of the best objectives, as PyEPO has it."""
        if self.regret is None or self.best is None:
            return None
        return float(self.regret.sum() / np.maximum(np.abs(self.best).sum(), 1e-12))

    @property
    def relative(self) -> float | None:
        """Mean of the regret over the best objective of each sample, as the paper's shortest paths have it."""
        if self.regret is None or self.best is None:
            return None
        return float((self.regret / np.maximum(np.abs(self.best), 1e-12)).mean())

    @property
    def document(self) -> dict[str, Any]:
        """What a report says."""
        return {
            "normalised_regret": self.normalised,
            "relative_regret": self.relative,
            "mean_regret": None if self.regret is None else float(self.regret.mean()),
            "different": self.different,
            "reproduced": self.reproduced,
        }


def evaluate(
    program: LinearProgram, predictor: CostPredictor, data: Observations, solver: str = "auto", jobs: int = 1
) -> Evaluation:
    """Solve the program with predicted costs, and with the true ones where they are known.

    Raises
    ------
    InstanceError
        If a program has no optimum; it names the sample.
    """
    found = solve_all(program, predictor.costs(data.contexts), solver, jobs=jobs)
    return judged(program, found.checked("predicted costs"), data, solver, jobs)


def judged(
    program: LinearProgram, decisions: Float, data: Observations, solver: str = "auto", jobs: int = 1
) -> Evaluation:
    """Judge decisions."""
    regret = best = different = reproduced = None
    if data.costs is not None:
        optimal = solve_all(program, data.costs, solver, jobs=jobs).checked("true costs")
        best = program.value(data.costs, optimal)
        regret = np.maximum(0.0, program.sign * (program.value(data.costs, decisions) - best))
    if data.decisions is not None:
        if len(data.decisions) != len(decisions):
            raise InstanceError(
                f"{len(decisions)} decisions are judged by {len(data.decisions)}; expected as many"
            )
        different = distance(decisions, data.decisions)
        size = max(1.0, float(np.abs(data.decisions).max()))
        reproduced = float((np.abs(decisions - data.decisions).max(axis=1) <= SAME * size).mean())
    return Evaluation(decisions, regret, best, different, reproduced)
