"""Proposing partial solutions."""

from __future__ import annotations

import numpy as np
import pyscipopt
from numpy.typing import ArrayLike, NDArray

from coplug.errors import SolverError
from coplug.scip.session import Session
from coplug.scip.stage import Stage

Proposal = tuple[ArrayLike, ArrayLike]
"""Positions of variables, and what to fix them to; empty ones propose nothing."""

_RESULT = pyscipopt.SCIP_RESULT


class PrimalSearchDynamics:
    """Propose values for some integer variables after each node; SCIP deduces the rest by propagation and an LP.

    Parameters
    ----------
    trials_per_node : int
        Proposals at each node, -1 for any number; with 0 the problem is solved without a pause.
    depth_freq, depth_start, depth_stop : int
        Depths of the nodes, see :meth:`coplug.scip.stepping.SteppedSolve.pause_after_nodes`.

    Raises
    ------
    ValueError
        If ``trials_per_node`` is below -1.
    """

    def __init__(
        self, trials_per_node: int = 1, depth_freq: int = 1, depth_start: int = 0, depth_stop: int = -1
    ) -> None:
        if trials_per_node < -1:
            raise ValueError(f"trials_per_node is {trials_per_node}; take -1 for any number, or 0 and more")
        self._trials_per_node = trials_per_node
        self._depths = (depth_freq if trials_per_node != 0 else -1, depth_start, depth_stop)
        self._heuristic: pyscipopt.Heur | None = None
        self._trials = 0
        self._found = False

    def reset(self, model: Session) -> tuple[bool, NDArray[np.int64] | None]:
        """Solve up to the first proposal.

        Returns
        -------
        tuple of (bool, int64 array of shape (n,) or None)
            Whether the solve has ended; and the integer variables that are not fixed at the current node, as
            positions among the problem's variables.
        """
        self._trials = 0
        self._found = False
        solve = model.stepped()
        self._heuristic = solve.pause_after_nodes(*self._depths)
        solve.start()
        return self._state(model)

    def step(self, model: Session, action: Proposal) -> tuple[bool, NDArray[np.int64] | None]:
        """Try a proposal; go on to the next node when this one's trials are spent.

        Returns
        -------
        tuple of (bool, int64 array of shape (n,) or None)
            As :meth:`reset`.

        Raises
        ------
        SolverError
            If no solve is paused.
        ValueError
            If the parts differ in length, or an index is not in the action set.
        """
        variables, values = self._checked(model, action)
        if len(variables) > 0:
            self._found |= self._try(model, variables, values)
        self._trials += 1
        if self._trials == self._trials_per_node or model.is_stopped:
            result = _RESULT.FOUNDSOL if self._found else _RESULT.DIDNOTFIND
            self._trials = 0
            self._found = False
            model.resume(result)
        return self._state(model)

    def _state(self, model: Session) -> tuple[bool, NDArray[np.int64] | None]:
        if not model.is_paused:
            return True, None
        if model.stage != Stage.Solving:
            return False, np.empty(0, np.int64)
        model.reader.candidates("pseudo")
        return False, model.reader.candidate_variables()

    def _checked(self, model: Session, action: Proposal) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if not model.is_paused:
            raise SolverError("no solve is waiting for a proposal; reset first")
        indices, values = (np.asarray(part) for part in action)
        if indices.shape != values.shape or indices.ndim != 1:
            raise ValueError(
                f"a proposal needs as many values as variables, in flat arrays; it has shapes {indices.shape} and "
                f"{values.shape}"
            )
        model.reader.candidates("pseudo")
        outside = np.setdiff1d(indices, model.reader.candidate_variables())
        if outside.size > 0:
            raise ValueError(
                f"a proposal names variable {outside[0]}, which is not in the action set; take variables from there"
            )
        return indices.astype(np.int64), values.astype(np.float64)

    def _try(self, model: Session, indices: NDArray[np.int64], values: NDArray[np.float64]) -> bool:
        """Return whether the proposal led to a new solution that SCIP accepted."""
        solver = model.solver
        every = solver.getVars(transformed=True)
        fixings = [
            (every[index], value) for index, value in zip(indices.tolist(), values.tolist(), strict=True)
        ]
        if not all(_can_take(solver, variable, value) for variable, value in fixings):
            return False
        solver.startProbing()
        try:
            for variable, value in fixings:
                solver.fixVarProbing(variable, value)
            cutoff, _ = solver.propagateProbing(0)
            if cutoff or solver.constructLP():
                return False
            lp_error, cutoff = solver.solveProbingLP()
            if lp_error or cutoff:
                return False
            solution = solver.createSol(self._heuristic, initlp=True)
            return bool(solver.trySol(solution, printreason=False, completely=True))
        finally:
            solver.endProbing()


def _can_take(solver: pyscipopt.Model, variable: pyscipopt.Variable, value: float) -> bool:
    """Return whether a value lies in a variable's local domain; SCIP itself takes that for granted."""
    inside = solver.isFeasGE(value, variable.getLbLocal()) and solver.isFeasLE(value, variable.getUbLocal())
    return bool(inside and (variable.vtype() == "CONTINUOUS" or solver.isFeasIntegral(value)))
