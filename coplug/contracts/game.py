"""A game of one player, or of two: what tree search plays and AlphaZero learns."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.model import Actions, States, Transition


class Game(Protocol):
    """A deterministic problem of one player, or of two in turn with opposite rewards.

    Methods are pure and take batches: a row of the result depends on that row of the arguments only. Every episode
    must end.
    """

    @property
    def n_actions(self) -> int:
        """Number of actions in all, legal or not."""
        ...

    @property
    def two_player(self) -> bool:
        """Whether two players alternate, one's gain being the other's loss."""
        ...

    def initial_states(self, n: int, rng: np.random.Generator) -> States:
        """Draw n states to begin with, none of which has ended; shape (n, ...)."""
        ...

    def step(self, states: States, actions: Actions) -> Transition:
        """Take one legal action in each of n states that have not ended; rewards are the acting player's."""
        ...

    def legal(self, states: States) -> NDArray[np.bool_]:
        """Return which actions are legal, shape (n, n_actions); at least one in a state that has not ended."""
        ...

    def encode(self, states: States) -> NDArray[np.float32]:
        """Return what the network sees, shape (n, ...), from the side of the player whose turn it is.

        The size may depend on the largest of the states, if the network's number of logits follows.
        """
        ...
