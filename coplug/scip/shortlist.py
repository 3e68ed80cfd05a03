"""Reliability branching among the first candidates of a policy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.scip.reader import NO_ITERATION_LIMIT, StateReader

TRIAL_ITERATIONS = 500
"""Simplex iterations of each of a trial's two LPs at most, as in SCIP's own reliability branching."""
ITERATIONS_SHARE = 0.5
ITERATIONS_OFFSET = 100_000
"""No more trials once theirs are over this share of the iterations of all LPs and this offset; SCIP's own limits."""


@dataclass(frozen=True)
class Trial:
    """What strong branching found of one variable.

    Attributes
    ----------
    variable : pyscipopt.Variable
        Which one.
    value : float
        Its value in the node's LP, fractional.
    down : float
        A valid bound of the child below; the node's own where strong branching found none.
    up : float
        The same of the child above.
    down_infeasible : bool
        Whether the child below need not be looked at.
    up_infeasible : bool
        The same of the child above.
    """

    variable: pyscipopt.Variable
    value: float
    down: float
    up: float
    down_infeasible: bool
    up_infeasible: bool


class Shortlist:
    """Branches on one of a policy's first candidates.

    Reliability branching (Achterberg, Koch, Martin 2005, section 3) where the policy nominates: each variable is
    strong branched when it is first among the policy's ``size`` best, and its pseudocosts speak for it from then on.
    The ``size`` best by pseudocosts among the variables that were tried at any node before are on the list too. A
    child found infeasible fixes the variable on the other side, and the children of a variable that was just tried
    start with the bounds that were found.

    One object serves one branch-and-bound run.

    Parameters
    ----------
    model : pyscipopt.Model
        While it is solved, all of its columns in the LP.
    size : int
        Candidates on the list by the policy's scores, and at most so many more by pseudocosts; at least 1.
    iterations : int or None
        Simplex iterations of a trial's two LPs each at most, at least 1; None for :data:`TRIAL_ITERATIONS`.
    """

    def __init__(self, model: pyscipopt.Model, size: int, iterations: int | None = None) -> None:
        self._model = model
        self._size = size
        self._iterations = min(iterations or TRIAL_ITERATIONS, NO_ITERATION_LIMIT)  # SCIP's type has no more
        self._variables: list[pyscipopt.Variable] = model.getVars(transformed=True)
        self._tried = np.zeros(len(self._variables), np.bool_)

    def branch(self, reader: StateReader, scores: NDArray[np.floating[Any]]) -> Any:
        """Branch, or tighten the node's bounds or cut it off instead.

        Parameters
        ----------
        reader : StateReader
            That listed the candidates, of kind "lp".
        scores : floating, shape (n_candidates,)
            Of the policy; at least one is finite, and candidates of ``-inf`` are left out.

        Returns
        -------
        SCIP_RESULT
            BRANCHED, REDUCEDDOM or CUTOFF.
        """
        positions = self._listed(reader, scores).tolist()
        untried = [p for p in positions if not self._tried[p]] if len(positions) > 1 else []
        trials = self._try(untried)
        if (result := self._tighten(trials.values())) is not None:
            return result
        chosen = max(positions, key=lambda p: self._score(p, trials.get(p)))  # ties: the policy's first
        variable = self._variables[chosen]
        down, _, up = self._model.branchVarVal(variable, variable.getLPSol())
        if chosen in trials:
            self._model.updateNodeLowerbound(down, trials[chosen].down)
            self._model.updateNodeLowerbound(up, trials[chosen].up)
        return pyscipopt.SCIP_RESULT.BRANCHED

    def _listed(self, reader: StateReader, scores: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
        """Return the positions of the variables on the list among all, the policy's first."""
        variables = reader.candidate_variables()
        nominated = np.argsort(-scores, kind="stable")[: self._size]
        eligible = self._tried[variables] & np.isfinite(scores)
        eligible[nominated] = False
        others = np.flatnonzero(eligible)
        known = others[np.argsort(-reader.pseudocosts()[others], kind="stable")[: self._size]]
        listed: NDArray[np.int64] = np.concatenate([nominated[np.isfinite(scores[nominated])], known])
        return variables.take(listed)

    def _try(self, positions: list[int]) -> dict[int, Trial]:
        """Strong branch on variables and keep what it says of their pseudocosts."""
        model = self._model
        spent, allowed = model.getNStrongbranchLPIterations(), ITERATIONS_SHARE * model.getNLPIterations()
        if not positions or spent > allowed + ITERATIONS_OFFSET:
            return {}
        found: dict[int, Trial] = {}
        model.startStrongbranch()
        try:
            for position in positions:
                self._tried[position] = True
                if (trial := self._strong_branch(self._variables[position])) is not None:
                    found[position] = trial
        finally:
            model.endStrongbranch()
        return found

    def _strong_branch(self, variable: pyscipopt.Variable) -> Trial | None:
        """Try both children; None where the LP solver failed."""
        model, value, objective = self._model, variable.getLPSol(), self._model.getLPObjVal()
        down, up, down_valid, up_valid, down_infeasible, up_infeasible, *_, error = model.getVarStrongbranch(
            variable, self._iterations, idempotent=False
        )
        if error:
            return None
        down, up = max(down, objective), max(up, objective)
        if not down_infeasible:
            model.updateVarPseudocost(variable, math.floor(value) - value, down - objective, 1.0)
        if not up_infeasible:
            model.updateVarPseudocost(variable, math.ceil(value) - value, up - objective, 1.0)
        return Trial(
            variable,
            value,
            down if down_valid else objective,
            up if up_valid else objective,
            down_infeasible,
            up_infeasible,
        )

    def _tighten(self, trials: Iterable[Trial]) -> Any:
        """Fix what has only one child left; None if nothing has."""
        tightened = False
        for trial in trials:
            infeasible = trial.down_infeasible and trial.up_infeasible
            if trial.down_infeasible and not infeasible:
                infeasible, _ = self._model.tightenVarLb(trial.variable, math.ceil(trial.value))
            elif trial.up_infeasible and not infeasible:
                infeasible, _ = self._model.tightenVarUb(trial.variable, math.floor(trial.value))
            if infeasible:
                return pyscipopt.SCIP_RESULT.CUTOFF
            tightened |= trial.down_infeasible or trial.up_infeasible
        return pyscipopt.SCIP_RESULT.REDUCEDDOM if tightened else None

    def _score(self, position: int, trial: Trial | None) -> float:
        variable, model = self._variables[position], self._model
        if trial is None:
            return float(model.getVarPseudocostScore(variable, variable.getLPSol()))
        objective = model.getLPObjVal()
        return float(model.getBranchScoreMultiple(variable, [trial.down - objective, trial.up - objective]))
