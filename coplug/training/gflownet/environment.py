"""What a GFlowNet walks on: a directed acyclic graph of states, many walked at once.

Arrays are numpy's. An environment is a problem's definition, and those know no torch; its transitions are integer
work on small arrays, which numpy does with less overhead, and only the encoding goes to the network's device.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


class Environment(Protocol):
    """A deterministic DAG of states with one source, and the reward of its objects.

    A state is a row of ``state_width`` integers, whatever they mean; a batch of them has shape (n, state_width).
    An action is an integer below ``n_actions``; the last one, ``n_actions - 1``, stops, and the state in which it is
    taken is the finished object. A state in which nothing but the stop is allowed has to stop. Every other action
    leads two different states to two different ones: so it can be undone, and an edge of the graph is a state and the
    backward action that leaves it. The state without backward actions is the source.

    Nothing is remembered between calls.
    """

    @property
    def n_actions(self) -> int:
        """Number of forward actions, the stop among them."""

    @property
    def n_features(self) -> int:
        """Length of a state's encoding."""

    def initial(self, n: int) -> IntArray:
        """Return the source ``n`` times, shape (n, state_width)."""

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the state after an allowed action each, none of which stops; the arguments stay as they are."""

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the state from which each action led here: the parent."""

    def forward_mask(self, states: IntArray) -> BoolArray:
        """Return which actions are allowed, shape (n, n_actions); at least one in each state."""

    def backward_mask(self, states: IntArray) -> BoolArray:
        """Return which actions can have led here, shape (n, n_actions - 1)."""

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return what the network is given, shape (n, n_features)."""

    def log_reward(self, states: IntArray) -> FloatArray:
        """Return log R of states in which stopping is allowed, finite, shape (n,)."""


@runtime_checkable
class Enumerable(Environment, Protocol):
    """An environment small enough to look at every state."""

    def states(self) -> IntArray:
        """Return all states that can be reached, shape (n_states, state_width)."""

    def index(self, states: IntArray) -> IntArray:
        """Return the positions of states in :meth:`states`, shape (n,)."""
