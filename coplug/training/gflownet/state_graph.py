"""All states of a small environment with the edges between them, as arrays: what is walked on in compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.dag import BoolArray, Dag, Enumerable, FloatArray, IntArray
from coplug.errors import RecipeError
from coplug.jit import kernel
from coplug.random_kernels import uniform


class StateGraph:
    """The states of an environment by their positions.

    Parameters
    ----------
    environment : Enumerable

    Attributes
    ----------
    states : int64, shape (n_states, state_width)
    forward_mask : bool, shape (n_states, n_actions)
    backward_mask : bool, shape (n_states, n_actions - 1)
    children : int64, shape (n_states, n_actions - 1)
        Position of the state after each action; the state's own where it is not allowed.
    source : int
        Position of the state in which walks begin.

    Raises
    ------
    RecipeError
        If a state allows no action: a walk could not go on from it.
    """

    def __init__(self, environment: Enumerable) -> None:
        self.environment = environment
        self.states = environment.states()
        self.forward_mask = environment.forward_mask(self.states)
        check_actions(environment, self.forward_mask)
        self.backward_mask = environment.backward_mask(self.states)
        sources, actions = np.nonzero(self.forward_mask[:, :-1])
        self.children = np.repeat(
            np.arange(len(self.states))[:, None], self.forward_mask.shape[1] - 1, axis=1
        )
        self.children[sources, actions] = environment.index(environment.step(self.states[sources], actions))
        self.source = int(environment.index(environment.initial(1))[0])

    def __len__(self) -> int:
        return len(self.states)

    def index(self, states: IntArray) -> IntArray:
        """Return the positions of states, shape (n,)."""
        return self.environment.index(states)

    def walk(
        self, probabilities: FloatArray, n: int, rng: np.random.Generator
    ) -> tuple[IntArray, IntArray, IntArray]:
        """Draw ``n`` walks from the source to a stop.

        Parameters
        ----------
        probabilities : float64, shape (n_states, n_actions)
            Of the actions in each state; 0 for those not allowed. They need not be normalised.
        n : int
        rng : numpy Generator

        Returns
        -------
        positions : int64, shape (n, max_length)
            Of the state before each action; an object stays where it is.
        actions : int64, shape (n, max_length)
            The last of a walk stops, and so does what follows.
        lengths : int64, shape (n,)
            Number of actions.
        """
        random = rng.integers(2**64, size=1, dtype=np.uint64)
        positions, actions, lengths = _walked(
            np.cumsum(probabilities, axis=1), self.children, self.source, n, random
        )
        return np.ascontiguousarray(positions.T), np.ascontiguousarray(actions.T), lengths


def check_actions(environment: Dag, mask: BoolArray) -> None:
    """See that each state allows an action.

    Raises
    ------
    RecipeError
        If one does not.
    """
    if not mask.any(axis=1).all():
        raise RecipeError(
            f"{type(environment).__name__} allows no action in a state; let its forward_mask allow the stop at least"
        )


@kernel
def _walked(
    sums: FloatArray, children: IntArray, source: int, n: int, random: NDArray[np.uint64]
) -> tuple[IntArray, IntArray, IntArray]:
    stop = children.shape[1]
    room = 16
    positions, actions = np.empty((room, n), np.int64), np.empty((room, n), np.int64)
    lengths = np.zeros(n, np.int64)
    current, walking = np.full(n, source), np.ones(n, np.bool_)
    n_walking, t = n, 0
    while n_walking > 0:
        if t == room:
            room *= 2
            longer, more = np.empty((room, n), np.int64), np.empty((room, n), np.int64)
            longer[:t], more[:t] = positions, actions
            positions, actions = longer, more
        for i in range(n):
            state = current[i]
            positions[t, i], actions[t, i] = state, stop
            if not walking[i]:
                continue
            lengths[i] += 1
            point = uniform(random) * sums[state, stop]
            chosen = 0
            while sums[state, chosen] <= point:
                chosen += 1
            actions[t, i] = chosen
            if chosen == stop:
                walking[i] = False
                n_walking -= 1
            else:
                current[i] = children[state, chosen]
        t += 1
    return positions[:t], actions[:t], lengths
