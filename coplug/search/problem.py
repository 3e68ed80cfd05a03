"""What the searches ask of a problem: a model for tree search, reversible actions for tabu search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

States = NDArray[Any]
"""A batch of states, shape (n, ...): one state a row, any dtype."""

Actions = NDArray[np.int64]
"""Numbers of actions, each in ``0..n_actions - 1``."""


@dataclass(frozen=True)
class Transition:
    """Where a batch of actions leads.

    Attributes
    ----------
    states : shape (n, ...)
        Of the shape and dtype that came in.
    rewards : float, shape (n,)
        To the player who acted; finite.
    terminal : bool, shape (n,)
        Whether the episode ends there; nothing is gained after it.
    """

    states: States
    rewards: NDArray[np.floating[Any]]
    terminal: NDArray[np.bool_]


@dataclass(frozen=True)
class Evaluation:
    """What a network, or a heuristic, thinks of a batch of states.

    Attributes
    ----------
    logits : float, shape (n, n_columns)
        Log-probabilities of the actions up to a constant a row. Read only where ``legal``; minus infinity is as
        good as illegal.
    values : float, shape (n,)
        Expected return from the state on, to the player whose turn it is; finite.
    legal : bool, shape (n, n_columns), or None
        None if all are. A row without a legal action is a dead end, worth its value.
    actions : int, shape (n, n_columns), or None
        The action of each column, distinct within a row. None if column ``j`` is action ``j``. A short list of
        candidates saves time where actions are many; rows of unequal length are padded where not ``legal``.
    """

    logits: NDArray[np.floating[Any]]
    values: NDArray[np.floating[Any]]
    legal: NDArray[np.bool_] | None = None
    actions: NDArray[np.integer[Any]] | None = None


class Model(Protocol):
    """A deterministic problem of one player, or of two in turn with opposite rewards.

    Both methods are pure: a row of the result depends on that row of the arguments only.
    """

    @property
    def n_actions(self) -> int:
        """Number of actions in all, legal or not."""

    def step(self, states: States, actions: Actions) -> Transition:
        """Take one legal action in each of n states that have not ended."""

    def evaluate(self, states: States) -> Evaluation:
        """Evaluate n states that have not ended; n varies from call to call, and is at least 1."""


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
