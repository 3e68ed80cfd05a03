"""The structures that Ecole's interface is made of; any class with these methods fits, without inheritance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, TypeVar

from coplug.ecole.rng import RandomGenerator
from coplug.ecole.scip import Model

Action = TypeVar("Action")
ActionSet = TypeVar("ActionSet")
Data = TypeVar("Data", covariant=True)
Observation = TypeVar("Observation", covariant=True)
Information = TypeVar("Information")

_Action = TypeVar("_Action", contravariant=True)
_ActionSet = TypeVar("_ActionSet", covariant=True)


class Dynamics(Protocol[_Action, _ActionSet]):
    """The transitions of an environment, without observation, reward and information."""

    def set_dynamics_random_state(self, model: Model, rng: RandomGenerator) -> None:
        """Draw whatever is random in the next episode from ``rng`` and set it on ``model``."""
        ...

    def reset_dynamics(self, model: Model) -> tuple[bool, _ActionSet]:
        """Bring ``model`` to an initial state; returns whether that is terminal, and the action set."""
        ...

    def step_dynamics(self, model: Model, action: _Action) -> tuple[bool, _ActionSet]:
        """Do one transition; returns whether the new state is terminal, and its action set."""
        ...


class DataFunction(Protocol[Data]):
    """Something that is extracted from every state of an episode, and may remember earlier ones."""

    def before_reset(self, model: Model) -> None:
        """Start an episode; ``model`` holds the problem and is about to be solved."""
        ...

    def extract(self, model: Model, done: bool) -> Data:
        """Return the data of the current state; called once a state."""
        ...


class ObservationFunction(DataFunction[Observation], Protocol[Observation]):
    """A data function whose data an environment returns as the observation."""


class RewardFunction(DataFunction[float], Protocol):
    """A data function whose data an environment returns as the reward."""


class InformationFunction(DataFunction[dict[str, Information]], Protocol[Information]):
    """A data function whose data, a dictionary, an environment returns as additional information."""


class InstanceGenerator(Protocol):
    """An endless, or not, source of instances."""

    @staticmethod
    def generate_instance(*args: Any, **kwargs: Any) -> Model:
        """Draw one instance from ``rng``, the last argument or the one of this name."""
        ...

    def __iter__(self) -> Iterator[Model]:
        """Return itself."""
        ...

    def __next__(self) -> Model:
        """Draw the next instance from the generator's own source of randomness."""
        ...

    def seed(self, value: int) -> None:
        """Seed that source."""
        ...
