"""What tabu search asks of a problem: actions that change a state in place and can be undone."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class ReversibleProblem(Protocol):
    """A state that actions change in place, each worth a known change of score. More is better.

    Scores and deltas are compared exactly, so they had better be whole numbers, or floats that do not drift.
    """

    @property
    def n_actions(self) -> int:
        """Number of actions, constant."""

    @property
    def score(self) -> float:
        """Score of the state."""

    def deltas(self) -> NDArray[np.float64]:
        """Return how each action would change the score now, shape (n_actions,).

        Minus infinity forbids an action. The array is read before the next call of any method, and never written.
        """

    def apply(self, action: int) -> None:
        """Take an action."""

    def state(self) -> NDArray[Any]:
        """Return a copy of the state."""

    def reset_to(self, state: NDArray[Any]) -> None:
        """Make ``state`` the state; it is not changed afterwards."""
