"""Episodes in which every move is searched, many side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.guided import GuidedModel
from coplug.algorithms.mcts import search
from coplug.algorithms.result import choose
from coplug.algorithms.settings import Gumbel, Puct
from coplug.contracts.game import Game
from coplug.contracts.model import States
from coplug.graphs import GraphBatch, Graphs, Ragged

Settings = Puct | Gumbel
STATE, POLICY, VALUE = "state", "policy", "value"


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """Finished episodes.

    Attributes
    ----------
    examples : GraphBatch
        One graph for each move: a node ``state`` with the state, extras ``policy`` (what the search found, shape
        (n_actions,)) and ``value`` (the discounted return from there, to the player who moved).
    returns : float64, shape (n_episodes,)
        Undiscounted sum of rewards, to the player who moved first.
    lengths : int64, shape (n_episodes,)
        Moves of each episode.
    """

    examples: Graphs
    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]


def play(
    model: GuidedModel, n_episodes: int, settings: Settings, hot_moves: int, rng: np.random.Generator
) -> Played:
    """Play episodes to their end.

    Parameters
    ----------
    model : GuidedModel
    n_episodes : int
    settings : Puct or Gumbel
    hot_moves : int
        So many first moves of an episode are drawn by their share of the visits; the others are the most visited. After
        a Gumbel search the choice is random already and always taken.
    rng : numpy.random.Generator
    """
    states = model.game.initial_states(n_episodes, rng)
    waiting = np.arange(n_episodes)
    moves: list[tuple[NDArray[Any], ...]] = []
    while len(waiting):
        found = search(model, states, settings, rng)
        hot = len(moves) < hot_moves and isinstance(settings, Puct)
        actions = choose(found, 1.0 if hot else 0.0, rng)
        following = model.game.step(states, actions)
        moves.append((states, found.policy, following.rewards, waiting))
        goes_on = ~following.terminal
        states, waiting = following.states[goes_on], waiting[goes_on]
    return _finished(moves, n_episodes, settings.discount, model.game.two_player)


def _finished(
    moves: Sequence[tuple[NDArray[Any], ...]], n_episodes: int, discount: float, two_player: bool
) -> Played:
    """Compute what each move was worth, from the last one backwards."""
    sign = -1.0 if two_player else 1.0
    following, total = np.zeros(n_episodes), np.zeros(n_episodes)
    values = []
    for _, _, rewards, episodes in reversed(moves):
        following[episodes] = rewards + discount * sign * following[episodes]
        total[episodes] = rewards + sign * total[episodes]
        values.append(following[episodes])
    examples = GraphBatch(
        {STATE: Ragged.one_each(np.concatenate([states for states, *_ in moves]))},
        extras={
            POLICY: Ragged.one_each(np.concatenate([policy for _, policy, *_ in moves])),
            VALUE: Ragged.one_each(np.concatenate(values[::-1])),
        },
    )
    lengths = np.bincount(np.concatenate([episodes for *_, episodes in moves]), minlength=n_episodes)
    return Played(examples, total, lengths)


def match(
    game: Game, players: Sequence[GuidedModel], n_episodes: int, settings: Settings, rng: np.random.Generator
) -> float:
    """Let the first player of ``players`` play the second, half the episodes each way round.

    Returns
    -------
    float
        Mean return to the first player, over both sides.
    """
    starts: States = game.initial_states(n_episodes, rng)
    both = [_match(game, order, starts, settings, rng) for order in (players, players[::-1])]
    return float(both[0].mean() - both[1].mean()) / 2.0


def _match(
    game: Game,
    players: Sequence[GuidedModel],
    starts: States,
    settings: Settings,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    states, waiting, total = starts, np.arange(len(starts)), np.zeros(len(starts))
    turn = 0
    while len(waiting):
        found = search(players[turn % 2], states, settings, rng)
        following = game.step(states, found.best)
        total[waiting] += following.rewards if turn % 2 == 0 else -following.rewards
        goes_on = ~following.terminal
        states, waiting = following.states[goes_on], waiting[goes_on]
        turn += 1
    return total
