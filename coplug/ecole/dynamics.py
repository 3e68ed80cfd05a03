"""Which decisions an environment hands over, and what SCIP does with them (Ecole's ``dynamics`` module)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coplug.ecole.default import Default, DefaultType
from coplug.ecole.errors import scip_errors
from coplug.ecole.rng import RandomGenerator
from coplug.ecole.scip import Model
from coplug.scip import dynamics
from coplug.scip.dynamics import Proposal
from coplug.scip.settings import LARGEST_SEED, ParameterValue

ActionSet = NDArray[np.uint64]


class _RandomState:
    """Draws SCIP's seeds."""

    def set_dynamics_random_state(self, model: Model, rng: RandomGenerator) -> None:
        """Permute rows and columns, and set SCIP's three seeds to draws from ``rng``."""
        names = ("permutationseed", "randomseedshift", "lpseed")
        model.set_params(
            {"randomization/permuteconss": True, "randomization/permutevars": True}
            | {f"randomization/{name}": rng.integer(1, LARGEST_SEED) for name in names}
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
        self._dynamics = dynamics.BranchingDynamics("pseudo" if pseudo_candidates else "lp")

    @scip_errors()
    def reset_dynamics(self, model: Model) -> tuple[bool, ActionSet | None]:
        """Solve up to the first branching decision.

        Returns
        -------
        tuple of (bool, uint64 array of shape (n,) or None)
            Whether the solve has ended, which can happen in presolving already; and the candidates, as positions
            among the problem's variables.
        """
        return _unsigned(*self._dynamics.reset(model))

    @scip_errors()
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
            return _unsigned(*self._dynamics.skip(model))
        return _unsigned(*self._dynamics.step(model, action))


class ConfiguringDynamics(_RandomState):
    """Choose SCIP's parameters, once, before the solve: a contextual bandit."""

    def __init__(self) -> None:
        self._dynamics = dynamics.ConfiguringDynamics()

    def reset_dynamics(self, model: Model) -> tuple[bool, None]:
        """Do nothing; the episode is never done here."""
        return self._dynamics.reset(model)

    @scip_errors()
    def step_dynamics(self, model: Model, action: Mapping[str, ParameterValue]) -> tuple[bool, None]:
        """Set the parameters in ``action`` and solve to the end.

        Raises
        ------
        ScipError
            If SCIP has no such parameter or refuses a value.
        """
        return self._dynamics.step(model, action)


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
        self._dynamics = dynamics.PrimalSearchDynamics(trials_per_node, depth_freq, depth_start, depth_stop)

    @scip_errors()
    def reset_dynamics(self, model: Model) -> tuple[bool, ActionSet | None]:
        """Solve up to the first proposal.

        Returns
        -------
        tuple of (bool, uint64 array of shape (n,) or None)
            Whether the solve has ended; and the integer variables that are not fixed at the current node, as
            positions among the problem's variables.
        """
        return _unsigned(*self._dynamics.reset(model))

    @scip_errors()
    def step_dynamics(self, model: Model, action: Proposal) -> tuple[bool, ActionSet | None]:
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
        return _unsigned(*self._dynamics.step(model, action))


def _unsigned(done: bool, action_set: NDArray[np.int64] | None) -> tuple[bool, ActionSet | None]:
    return done, None if action_set is None else action_set.astype(np.uint64)
