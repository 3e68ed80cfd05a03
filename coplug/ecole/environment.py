"""Ecole's environments: dynamics together with an observation, a reward and an information function."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from coplug.ecole.data import parse
from coplug.ecole.default import Default
from coplug.ecole.dynamics import BranchingDynamics, ConfiguringDynamics, PrimalSearchDynamics
from coplug.ecole.errors import MarkovError
from coplug.ecole.information import Nothing as NoInformation
from coplug.ecole.observation import NodeBipartite, Nothing
from coplug.ecole.renamed import warn_renamed
from coplug.ecole.reward import IsDone
from coplug.ecole.rng import RandomGenerator, spawn_random_generator
from coplug.ecole.scip import Model
from coplug.scip.settings import ParameterValue

Transition = tuple[Any, Any, Any, bool, Any]
"""Observation (None on a terminal state), action set, reward, whether the state is terminal, information."""


class Environment:
    """A partially observable Markov decision process on SCIP; subclasses name the dynamics and the defaults.

    Parameters
    ----------
    observation_function, reward_function, information_function : object
        What :func:`coplug.ecole.data.parse` understands; ``Default`` takes the environment's own.
    scip_params : mapping, optional
        SCIP parameters that are set at the start of every episode.
    **dynamics_kwargs
        For the dynamics.

    Attributes
    ----------
    model : Model or None
        The model of the current episode.
    dynamics
        Where the solve pauses, and what an action does there.
    observation_function
        What is seen at a state.
    reward_function
        What a transition is worth.
    information_function
        What else is told of a state.
    scip_params : dict
        May be changed between episodes.
    rng : RandomGenerator
        Source of the dynamics' seeds.
    can_transition : bool
        Whether :meth:`step` may be called.
    """

    __Dynamics__: ClassVar[Callable[..., Any]]
    __DefaultObservationFunction__: ClassVar[Callable[[], Any]] = Nothing
    __DefaultRewardFunction__: ClassVar[Callable[[], Any]] = IsDone
    __DefaultInformationFunction__: ClassVar[Callable[[], Any]] = NoInformation

    def __init__(
        self,
        observation_function: Any = Default,
        reward_function: Any = Default,
        information_function: Any = Default,
        scip_params: Mapping[str, ParameterValue] | None = None,
        **dynamics_kwargs: Any,
    ) -> None:
        kind = type(self)
        self.reward_function = parse(reward_function, kind.__DefaultRewardFunction__())
        self.observation_function = parse(observation_function, kind.__DefaultObservationFunction__())
        self.information_function = parse(information_function, kind.__DefaultInformationFunction__())
        self.scip_params = dict(scip_params or {})
        self.model: Model | None = None
        self.dynamics = kind.__Dynamics__(**dynamics_kwargs)
        self.can_transition = False
        self.rng = spawn_random_generator()

    @property
    def random_engine(self) -> RandomGenerator:
        """Ecole 0.7's name of ``rng``."""
        warn_renamed("random_engine", "rng")
        return self.rng

    @random_engine.setter
    def random_engine(self, rng: RandomGenerator) -> None:
        warn_renamed("random_engine", "rng")
        self.rng = rng

    def reset(
        self, instance: Model | str | os.PathLike[str], *dynamics_args: Any, **dynamics_kwargs: Any
    ) -> Transition:
        """Start an episode.

        Parameters
        ----------
        instance : Model or path
            A model, whose original problem is copied, or an instance file.
        *dynamics_args, **dynamics_kwargs
            For the dynamics.

        Returns
        -------
        tuple
            Observation (None if done), action set, reward offset, done, information. An episode can be done at once:
            presolving may solve an instance. The offset is what happened before the first decision.
        """
        self.can_transition = False
        # The last episode ends before the next one takes memory.
        self.model = None
        self.model = instance.copy_orig() if isinstance(instance, Model) else Model.from_file(instance)
        self.model.set_params(self.scip_params)
        self.dynamics.set_dynamics_random_state(self.model, self.rng)
        for function in (self.reward_function, self.observation_function, self.information_function):
            function.before_reset(self.model)
        done, action_set = self.dynamics.reset_dynamics(self.model, *dynamics_args, **dynamics_kwargs)
        return self._extract(done, action_set)

    def step(self, action: Any, *dynamics_args: Any, **dynamics_kwargs: Any) -> Transition:
        """Do one transition.

        Parameters
        ----------
        action : object
            A member of the last action set, where there is one.
        *dynamics_args, **dynamics_kwargs
            For the dynamics.

        Returns
        -------
        tuple
            Observation (None if done), action set, reward, done, information.

        Raises
        ------
        MarkovError
            Before the first reset, after the end of an episode, and after an exception: call :meth:`reset`.
        """
        if not self.can_transition:
            raise MarkovError("the environment has no state to step from; call reset first")
        self.can_transition = False
        done, action_set = self.dynamics.step_dynamics(self.model, action, *dynamics_args, **dynamics_kwargs)
        return self._extract(done, action_set)

    def _extract(self, done: bool, action_set: Any) -> Transition:
        """Extract a transition's data; only then, if nothing failed, may the next one follow."""
        reward = self.reward_function.extract(self.model, done)
        observation = None if done else self.observation_function.extract(self.model, done)
        information = self.information_function.extract(self.model, done)
        self.can_transition = not done
        return observation, action_set, reward, done, information

    def seed(self, value: int) -> None:
        """Seed the source of the next episodes' seeds."""
        self.rng.seed(value)


class Branching(Environment):
    """Choose the variable to branch on; see :class:`coplug.ecole.dynamics.BranchingDynamics`."""

    __Dynamics__ = BranchingDynamics
    __DefaultObservationFunction__ = NodeBipartite


class Configuring(Environment):
    """Choose SCIP's parameters; see :class:`coplug.ecole.dynamics.ConfiguringDynamics`."""

    __Dynamics__ = ConfiguringDynamics


class PrimalSearch(Environment):
    """Propose partial solutions; see :class:`coplug.ecole.dynamics.PrimalSearchDynamics`."""

    __Dynamics__ = PrimalSearchDynamics
    __DefaultObservationFunction__ = NodeBipartite
