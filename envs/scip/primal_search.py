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
from coplug.errors import UsageError
from coplug.scip.data import RewardFunction
from coplug.scip.dynamics import PrimalSearchDynamics
from coplug.scip.session import Session
from coplug.scip.settings import ParameterValue
from coplug.scip.sources import Instance

from .baselines import no_proposal
from .default import decisions_from
from .environment import MaskedScipEnv
from .observations import SEARCH_OBSERVATIONS, Observation, make_observation
from .rewards import make_reward

Proposal = tuple[NDArray[np.int64], NDArray[np.float64]]


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

    **Observations, reward, end, solved at reset, instances, seeds.** As in
    :class:`coplug.envs.scip.branching.BranchingEnv`, where an instance counts as solved at reset if SCIP asks for
    no proposal. Nodes are observed as ``node-bipartite``, the default, or ``graph``; SCIP may have cut off their LP.
    By default the reward is ``nodes``; rewards for good solutions early are ``primal-integral`` and
    ``primal-dual-integral``. SCIP branches by its own rule.

    Source: A. Prouvost et al., Ecole, 2020, whose interface is :mod:`coplug.ecole`.

    Parameters
    ----------
    instance, observation, reward, scip_params, permute
        As in :class:`coplug.envs.scip.branching.BranchingEnv`.
    trials_per_node : int
        Proposals at each node, at least 1; or -1, then the search stays at its first node.
    depth_freq, depth_start, depth_stop : int
        Depths of the nodes: ``depth_start + k * depth_freq``, up to ``depth_stop`` unless it is -1.
    value_range : tuple of two float
        Least and greatest value that can be proposed; the default is that of binary variables.
    max_variables, max_rows, max_edges, illegal, version, render_mode
        As in :class:`coplug.envs.scip.branching.BranchingEnv`.
    """

    baselines = MappingProxyType({"no-proposal": no_proposal})

    def __init__(
        self,
        instance: Instance | None = None,
        observation: str | Observation = "node-bipartite",
        reward: str | RewardFunction = "nodes",
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
        version: int = 1,
        render_mode: str | None = None,
    ) -> None:
        if trials_per_node == 0:
            raise UsageError(
                "trials_per_node 0 never asks for a proposal; take it >= 1, or -1 for any number"
            )
        low, high = value_range
        if not low < high:
            raise UsageError(f"value_range {value_range} is empty; give the least value, then a greater one")
        source, sizes = decisions_from(instance, max_variables, max_rows, max_edges)
        variables = MaskedMultiBinary(sizes.max_variables)
        super().__init__(
            variables,
            dynamics=PrimalSearchDynamics(trials_per_node, depth_freq, depth_start, depth_stop),
            source=source,
            observation=make_observation(observation, SEARCH_OBSERVATIONS, sizes, "pseudo", version),
            reward=make_reward(reward),
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
