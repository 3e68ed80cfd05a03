"""What is extracted from every state of an episode; any class with these methods fits, without inheritance."""

from __future__ import annotations

from typing import Protocol, TypeVar

from coplug.scip.session import Session

Data = TypeVar("Data", covariant=True)


class DataFunction(Protocol[Data]):
    """Something that is extracted from every state of an episode, and may remember earlier ones."""

    def before_reset(self, model: Session, /) -> None:
        """Start an episode; ``model`` holds the problem and is about to be solved."""
        ...

    def extract(self, model: Session, done: bool, /) -> Data:
        """Return the data of the current state, ``done`` if the solve has ended; called once a state."""
        ...


class RewardFunction(DataFunction[float], Protocol):
    """A data function whose data are rewards."""
