"""Paths from the source to objects, many at once: drawn forwards by a policy, or backwards from objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from coplug.contracts.dag import BoolArray, Conditional, Dag, FloatArray, IntArray, Rewarded, draw_sources
from coplug.errors import RecipeError
from coplug.training.gflownet.state_graph import StateGraph, check_actions

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
    log_reward : float64, shape (n,), or None
        Of the objects at their ends; None where they have no reward, or are to be learned from without.
    """

    states: IntArray
    actions: IntArray
    lengths: IntArray
    log_reward: FloatArray | None

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

    def without_reward(self) -> Trajectories:
        """Return the same, to be learned from without rewards."""
        return replace(self, log_reward=None)


def joined(first: Trajectories, second: Trajectories) -> Trajectories:
    """Return one batch with the trajectories of two, with rewards if both have them."""
    length = max(first.actions.shape[1], second.actions.shape[1])
    (states, actions), (more_states, more_actions) = (_padded(part, length) for part in (first, second))
    rewards = [part.log_reward for part in (first, second) if part.log_reward is not None]
    return Trajectories(
        np.concatenate([states, more_states]),
        np.concatenate([actions, more_actions]),
        np.concatenate([first.lengths, second.lengths]),
        np.concatenate(rewards) if len(rewards) == 2 else None,
    )


def sample_forward(
    environment: Dag,
    policy: Probabilities,
    n: int,
    rng: np.random.Generator,
    *,
    exploration: float = 0.0,
) -> Trajectories:
    """Draw ``n`` trajectories from the source on, or from sources that are drawn.

    Parameters
    ----------
    environment : Dag
    policy : Probabilities
        P_F over ``n_actions``.
    n : int
    rng : numpy Generator
    exploration : float
        Each action is, with this probability, one of those allowed at random.

    Raises
    ------
    RecipeError
        If a state allows no action.
    """
    stop = environment.n_actions - 1
    current, walking = draw_sources(environment, n, rng), np.arange(n)
    lengths = np.zeros(n, dtype=np.int64)
    states, actions = [], []
    while walking.size:
        mask = environment.forward_mask(current[walking])
        check_actions(environment, mask)
        chosen = np.full(n, stop)
        chosen[walking] = draw(explored(policy(current[walking]), mask, exploration), rng)
        states.append(current)
        actions.append(chosen)
        lengths[walking] += 1
        walking = walking[chosen[walking] != stop]
        current = current.copy()
        current[walking] = environment.step(current[walking], chosen[walking])
    return Trajectories(
        np.stack(states, axis=1), np.stack(actions, axis=1), lengths, _rewards(environment, current)
    )


def sample_walks(
    graph: StateGraph,
    probabilities: FloatArray,
    n: int,
    rng: np.random.Generator,
    log_reward: FloatArray | None = None,
) -> Trajectories:
    """Draw ``n`` trajectories of an environment of few states in compiled code; see :meth:`StateGraph.walk`.

    Parameters
    ----------
    graph : StateGraph
    probabilities : float64, shape (n_states, n_actions)
    n : int
    rng : numpy Generator
    log_reward : float64, shape (n_states,), optional
        Where stopping is allowed.
    """
    positions, actions, lengths = graph.walk(probabilities, n, rng)
    rewards = None if log_reward is None else log_reward[positions[:, -1]]
    return Trajectories(graph.states[positions], actions, lengths, rewards)


def explored(probabilities: FloatArray, mask: BoolArray, exploration: float) -> FloatArray:
    """Return the probabilities of actions of which, with that of ``exploration``, one allowed is taken at random."""
    at_random = mask / mask.sum(axis=1, keepdims=True)
    return np.asarray((1.0 - exploration) * probabilities + exploration * at_random)


def sample_backward(
    environment: Dag, policy: Probabilities, objects: IntArray, rng: np.random.Generator
) -> Trajectories:
    """Draw a trajectory that ends at each object.

    Parameters
    ----------
    environment : Dag
    policy : Probabilities
        P_B over ``n_actions - 1``.
    objects : int64, shape (n, state_width)
    rng : numpy Generator

    Raises
    ------
    RecipeError
        If a state without a parent is met that is no source.
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
    _check_sources(environment, current)
    # Position 0 of the lists is the end; what lies beyond an end becomes padding, which repeats it.
    place = np.maximum(lengths[:, None] - 1 - np.arange(len(states)), 0)
    rows = np.arange(n)[:, None]
    return Trajectories(
        np.stack(states, axis=1)[rows, place],
        np.stack(actions, axis=1)[rows, place],
        lengths,
        _rewards(environment, objects),
    )


def draw(probabilities: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw an index from each row of weights, shape (n, k); never one of weight 0."""
    sums = np.cumsum(probabilities, axis=1)
    return np.asarray((sums <= rng.random((len(sums), 1)) * sums[:, -1:]).sum(axis=1))


def orphan(environment: Dag) -> RecipeError:
    """Return the error of a state without a parent that is no source."""
    return RecipeError(
        f"{type(environment).__name__} has a state without a parent that is not its source; let its backward_mask "
        "tell how it is reached"
    )


def _check_sources(environment: Dag, states: IntArray) -> None:
    if not isinstance(environment, Conditional) and (states != environment.initial(len(states))).any():
        raise orphan(environment)


def _rewards(environment: Dag, objects: IntArray) -> FloatArray | None:
    return environment.log_reward(objects) if isinstance(environment, Rewarded) else None


def _padded(part: Trajectories, length: int) -> tuple[IntArray, IntArray]:
    more = length - part.actions.shape[1]
    states = np.concatenate([part.states, np.repeat(part.objects[:, None], more, axis=1)], axis=1)
    stops = np.repeat(part.actions[np.arange(len(part)), part.lengths - 1][:, None], more, axis=1)
    return states, np.concatenate([part.actions, stops], axis=1)
