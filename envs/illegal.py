"""What an illegal action leads to: an error, or a penalty."""

from __future__ import annotations

from typing import Any

from gymnasium.error import InvalidAction

from coplug.errors import UsageError

PENALTY = 1.0
"""What an illegal action costs, where it is no error."""

MAX_ILLEGAL = 100
"""Illegal actions that truncate an episode, where they are no errors."""


def penalises(illegal: str) -> bool:
    """Return whether illegal actions cost a reward.

    Raises
    ------
    UsageError
        If the word is neither ``error`` nor ``penalty``.
    """
    if illegal not in ("error", "penalty"):
        raise UsageError(f"illegal {illegal!r} is unknown; choose 'error' or 'penalty'")
    return illegal == "penalty"


class NotLegalError(InvalidAction):
    """An action of the space that is not legal now."""


class IllegalActions:
    """Counts the illegal actions of an episode, or refuses them.

    Parameters
    ----------
    illegal : {"error", "penalty"}
    """

    def __init__(self, illegal: str) -> None:
        self._penalises = penalises(illegal)
        self._count = 0

    @property
    def truncates(self) -> bool:
        """Whether the episode is over for its illegal actions."""
        return self._count >= MAX_ILLEGAL

    def begin(self) -> None:
        """Start an episode."""
        self._count = 0

    def reward(self, error: InvalidAction) -> float:
        """Take note of an illegal action and return its reward.

        Raises
        ------
        InvalidAction
            The one given, if illegal actions are errors.
        """
        if not self._penalises:
            raise error
        self._count += 1
        return -PENALTY

    def info(self) -> dict[str, Any]:
        """Return what the info says of them."""
        return {"n_illegal": self._count} if self._penalises else {}
