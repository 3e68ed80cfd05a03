"""Which decisions an environment hands over, and what SCIP does with them (Ecole's ``dynamics`` module)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyscipopt
from numpy.typing import ArrayLike, NDArray

from coplug.ecole.default import Default, DefaultType
from coplug.ecole.errors import ScipError
from coplug.ecole.rng import RandomGenerator
from coplug.ecole.scip import Model, Stage
from coplug.errors import SolverError
from coplug.scip.reader import CandidateKind
from coplug.scip.settings import ParameterValue

ActionSet = NDArray[np.uint64]

_RESULT = pyscipopt.SCIP_RESULT
_MAX_SEED = 2**31 - 1


class _RandomState:
    """Draws SCIP's seeds."""

    def set_dynamics_random_state(self, model: Model, rng: RandomGenerator) -> None:
        """Permute rows and columns, and set SCIP's three seeds to draws from ``rng``."""
        names = ("permutationseed", "randomseedshift", "lpseed")
        model.set_params(
            {"randomization/permuteconss": True, "randomization/permutevars": True}
            | {f"randomization/{name}": rng.integer(1, _MAX_SEED) for name in names}
        )


class BranchingDynamics(_RandomState):
    """Choose the variable to branch on at every node whose LP solution is fractional.

    Parameters
    ----------
    pseudo_candidates : bool
        Whether the action set holds all integer variables that are not fixed, or those alone that are fractional in
        the LP solution.
    """

    def __init__(self, pseudo_candidates: bool = False) -> None:
        self._kind: CandidateKind = "pseudo" if pseudo_candidates else "lp"

    def reset_dynamics(self, model: Model) -> tuple[bool, ActionSet | None]:
        """Solve up to the first branching decision.

        Returns
        -------
        tuple of (bool, uint64 array of shape (n,) or None)
            Whether the solve has ended, which can happen in presolving already; and the candidates, as positions
            among the problem's variables.
        """
        model.solve_iter_start_branch()
        return self._state(model)

    def step_dynamics(self, model: Model, action: int | DefaultType) -> tuple[bool, ActionSet | None]:
        """Branch and solve up to the next decision.

        Parameters
        ----------
        model : Model
        action : int or Default
            A member of the last action set; ``Default`` leaves this node to SCIP's own rule.

        Returns
        -------
        tuple of (bool, uint64 array of shape (n,) or None)
            As :meth:`reset_dynamics`.

        Raises
        ------
        ValueError
            If the action is not in the action set.
        """
        if isinstance(action, DefaultType | str) and action == Default:
            model.solve_iter_branch(_RESULT.DIDNOTRUN)
        else:
            self._branch(model, action)
            model.solve_iter_branch(_RESULT.BRANCHED)
        return self._state(model)

    def _state(self, model: Model) -> tuple[bool, ActionSet | None]:
        if model.solve_iter_is_done():
            return True, None
        return False, self._candidates(model).astype(np.uint64)

    def _candidates(self, model: Model) -> NDArray[np.int64]:
        model.reader.candidates(self._kind)
        return model.reader.candidate_variables()

    def _branch(self, model: Model, action: Any) -> None:
        if model.solve_iter_is_done():
            raise ScipError("no solve is waiting for a branching decision; reset first")
        candidates = self._candidates(model)
        positions = np.flatnonzero(candidates == _as_index(action))
        if len(positions) == 0:
            raise ValueError(
                f"action {action} is not in the action set of {len(candidates)} branching candidates; choose one of "
                "them, or ecole.Default for SCIP's own rule"
            )
        try:
            model.reader.branch(int(positions[0]))
        except SolverError as error:
            raise ScipError(str(error)) from error


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


class ConfiguringDynamics(_RandomState):
    """Choose SCIP's parameters, once, before the solve: a contextual bandit."""

    def reset_dynamics(self, model: Model) -> tuple[bool, None]:
        """Do nothing; the episode is never done here."""
        return False, None

    def step_dynamics(self, model: Model, action: Mapping[str, ParameterValue]) -> tuple[bool, None]:
        """Set the parameters in ``action`` and solve to the end.

        Raises
        ------
        ScipError
            If SCIP has no such parameter or refuses a value.
        """
        model.set_params(action)
        model.solve()
        return True, None


class PrimalSearchDynamics(_RandomState):
    """Propose values for some integer variables after each node; SCIP deduces the rest by propagation and an LP.

    Parameters
    ----------
    trials_per_node : int
        Proposals at each node, -1 for any number.
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
        self._depths = (depth_freq, depth_start, depth_stop)
        self._heuristic: pyscipopt.Heur | None = None
        self._trials = 0
        self._found = False

    def reset_dynamics(self, model: Model) -> tuple[bool, ActionSet | None]:
        """Solve up to the first proposal.

        Returns
        -------
        tuple of (bool, uint64 array of shape (n,) or None)
            Whether the solve has ended; and the integer variables that are not fixed at the current node, as
            positions among the problem's variables.
        """
        self._trials = 0
        self._found = False
        self._heuristic = model.solve_iter_start_primalsearch(self._trials_per_node, *self._depths)
        return self._state(model)

    def step_dynamics(
        self, model: Model, action: tuple[ArrayLike, ArrayLike]
    ) -> tuple[bool, ActionSet | None]:
        """Try a proposal; go on to the next node when this one's trials are spent.

        Parameters
        ----------
        model : Model
        action : tuple of (n indices, n values)
            Variables of the action set, and what to fix them to; empty arrays try nothing.

        Returns
        -------
        tuple of (bool, uint64 array of shape (n,) or None)
            As :meth:`reset_dynamics`.

        Raises
        ------
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
            model.solve_iter_primalsearch(result)
        return self._state(model)

    def _state(self, model: Model) -> tuple[bool, ActionSet | None]:
        if model.solve_iter_is_done():
            return True, None
        if model.stage != Stage.Solving:
            return False, np.empty(0, np.uint64)
        model.reader.candidates("pseudo")
        return False, model.reader.candidate_variables().astype(np.uint64)

    def _checked(
        self, model: Model, action: tuple[ArrayLike, ArrayLike]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        if model.solve_iter_is_done():
            raise ScipError("no solve is waiting for a proposal; reset first")
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

    def _try(self, model: Model, indices: NDArray[np.int64], values: NDArray[np.float64]) -> bool:
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
