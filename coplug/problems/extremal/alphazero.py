"""Tree search over flips with a network, as a method: the search of AlphaZero, on one graph."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.guided import GuidedModel
from coplug.algorithms.mcts import search
from coplug.algorithms.settings import Gumbel
from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.problems.extremal.game import ExtremalGame
from coplug.problems.extremal.graph import FlipGraph
from coplug.problems.extremal.guide import Guide, Uniform
from coplug.random_kernels import uniform

_MOST_WORK = 6 * 10**6
"""Pairs of nodes that the network looks at in a walk, at most: about a second, after which a search can be stopped."""


@dataclass(frozen=True, kw_only=True)
class AlphaZeroWalk:
    """Episodes of tree search side by side, all from the same graph; the noise of the search tells them apart.

    Attributes
    ----------
    guide : Guide
        Says which flips are promising and what they may still bring.
    simulations : int
        At each move, at least 1.
    considered : int
        Flips that are tried at the root, at least 1.
    episodes : int
        At most so many side by side, at least 1; fewer on large graphs.
    steps_per_node : int
        Length of an episode, at least 1; shorter on large graphs.
    slack : int
        By how much the gain of a flip may be below the largest, at least 0. Without a network it should be 0.

    Raises
    ------
    UsageError
        If a setting is out of range.
    """

    guide: Guide = field(default_factory=Uniform)
    simulations: int = 16
    considered: int = 8
    episodes: int = 4
    steps_per_node: int = 3
    slack: int = 0

    def __post_init__(self) -> None:
        least = min(self.simulations, self.considered, self.episodes, self.steps_per_node, self.slack + 1)
        if least < 1:
            raise UsageError(
                f"simulations {self.simulations}, considered {self.considered}, episodes {self.episodes}, "
                f"steps_per_node {self.steps_per_node}, slack {self.slack} are out of range; take them >= 1, slack >= 0"
            )

    def __call__(
        self, state: FlipGraph, target: int, random: NDArray[np.uint64], best: NDArray[np.int32]
    ) -> tuple[int, int]:
        """See :class:`coplug.problems.extremal.methods.Walk`; flips of the tree count too."""
        game = ExtremalGame(
            state.n, lengths=state.lengths, slack=self.slack, steps_per_node=self.steps_per_node
        )
        n_moves, n_episodes = self._size(state.n)
        rng = np.random.default_rng(int(uniform(random) * 2**53))
        settings = Gumbel(n_simulations=self.simulations, n_considered=self.considered)
        start = state.score
        states = np.repeat(game.states([state.graph()]), n_episodes, axis=0)
        total, best_total, best_state = np.zeros(n_episodes), 0.0, states[0]
        model, moves = GuidedModel(game, self.guide), 0
        while moves < n_moves and start + best_total < target:
            following = game.step(states, search(model, states, settings, rng).best)
            states, total, moves = following.states, total + following.rewards, moves + 1
            ahead = int(total.argmax())
            if total[ahead] > best_total:
                best_total, best_state = float(total[ahead]), states[ahead].copy()
        best[:] = 1
        best[_numbers(state, game.edges(best_state[None])[0])] = -1
        return start + int(best_total), moves * n_episodes * (self.simulations + 1)

    def _size(self, n: int) -> tuple[int, int]:
        """Return how many moves an episode has, and how many episodes run side by side."""
        n_moves = self.steps_per_node * n
        left = _MOST_WORK // ((self.simulations + 1) * n * n)
        return max(min(n_moves, left), 1), max(min(self.episodes, left // n_moves), 1)


def _numbers(state: FlipGraph, graph: Graph) -> NDArray[np.int64]:
    """Return the numbers that a state has for the edges of a graph."""
    low, high = graph.edges().T
    numbers: NDArray[np.int64] = state.flips.offset[low] + high
    return numbers
