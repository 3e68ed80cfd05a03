"""A game with an opinion about its states: what tree search searches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.game import Game
from coplug.contracts.model import Actions, Evaluation, States, Transition
from coplug.errors import PolicyError

Opinion = Callable[[NDArray[np.float32]], tuple[NDArray[Any], NDArray[Any]]]
"""From encoded states to logits, shape (n, k), of the first k actions, and values, shape (n,).

No other action may be legal in these states.
"""


@dataclass(frozen=True)
class GuidedModel:
    """A game and an opinion, as a :class:`coplug.contracts.model.Model`.

    Attributes
    ----------
    game : Game
    opinion : callable
        See :data:`Opinion`.
    """

    game: Game
    opinion: Opinion

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return self.game.n_actions

    def step(self, states: States, actions: Actions) -> Transition:
        """See :meth:`coplug.contracts.game.Game.step`."""
        return self.game.step(states, actions)

    def evaluate(self, states: States) -> Evaluation:
        """Ask the opinion.

        Raises
        ------
        PolicyError
            If an action is legal that it says nothing about.
        """
        logits, values = self.opinion(self.game.encode(states))
        return Evaluation(logits, values, first_actions(self.game.legal(states), logits.shape[1]))


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
