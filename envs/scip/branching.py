"""Choosing branching variables, as an environment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from gymnasium.error import InvalidAction

from coplug.contracts.policy import CandidateKind
from coplug.envs.spaces import MaskedDiscrete
from coplug.scip.data import RewardFunction
from coplug.scip.dynamics import BranchingDynamics
from coplug.scip.session import Session
from coplug.scip.settings import ParameterValue
from coplug.scip.sources import Instance

from .baselines import pseudocost, strong_branching
from .default import decisions_from
from .environment import MaskedScipEnv
from .observations import NODE_OBSERVATIONS, Observation, make_observation
from .rewards import make_reward


class BranchingEnv(MaskedScipEnv):
    """Choose the variable to branch on at every node of SCIP's search whose LP solution is fractional.

    **Actions.** ``Discrete(max_variables)``: a variable's position among the problem's variables after presolving,
    the order of the observations' variables. Legal are the candidates: ``info["action_mask"]``, int8, shape
    (max_variables,), has 1 there, and :meth:`action_masks` gives the same as bool. The space's ``sample()`` follows
    the mask. An illegal action, or one outside the space, raises ``gymnasium.error.InvalidAction`` and ends the
    episode. With ``illegal="penalty"`` an illegal one changes nothing, has reward -1 and is counted in
    ``info["n_illegal"]``; the 100th in an episode truncates it. A step outside an episode raises
    ``gymnasium.error.ResetNeeded``.

    **Observations.** ``node-bipartite``, the default, is a ``Dict`` of the LP at the node as a bipartite graph:

    ===================== ======= =================== ==================================================
    field                 dtype   shape               range
    ===================== ======= =================== ==================================================
    ``variable_features`` float32 (max_variables, 19) -1e20..1e20, ``coplug.contracts.node.COLUMN_FEATURES``
    ``row_features``      float32 (max_rows, 5)       -1e20..1e20, ``coplug.contracts.node.ROW_FEATURES``
    ``edge_indices``      int64   (2, max_edges)      row in 0..max_rows-1, variable in 0..max_variables-1
    ``edge_values``       float32 (max_edges,)        -1e20..1e20, coefficient over the norm of its row
    ``n_variables``       int64   (1,)                0..max_variables
    ``n_rows``            int64   (1,)                0..max_rows
    ``n_edges``           int64   (1,)                0..max_edges
    ===================== ======= =================== ==================================================

    Beyond the counts all is 0, and so are an incumbent's features while there is none, and all at the end. The
    others, ``graph``, ``khalil``, ``pseudocosts`` and ``strong-branching``, are specified at
    :data:`coplug.envs.scip.observations.NODE_OBSERVATIONS`.

    **Reward.** ``nodes``, the default: minus the nodes that SCIP processed since the last decision. What came before
    the first decision is ``info["reward_offset"]`` of the reset. See
    :data:`coplug.envs.scip.rewards.REWARDS` for the other names.

    **End.** The episode is terminated when SCIP has proved optimality, infeasibility or unboundedness, and truncated
    when it stops for another reason: a limit of time, nodes, memory, gap or solutions, or an interrupt. The last
    ``info`` then has ``status``, ``primal_bound``, ``dual_bound`` and ``n_nodes``.

    **Solved at reset.** An instance may need no decision. If the source has others (a directory, a family, a list, a
    generator), another one is drawn, up to 100 times, counted in ``info["redraws"]``; then InstanceError is
    raised. If it is one fixed instance, reset returns a mask of zeros and ``info["solved_at_reset"]`` is True; the
    next step ignores its action, has reward 0 and ends the episode as above.

    **Instances.** By default combinatorial auctions of 30 items and 100 bids, with presolving, cuts, propagation,
    symmetry handling and primal heuristics off, so that with pseudo-candidates all 100 variables are legal at every
    root. These settings are for the default's instances alone: any other is solved with SCIP's defaults, or those
    of its model, and ``scip_params``.

    **Seeds.** The instance and SCIP's seeds are drawn from ``np_random``; equal seeds and actions give equal
    episodes, unless there is a time limit or a reward that measures time. A generator with a method ``seed(int)`` is
    seeded too when a reset has a seed; any other goes on where it is.

    Source: M. Gasse et al., Exact Combinatorial Optimization with Graph Convolutional Neural Networks, NeurIPS 2019;
    A. Prouvost et al., Ecole, 2020, whose interface is :mod:`coplug.ecole`.

    Parameters
    ----------
    instance : object, optional
        A file, a directory, a model of Ecole's interface or of PySCIPOpt, a ``MilpInstance``, a family, or a list or
        generator of these; also in ``reset(options={"instance": ...})``, for one episode.
    observation : str or Observation
        A name or an object.
    reward : str or reward function
        A name or an object such as those of :mod:`coplug.scip.rewards`.
    candidates : {"pseudo", "lp"}
        All integer variables that are not fixed, or those that are fractional in the LP solution.
    scip_params : mapping, optional
        SCIP parameters for every episode; they win over the seeds.
    permute : bool
        Permute variables and constraints by the episode's seed.
    max_variables, max_rows, max_edges : int, optional
        Sizes of the arrays; by default measured on the first instance, see :class:`coplug.envs.scip.sizes.Sizes`. An
        instance that does not fit is drawn again, or raises UsageError if it is the only one; a node that does not
        fit truncates the episode, and ``info["too_large"]`` says what was too large.
    illegal : {"error", "penalty"}
    version : {1, 0}
        Of the id, ``coplug/Branching-v1`` or -v0, in which counts are ``Discrete``.
    render_mode : {"ansi", "rgb_array"}, optional
        The search tree as text; or it and the bounds as a picture, uint8 (600, 800, 3).
    """

    baselines = MappingProxyType({"pseudocost": pseudocost, "strong-branching": strong_branching})

    def __init__(
        self,
        instance: Instance | None = None,
        observation: str | Observation = "node-bipartite",
        reward: str | RewardFunction = "nodes",
        *,
        candidates: CandidateKind = "pseudo",
        scip_params: Mapping[str, ParameterValue] | None = None,
        permute: bool = False,
        max_variables: int | None = None,
        max_rows: int | None = None,
        max_edges: int | None = None,
        illegal: str = "error",
        version: int = 1,
        render_mode: str | None = None,
    ) -> None:
        source, sizes = decisions_from(instance, max_variables, max_rows, max_edges)
        variables = MaskedDiscrete(sizes.max_variables)
        super().__init__(
            variables,
            dynamics=BranchingDynamics(candidates),
            source=source,
            observation=make_observation(observation, NODE_OBSERVATIONS, sizes, candidates, version),
            reward=make_reward(reward),
            scip_params=scip_params,
            permute=permute,
            illegal=illegal,
            render_mode=render_mode,
        )
        self.action_space = variables

    def _decision(self, model: Session, action: Any) -> int:
        if not self.action_space.contains(action):
            raise InvalidAction(
                f"action {action!r} is no variable's position; take an integer in 0..{len(self._mask) - 1}"
            )
        position = int(action)
        self._require_legal(np.array([position]))
        if self._tree is not None:
            self._tree.decide(model, position)
        return position
