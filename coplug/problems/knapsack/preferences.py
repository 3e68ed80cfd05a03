"""The choices of a knapsack, each built for a preference, as what a sampler of the front walks on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.problems.knapsack.dag import KnapsackDag
from coplug.problems.knapsack.instance import BoolArray, IntArray, Knapsack

PARTS = 1000
"""Preferences are whole numbers that add up to so many."""


class PreferenceDag:
    """Choose items for a preference until nothing fits.

    A state is that of :class:`~.dag.KnapsackDag` with one knapsack, followed by a weight for each objective, whole
    numbers that add up to :data:`PARTS`. Actions are the same. States are encoded as the preference and the share of
    each capacity that is left; items by their profits as shares of the largest, their weights as shares of the mean,
    and the ratios of these.

    It is a :class:`~coplug.contracts.front_sampler.Preferring` DAG.

    Parameters
    ----------
    knapsack : Knapsack
    group_size : int
        At least 2.
    """

    def __init__(self, knapsack: Knapsack, group_size: int = 16) -> None:
        self.knapsack = knapsack
        self.group_size = group_size
        self._items = KnapsackDag(knapsack)

    @property
    def n_actions(self) -> int:
        """One for each item, and the stop."""
        return self._items.n_actions

    @property
    def n_features(self) -> int:
        """One for each objective and constraint."""
        return self.knapsack.n_objectives + self.knapsack.n_constraints

    @property
    def n_objectives(self) -> int:
        """Of the knapsack."""
        return self.knapsack.n_objectives

    @property
    def action_features(self) -> NDArray[np.float32]:
        """Return what is known of each item, shape (n_items, n_action_features)."""
        worth = self.knapsack.profits / np.maximum(self.knapsack.profits.max(axis=1, keepdims=True), 1)
        load = self.knapsack.weights / np.maximum(self.knapsack.capacities[:, None], 1)
        ratio = worth / (load.mean(axis=0) + 1e-9)
        ratio /= ratio.mean(axis=1, keepdims=True)
        relative = load / (load.mean(axis=1, keepdims=True) + 1e-9)
        return np.concatenate([worth, np.minimum(ratio, 10.0), relative]).T.astype(np.float32)

    def initial(self, n: int) -> IntArray:
        """Return the empty choice for equal preferences ``n`` times, shape (n, n_items + n_objectives)."""
        shares = np.full((n, self.n_objectives), 1.0 / self.n_objectives)
        return np.column_stack([self._items.initial(n), _whole(shares)])

    def sources(self, n: int, rng: np.random.Generator) -> IntArray:
        """Return empty choices for drawn preferences, ``group_size`` for each, shape (n, n_items + n_objectives)."""
        shares = rng.dirichlet(np.ones(self.n_objectives), size=-(-n // self.group_size))
        drawn = np.repeat(_whole(shares), self.group_size, axis=0)[:n]
        return np.column_stack([self._items.initial(n), drawn])

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the states with an item more each."""
        return self._items.step(states, actions)

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the states without an item each."""
        return self._items.backward_step(states, actions)

    def forward_mask(self, states: IntArray) -> BoolArray:
        """Return which items fit; the stop where none does."""
        can = states[:, : self.knapsack.n_items] == 0
        for weights, room in zip(self.knapsack.weights, self._room(states).T, strict=True):
            can &= weights <= room[:, None]
        return np.column_stack([can, ~can.any(axis=1)])

    def backward_mask(self, states: IntArray) -> BoolArray:
        """Return which items are inside."""
        return self.choices(states)

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return preference and room, shape (n, n_features)."""
        room = self._room(states) / np.maximum(self.knapsack.capacities, 1)
        return np.column_stack([self.preferred(states), room]).astype(np.float32)

    def objectives(self, states: IntArray) -> NDArray[np.float64]:
        """Return the profits of what is inside, shape (n, n_objectives)."""
        return self._items.objectives(self._without(states))

    def preferred(self, states: IntArray) -> NDArray[np.float64]:
        """Return the weights of the objectives, shape (n, n_objectives)."""
        return states[:, self.knapsack.n_items :] / PARTS

    def with_preferences(self, states: IntArray, weights: NDArray[np.float64]) -> IntArray:
        """Return the states with other preferences; weights need not add up to 1."""
        return np.column_stack([self._without(states), _whole(weights / weights.sum(axis=1, keepdims=True))])

    def choices(self, states: IntArray) -> BoolArray:
        """Return which items are inside, bool, shape (n, n_items)."""
        return self._without(states) > 0

    def _room(self, states: IntArray) -> IntArray:
        """Return what is left of the capacities, int64, shape (n, n_constraints)."""
        room: IntArray = self.knapsack.capacities - self._without(states) @ self.knapsack.weights.T
        return room

    def _without(self, states: IntArray) -> IntArray:
        return states[:, : self.knapsack.n_items]


def _whole(shares: NDArray[np.float64]) -> IntArray:
    """Return whole numbers near to shares of :data:`PARTS` that add up to it."""
    ends = np.rint(PARTS * np.cumsum(shares, axis=1)).astype(np.int64)
    ends[:, -1] = PARTS
    return np.diff(ends, axis=1, prepend=0)
