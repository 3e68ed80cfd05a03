"""Choosing branching variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.policy import CandidateKind
from coplug.errors import SolverError, UsageError
from coplug.scip.session import Session

_RESULT = pyscipopt.SCIP_RESULT


class BranchingDynamics:
    """Choose the variable to branch on at every node whose LP solution is fractional.

    Parameters
    ----------
    candidates : CandidateKind
        What may be chosen: the integer variables that are fractional in the LP solution, or all that are not fixed.

    Raises
    ------
    UsageError
        If there is no such kind of candidates.
    """

    def __init__(self, candidates: CandidateKind = "lp") -> None:
        if candidates not in ("lp", "pseudo"):
            raise UsageError(f"candidates {candidates!r} are unknown; choose 'pseudo' or 'lp'")
        self._kind = candidates

    def reset(self, model: Session) -> tuple[bool, NDArray[np.int64] | None]:
        """Solve up to the first branching decision.

        Returns
        -------
        tuple of (bool, int64 array of shape (n,) or None)
            Whether the solve has ended, which can happen in presolving already; and the candidates, as positions
            among the problem's variables.
        """
        solve = model.stepped()
        solve.pause_when_branching()
        solve.start()
        return self._state(model)

    def step(self, model: Session, action: Any) -> tuple[bool, NDArray[np.int64] | None]:
        """Branch and solve up to the next decision.

        Parameters
        ----------
        model : Session
        action : int
            One of the last candidates.

        Returns
        -------
        tuple of (bool, int64 array of shape (n,) or None)
            As :meth:`reset`.

        Raises
        ------
        SolverError
            If no solve is paused.
        ValueError
            If the action is no candidate.
        """
        self._branch(model, action)
        model.resume(_RESULT.BRANCHED)
        return self._state(model)

    def skip(self, model: Session) -> tuple[bool, NDArray[np.int64] | None]:
        """Leave this node to SCIP's own rule and solve up to the next decision; returns as :meth:`reset`.

        Raises
        ------
        SolverError
            If no solve is paused.
        """
        model.resume(_RESULT.DIDNOTRUN)
        return self._state(model)

    def _state(self, model: Session) -> tuple[bool, NDArray[np.int64] | None]:
        return (False, self._candidates(model)) if model.is_paused else (True, None)

    def _candidates(self, model: Session) -> NDArray[np.int64]:
        model.reader.candidates(self._kind)
        return model.reader.candidate_variables()

    def _branch(self, model: Session, action: Any) -> None:
        if not model.is_paused:
            raise SolverError("no solve is waiting for a branching decision; reset first")
        candidates = self._candidates(model)
        positions = np.flatnonzero(candidates == _as_index(action))
        if len(positions) == 0:
            raise ValueError(
                f"action {action} is not in the action set of {len(candidates)} branching candidates; choose one of "
                "them, or leave the node to SCIP's own rule"
            )
        model.reader.branch(int(positions[0]))


def _as_index(action: Any) -> int:
    try:
        index = int(action)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"action {action!r} is not a variable's position; take it from the action set"
        ) from error
    if index != action:
        raise ValueError(f"action {action!r} is not a whole number; take it from the action set")
    return index
