"""What tree search asks of a problem: where actions lead, and what is thought of the states there."""

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
    """A deterministic problem of one player, or of two in turn with opposite rewards, and an opinion about its states.

    Both methods are pure: a row of the result depends on that row of the arguments only.
    """

    @property
    def n_actions(self) -> int:
        """Number of actions in all, legal or not."""

    def step(self, states: States, actions: Actions) -> Transition:
        """Take one legal action in each of n states that have not ended."""

    def evaluate(self, states: States) -> Evaluation:
        """Evaluate n states that have not ended; n varies from call to call, and is at least 1."""
