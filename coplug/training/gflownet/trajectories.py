"""Paths from the source to objects, many at once: drawn forwards by a policy, or backwards from objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coplug.contracts.dag import BoolArray, FloatArray, IntArray, Rewarded, draw_sources

Probabilities = Callable[[IntArray], FloatArray]
"""From states, shape (n, state_width), to the probability of each action; 0 for those not allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Trajectories:
    """A batch of complete trajectories, padded to the longest: an object stays and stops again.

    Attributes
    ----------
    states : int64, shape (n, max_length, state_width)
        The state before each action; the first is the source.
    actions : int64, shape (n, max_length)
        The last of a trajectory stops.
    lengths : int64, shape (n,)
        Number of actions, at least 1.
    log_reward : float64, shape (n,)
        Of the objects at their ends.
    """

    states: IntArray
    actions: IntArray
    lengths: IntArray
    log_reward: FloatArray

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def mask(self) -> BoolArray:
        """Where there is an action and no padding, shape (n, max_length)."""
        return np.arange(self.actions.shape[1]) < self.lengths[:, None]

    @property
    def objects(self) -> IntArray:
        """What was built, shape (n, state_width)."""
        return np.asarray(self.states[np.arange(len(self)), self.lengths - 1])


def joined(first: Trajectories, second: Trajectories) -> Trajectories:
    """Return one batch with the trajectories of two."""
    length = max(first.actions.shape[1], second.actions.shape[1])
    parts = [_padded(part, length) for part in (first, second)]
    return Trajectories(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def sample_forward(
    environment: Rewarded,
    policy: Probabilities,
    n: int,
    rng: np.random.Generator,
    *,
    exploration: float = 0.0,
) -> Trajectories:
    """Draw ``n`` trajectories from the source on, or from sources that are drawn.

    Parameters
    ----------
    environment : Rewarded
    policy : Probabilities
        P_F over ``n_actions``.
    n : int
    rng : numpy Generator
    exploration : float
        Each action is, with this probability, one of those allowed at random.
    """
    stop = environment.n_actions - 1
    current, walking = draw_sources(environment, n, rng), np.arange(n)
    lengths = np.zeros(n, dtype=np.int64)
    states, actions = [], []
    while walking.size:
        mask = environment.forward_mask(current[walking])
        probabilities = (1.0 - exploration) * policy(current[walking])
        probabilities += exploration * mask / mask.sum(axis=1, keepdims=True)
        chosen = np.full(n, stop)
        chosen[walking] = draw(probabilities, rng)
        states.append(current)
        actions.append(chosen)
        lengths[walking] += 1
        walking = walking[chosen[walking] != stop]
        current = current.copy()
        current[walking] = environment.step(current[walking], chosen[walking])
    log_reward = environment.log_reward(current)
    return Trajectories(np.stack(states, axis=1), np.stack(actions, axis=1), lengths, log_reward)


def sample_backward(
    environment: Rewarded, policy: Probabilities, objects: IntArray, rng: np.random.Generator
) -> Trajectories:
    """Draw a trajectory that ends at each object.

    Parameters
    ----------
    environment : Rewarded
    policy : Probabilities
        P_B over ``n_actions - 1``.
    objects : int64, shape (n, state_width)
    rng : numpy Generator
    """
    stop = environment.n_actions - 1
    n = len(objects)
    current, lengths = objects, np.ones(n, dtype=np.int64)
    states, actions = [objects], [np.full(n, stop)]
    walking = np.flatnonzero(environment.backward_mask(objects).any(axis=1))
    while walking.size:
        chosen = np.full(n, stop)
        chosen[walking] = draw(policy(current[walking]), rng)
        current = current.copy()
        current[walking] = environment.backward_step(current[walking], chosen[walking])
        states.append(current)
        actions.append(chosen)
        lengths[walking] += 1
        walking = walking[environment.backward_mask(current[walking]).any(axis=1)]
    # Position 0 of the lists is the end; what lies beyond an end becomes padding, which repeats it.
    place = np.maximum(lengths[:, None] - 1 - np.arange(len(states)), 0)
    rows = np.arange(n)[:, None]
    return Trajectories(
        np.stack(states, axis=1)[rows, place],
        np.stack(actions, axis=1)[rows, place],
        lengths,
        environment.log_reward(objects),
    )


def draw(probabilities: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw an index from each row of weights, shape (n, k); never one of weight 0."""
    sums = np.cumsum(probabilities, axis=1)
    return np.asarray((sums <= rng.random((len(sums), 1)) * sums[:, -1:]).sum(axis=1))


def _padded(part: Trajectories, length: int) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    more = length - part.actions.shape[1]
    states = np.concatenate([part.states, np.repeat(part.objects[:, None], more, axis=1)], axis=1)
    stops = np.repeat(part.actions[np.arange(len(part)), part.lengths - 1][:, None], more, axis=1)
    return states, np.concatenate([part.actions, stops], axis=1), part.lengths, part.log_reward
