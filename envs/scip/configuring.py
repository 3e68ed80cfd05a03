"""Choosing SCIP's parameters, as an environment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gymnasium.error import InvalidAction

from coplug.envs.versions import checked_version
from coplug.scip.data import RewardFunction
from coplug.scip.dynamics import ConfiguringDynamics
from coplug.scip.session import Session
from coplug.scip.settings import ParameterValue
from coplug.scip.sources import Instance, as_source

from .baselines import scip_defaults
from .default import CONFIGURED
from .environment import ScipEnv
from .observations import INSTANCE_OBSERVATIONS, Observation, make_observation
from .parameters import DEFAULT_PARAMETERS, Choices, ParameterSpace
from .rewards import make_reward


class ConfiguringEnv(ScipEnv):
    """Choose SCIP's parameters for an instance, once, before it is solved: a contextual bandit.

    **Actions.** A ``Dict`` with an entry for each parameter. By default:

    ============================== ==================== ==================================================
    parameter                      space                meaning
    ============================== ==================== ==================================================
    ``branching/scorefac``         Box 0..1, float64    weight of the worse child in branching scores
    ``nodeselection/childsel``     Discrete(7)          child to go on with: d, u, p, i, l, r, h
    ``presolving/maxrounds``       Discrete(3)          0, 1, any number of rounds
    ``separating/maxroundsroot``   Discrete(3)          0, 5, any number of rounds of cuts at the root
    ``conflict/enable``            Discrete(2)          analysis of infeasible nodes off, on
    ============================== ==================== ==================================================

    Their meanings are in SCIP's manual. An action outside the space raises ``gymnasium.error.InvalidAction`` and ends
    the episode; a step outside an episode raises ``gymnasium.error.ResetNeeded``.

    **Observations.** ``instance``, the default: a ``Box``, float32, shape (33,), in -1e20..1e20, the features of
    Hutter et al. 2011 in the order of ``coplug.scip.hutter.FEATURES``; they need linear constraints. At the
    end all are 0.

    **Reward.** ``lp-iterations``, the default: minus the simplex iterations of SCIP's search, those of strong branching
    not counted. Unlike seconds they are the same on every machine, and unlike nodes they make cuts and presolving
    cost something. ``info["reward_offset"]`` of the reset is 0. See
    :data:`coplug.envs.scip.rewards.REWARDS` for the other names.

    **End.** After the one step. It is terminated when SCIP has proved optimality, infeasibility or unboundedness, and
    truncated when SCIP stops for another reason: a limit of time, nodes, memory, gap or solutions, or an
    interrupt. The last ``info`` has ``status``, ``primal_bound``, ``dual_bound`` and ``n_nodes``. Nothing is solved
    at reset, so every instance needs its decision.

    **Instances, seeds.** By default independent sets of Barabasi-Albert graphs of 150 nodes, on which a setting
    takes up to twice the LP iterations of another and four times the seconds (``scripts/bench_settings.py``).
    Otherwise as in :class:`coplug.envs.scip.branching.BranchingEnv`.
    The chosen parameters win over ``scip_params``.

    Source: F. Hutter et al., Sequential Model-Based Optimization for General Algorithm Configuration, LION 2011;
    A. Prouvost et al., Ecole, 2020, whose interface is :mod:`coplug.ecole`.

    Parameters
    ----------
    instance, scip_params, permute, render_mode
        As in :class:`coplug.envs.scip.branching.BranchingEnv`; what is rendered is the solve as a line, and a line
        on each parameter; in pictures the bounds too.
    observation : str or Observation
        A name or an object; extracted before the problem is transformed.
    reward : str or reward function, optional
        A name or an object such as those of :mod:`coplug.scip.rewards`; by default ``lp-iterations``, in version 0
        ``nodes``.
    parameters : mapping of str to Space or sequence, optional
        What may be chosen, by SCIP parameter, see :class:`coplug.envs.scip.parameters.ParameterSpace`.
    version : {1, 0}
        Of the id, ``coplug/Configuring-v1`` or -v0, whose instances are auctions of 40 items and 150 bids.

    Raises
    ------
    ParameterError
        If SCIP has no such parameter, or refuses one of its values.
    """

    baselines = MappingProxyType({"scip-defaults": scip_defaults})

    def __init__(
        self,
        instance: Instance | None = None,
        observation: str | Observation = "instance",
        reward: str | RewardFunction | None = None,
        *,
        parameters: Mapping[str, Choices] | None = None,
        scip_params: Mapping[str, ParameterValue] | None = None,
        permute: bool = False,
        version: int = 1,
        render_mode: str | None = None,
    ) -> None:
        default = CONFIGURED[checked_version(version)]
        self.parameters = ParameterSpace(DEFAULT_PARAMETERS if parameters is None else parameters)
        self._chosen: dict[str, ParameterValue] = {}
        super().__init__(
            dynamics=ConfiguringDynamics(),
            source=default if instance is None else as_source(instance),
            observation=make_observation(observation, INSTANCE_OBSERVATIONS),
            reward=make_reward(reward or ("lp-iterations" if version else "nodes")),
            scip_params=scip_params,
            permute=permute,
            render_mode=render_mode,
        )
        self.action_space = self.parameters.space

    def _decision(self, model: Session, action: Any) -> dict[str, ParameterValue]:
        try:
            self._chosen = self.parameters.values(action)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise InvalidAction(
                f"{action!r} is not in {self.action_space}; see action_space.sample() for one"
            ) from error
        return self._chosen

    def _end_episode(self) -> None:
        self._chosen = {}
        super()._end_episode()

    def _notes(self) -> list[str]:
        return [f"{name} = {value}" for name, value in self._chosen.items()]
