"""What AlphaZero learns to play, alone or against itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from coplug.errors import PolicyError
from coplug.search.problem import Actions, Evaluation, States, Transition

Forward = Callable[[NDArray[np.float32]], tuple[NDArray[Any], NDArray[Any]]]
"""From encoded states to logits, shape (n, k), and values, shape (n,)."""


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


@dataclass(frozen=True)
class NetworkModel:
    """A game with a network's opinion: what :func:`coplug.search.mcts.search` searches.

    Attributes
    ----------
    game : Game
    network : callable
        Takes encoded states as a tensor; returns logits, shape (n, k), of the first k actions, and values, shape (n,).
        No other action may be legal in these states. If it has a method ``compiled()``, what that returns is asked
        instead, with arrays for tensors: a faster way to compute the same, with the weights of the first evaluation.
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

    def evaluate(self, states: States) -> Evaluation:
        """Ask the network."""
        logits, values = self._forward(self.game.encode(states))
        legal = first_actions(self.game.legal(states), logits.shape[1])
        return Evaluation(logits, values, legal)

    @cached_property
    def _forward(self) -> Forward:
        compiled = getattr(self.network, "compiled", None)
        return self._by_torch if compiled is None else compiled()

    @torch.no_grad()
    def _by_torch(self, encoded: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
        logits, values = self.network(torch.from_numpy(encoded).to(self.device))
        return logits.double().cpu().numpy(), values.double().cpu().numpy()


def first_actions(legal: NDArray[np.bool_], k: int) -> NDArray[np.bool_]:
    """Return the first k columns of ``legal``.

    Raises
    ------
    PolicyError
        If an action beyond them is legal.
    """
    if legal[:, k:].any():
        raise PolicyError(
            f"the network gave {k} logits, but action {np.argwhere(legal)[:, 1].max()} is legal"
        )
    return legal[:, :k]
