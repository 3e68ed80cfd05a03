"""What AlphaZero learns to play, alone or against itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from coplug.search.problem import Actions, Evaluation, States, Transition


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
        """Return what the network sees, shape (n, ...), from the side of the player whose turn it is."""
        ...


@dataclass(frozen=True)
class NetworkModel:
    """A game with a network's opinion: what :func:`coplug.search.mcts.search` searches.

    Attributes
    ----------
    game : Game
    network : callable
        Takes encoded states as a tensor; returns logits, shape (n, n_actions), and values, shape (n,).
    device : torch.device
    """

    game: Game
    network: Any
    device: torch.device

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return self.game.n_actions

    def step(self, states: States, actions: Actions) -> Transition:
        """See :meth:`Game.step`."""
        return self.game.step(states, actions)

    @torch.no_grad()
    def evaluate(self, states: States) -> Evaluation:
        """Ask the network."""
        logits, values = self.network(torch.from_numpy(self.game.encode(states)).to(self.device))
        return Evaluation(
            logits.double().cpu().numpy(), values.double().cpu().numpy(), self.game.legal(states)
        )
