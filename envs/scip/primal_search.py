"""Proposing partial solutions, as an environment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction
from numpy.typing import NDArray

from coplug.envs.spaces import MaskedMultiBinary
from coplug.envs.versions import checked_version
from coplug.errors import UsageError
from coplug.scip.data import RewardFunction
from coplug.scip.dynamics import PrimalSearchDynamics
from coplug.scip.session import Session
from coplug.scip.settings import ParameterValue
from coplug.scip.sources import Instance

from .baselines import lp_rounding, no_proposal
from .default import SET_COVERS, SMALL_AUCTIONS, decisions_from
from .environment import MaskedScipEnv
from .observations import SEARCH_OBSERVATIONS, Observation, make_observation
from .rewards import make_reward

Proposal = tuple[NDArray[np.int64], NDArray[np.float64]]

VERSIONS = (0, 1, 2)


class PrimalSearchEnv(MaskedScipEnv):
    """Propose values for some integer variables after nodes of SCIP's search; propagation and an LP give the rest.

    **Actions.** A ``Dict`` of ``select``, ``MultiBinary(max_variables)``, and ``values``, a float64
    ``Box(*value_range, (max_variables,))``. Each selected variable is fixed to its value rounded to the nearest
    integer (half to even); the values of others are ignored, and an empty selection proposes nothing. If a solution
    results that SCIP accepts, it becomes one of SCIP's. Positions are those among the problem's variables after
    presolving, the order of the observations' variables. Legal to select are integer variables that are not fixed at
    the node: ``info["action_mask"]``, int8, shape (max_variables,), has 1 there, :meth:`action_masks` gives the same
    as bool, and the space's ``sample()`` follows it. Selecting another raises ``gymnasium.error.InvalidAction`` and
    ends the episode; with ``illegal="penalty"`` it is as in :class:`coplug.envs.scip.branching.BranchingEnv`. An
    action outside the space raises ``gymnasium.error.InvalidAction``, one outside an episode
    ``gymnasium.error.ResetNeeded``.

    **Reward.** ``primal-gap``, the default: minus the relative gap, in 0..1, of the incumbent after the step to the
    dual bound at the first decision; 1 without an incumbent, 0 when the problem is settled, see
    :class:`coplug.scip.rewards.PrimalGap`. So the return is minus a primal integral whose clock are decisions.

    **Instances.** By default set covers of 200 rows and 200 columns, solved best-first with heuristics, cuts,
    presolving and propagation off: SCIP finds hardly a solution by itself, so the return is what proposals earn. Any
    other instance is solved with SCIP's defaults, or those of its model, and ``scip_params``.

    **Observations, end, solved at reset, seeds.** As in :class:`coplug.envs.scip.branching.BranchingEnv`, where an
    instance counts as solved at reset if SCIP asks for no proposal. Nodes are observed as ``node-bipartite``, the
    default, or ``graph``; SCIP may have cut off their LP. The id truncates an episode after 50 steps, the class does
    not.

    Source: A. Prouvost et al., Ecole, 2020, whose interface is :mod:`coplug.ecole`.

    Parameters
    ----------
    instance, observation, scip_params, permute
        As in :class:`coplug.envs.scip.branching.BranchingEnv`.
    reward : str or reward function, optional
        A name or an object such as those of :mod:`coplug.scip.rewards`; by default ``primal-gap``, up to version 1
        ``nodes``.
    trials_per_node : int
        Proposals at each node, at least 1; or -1, then the search stays at its first node.
    depth_freq, depth_start, depth_stop : int
        Depths of the nodes: ``depth_start + k * depth_freq``, up to ``depth_stop`` unless it is -1.
    value_range : tuple of two float
        Least and greatest value that can be proposed; the default is that of binary variables.
    max_variables, max_rows, max_edges, illegal, render_mode
        As in :class:`coplug.envs.scip.branching.BranchingEnv`.
    version : {2, 1, 0}
        Of the id, ``coplug/PrimalSearch-v2`` or one before it; see :mod:`coplug.envs.versions`. Those before have
        the instances of :class:`coplug.envs.scip.branching.BranchingEnv`, and returns in which no proposal shows.
    """

    baselines = MappingProxyType({"no-proposal": no_proposal, "lp-rounding": lp_rounding})

    def __init__(
        self,
        instance: Instance | None = None,
        observation: str | Observation = "node-bipartite",
        reward: str | RewardFunction | None = None,
        *,
        trials_per_node: int = 1,
        depth_freq: int = 1,
        depth_start: int = 0,
        depth_stop: int = -1,
        value_range: tuple[float, float] = (0.0, 1.0),
        scip_params: Mapping[str, ParameterValue] | None = None,
        permute: bool = False,
        max_variables: int | None = None,
        max_rows: int | None = None,
        max_edges: int | None = None,
        illegal: str = "error",
        version: int = 2,
        render_mode: str | None = None,
    ) -> None:
        if trials_per_node == 0:
            raise UsageError(
                "trials_per_node 0 never asks for a proposal; take it >= 1, or -1 for any number"
            )
        low, high = value_range
        if not low < high:
            raise UsageError(f"value_range {value_range} is empty; give the least value, then a greater one")
        of_proposals = checked_version(version, VERSIONS) > 1
        default = SET_COVERS if of_proposals else SMALL_AUCTIONS
        source, sizes = decisions_from(instance, max_variables, max_rows, max_edges, default)
        variables = MaskedMultiBinary(sizes.max_variables)
        super().__init__(
            variables,
            dynamics=PrimalSearchDynamics(trials_per_node, depth_freq, depth_start, depth_stop),
            source=source,
            observation=make_observation(observation, SEARCH_OBSERVATIONS, sizes, "pseudo", min(version, 1)),
            reward=make_reward(reward or ("primal-gap" if of_proposals else "nodes")),
            scip_params=scip_params,
            permute=permute,
            illegal=illegal,
            render_mode=render_mode,
        )
        values = spaces.Box(low, high, (sizes.max_variables,), np.float64)
        self.action_space = spaces.Dict({"select": variables, "values": values})

    def _decision(self, model: Session, action: Any) -> Proposal:
        if not isinstance(action, Mapping) or set(action) != {"select", "values"}:
            raise InvalidAction(f"action {action!r} is no proposal; give a dict of 'select' and 'values'")
        parts = {name: np.asarray(part) for name, part in action.items()}
        if not self.action_space.contains(parts):
            raise InvalidAction(
                f"the proposal is not in {self.action_space}; see action_space.sample() for one"
            )
        selected = np.flatnonzero(parts["select"])
        self._require_legal(selected)
        return selected, np.rint(parts["values"][selected])
