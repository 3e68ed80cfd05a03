"""The choices of a knapsack, or of several, as what a GFlowNet walks on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.problems.knapsack.instance import BoolArray, IntArray, Knapsack


class KnapsackDag:
    """Put items into knapsacks until nothing fits; the objects are the choices to which nothing can be added.

    A state has, for each of ``n_items`` items, 0 where it is left out or ``k`` where it is in knapsack ``k``, counted
    from 1. Action ``(k - 1) n_items + i`` puts item ``i`` into knapsack ``k``, a backward action takes it out; the last
    action stops, and is allowed where nothing else is. Every knapsack has the capacities of the instance.

    It is a :class:`~coplug.contracts.dag.MultiObjective` and, with one objective, a
    :class:`~coplug.contracts.dag.Rewarded` DAG. States are encoded as the knapsack of each item, one-hot, and the share
    of each capacity that is left.

    Parameters
    ----------
    knapsack : Knapsack
    n_knapsacks : int
        At least 1.
    beta : float
        Above 0: the reward of a choice is ``exp(beta v)``, ``v`` the sum of its objectives as shares of all items'.

    Raises
    ------
    UsageError
        If an argument is out of range.
    """

    def __init__(self, knapsack: Knapsack, n_knapsacks: int = 1, beta: float = 8.0) -> None:
        if n_knapsacks < 1 or not beta > 0.0:
            raise UsageError(
                f"{n_knapsacks} knapsacks, beta {beta} are out of range; take at least 1, and above 0"
            )
        self.knapsack = knapsack
        self.n_knapsacks = n_knapsacks
        self.beta = beta

    @property
    def n_actions(self) -> int:
        """One for each item and knapsack, and the stop."""
        return self.n_knapsacks * self.knapsack.n_items + 1

    @property
    def n_features(self) -> int:
        """One for each item and knapsack, and one for each capacity of each knapsack."""
        return self.n_knapsacks * (self.knapsack.n_items + self.knapsack.n_constraints)

    @property
    def n_objectives(self) -> int:
        """Of the knapsack."""
        return self.knapsack.n_objectives

    def initial(self, n: int) -> IntArray:
        """Return empty knapsacks ``n`` times, shape (n, n_items)."""
        return np.zeros((n, self.knapsack.n_items), np.int64)

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the states with an item more each."""
        knapsacks, items = np.divmod(actions, self.knapsack.n_items)
        after = states.copy()
        after[np.arange(len(states)), items] = knapsacks + 1
        return after

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the states without an item each."""
        before = states.copy()
        before[np.arange(len(states)), actions % self.knapsack.n_items] = 0
        return before

    def forward_mask(self, states: IntArray) -> BoolArray:
        """Return which items can be put where; the stop where none can."""
        out = (states == 0)[:, None, :]
        fits = (self.knapsack.weights[None, None] <= self._room(states)[:, :, :, None]).all(axis=2)
        can = (out & fits).reshape(len(states), -1)
        return np.column_stack([can, ~can.any(axis=1)])

    def backward_mask(self, states: IntArray) -> BoolArray:
        """Return which items are where."""
        return self._inside(states).reshape(len(states), -1)

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return what is where, and the room that is left, shape (n, n_features)."""
        room = self._room(states) / np.maximum(self.knapsack.capacities, 1)
        return np.column_stack([self.backward_mask(states), room.reshape(len(states), -1)]).astype(np.float32)

    def objectives(self, states: IntArray) -> NDArray[np.float64]:
        """Return the profits of what is inside, shape (n, n_objectives)."""
        return self.knapsack.values(self.choices(states)).astype(np.float64)

    def log_reward(self, states: IntArray) -> NDArray[np.float64]:
        """Return ``beta`` times the objectives as shares of those of all items, shape (n,)."""
        shares = self.objectives(states) / np.maximum(self.knapsack.profits.sum(axis=1), 1)
        return self.beta * np.asarray(shares.sum(axis=1), np.float64)

    def choices(self, states: IntArray) -> BoolArray:
        """Return which items are inside, bool, shape (n, n_items)."""
        return states > 0

    def _inside(self, states: IntArray) -> BoolArray:
        """Return what is in each knapsack, bool, shape (n, n_knapsacks, n_items)."""
        return np.equal(states[:, None, :], np.arange(1, self.n_knapsacks + 1)[:, None])

    def _room(self, states: IntArray) -> IntArray:
        """Return what is left of the capacities, int64, shape (n, n_knapsacks, n_constraints)."""
        loads: IntArray = self._inside(states).astype(np.int64) @ self.knapsack.weights.T
        return self.knapsack.capacities - loads
