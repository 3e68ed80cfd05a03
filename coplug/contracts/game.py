"""A game of one player, or of two: what tree search plays and AlphaZero learns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

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


Rule = Callable[[States, NDArray[np.bool_], np.random.Generator], Actions]
"""Chooses a legal action in each of n states, given which are legal, bool, shape (n, n_actions)."""

Baseline = Callable[[States], NDArray[np.float64]]
"""Returns the undiscounted returns of a game of one player from given states on, shape (n,), by some other way."""


@runtime_checkable
class WithBaselines(Protocol):
    """A game of one player that knows what a learned player has to be measured against."""

    def baselines(self) -> Mapping[str, Baseline]:
        """Return the classical ways to play, by name; random moves need not be among them."""
        ...


def at_random(states: States, legal: NDArray[np.bool_], rng: np.random.Generator) -> Actions:
    """Return a legal action of each state, each as likely as any other; a :data:`Rule`."""
    drawn: Actions = np.where(legal, rng.random(legal.shape), -1.0).argmax(axis=1)
    return drawn


def returns_by(game: Game, rule: Rule, states: States, seed: int = 0) -> NDArray[np.float64]:
    """Return the undiscounted returns of a rule in a game of one player, float64, shape (n,).

    Parameters
    ----------
    game : Game
    rule : Rule
    states : shape (n, ...)
        Where the episodes begin; none has ended.
    seed : int
        Of the rule's own draws.
    """
    rng = np.random.default_rng(seed)
    returns, waiting = np.zeros(len(states)), np.arange(len(states))
    while len(waiting):
        following = game.step(states, rule(states, game.legal(states), rng))
        returns[waiting] += following.rewards
        goes_on = ~following.terminal
        states, waiting = following.states[goes_on], waiting[goes_on]
    return returns


def baselines_of(game: Game) -> dict[str, Baseline]:
    """Return ``random``, and what a game of one player names itself."""
    named = game.baselines() if isinstance(game, WithBaselines) else {}
    return {"random": lambda states: returns_by(game, at_random, states), **named}
