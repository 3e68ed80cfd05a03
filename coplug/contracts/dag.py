"""What a GFlowNet walks on: a directed acyclic graph of states, many walked at once.

Arrays are numpy's. A DAG is a problem's definition, and those know no torch; its transitions are integer work on small
arrays, which numpy does with less overhead, and only the encoding goes to the network's device.

A :class:`Dag` says nothing of what its objects are worth: it is :class:`Rewarded`, or :class:`MultiObjective`, or both,
where the reward is one way to weigh the objectives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from coplug.graphs import Graphs

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


class Dag(Protocol):
    """A deterministic DAG of states with one source, in which objects are built.

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
        """Length of a state's encoding, or of each node's where states are encoded as graphs."""

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

    def encode(self, states: IntArray) -> NDArray[np.float32] | Graphs:
        """Return what the network is given: features of shape (n, n_features), or a graph for each state."""


@runtime_checkable
class Rewarded(Dag, Protocol):
    """A DAG whose objects have a reward R."""

    def log_reward(self, states: IntArray) -> FloatArray:
        """Return log R of states in which stopping is allowed, finite, shape (n,)."""


@runtime_checkable
class MultiObjective(Dag, Protocol):
    """A DAG whose objects are judged by several objectives, of which more is better each."""

    @property
    def n_objectives(self) -> int:
        """At least 1."""

    def objectives(self, states: IntArray) -> FloatArray:
        """Return the objectives of states in which stopping is allowed, finite, shape (n, n_objectives)."""


@runtime_checkable
class Enumerable(Dag, Protocol):
    """A DAG small enough to look at every state."""

    def states(self) -> IntArray:
        """Return all states that can be reached, shape (n_states, state_width)."""

    def index(self, states: IntArray) -> IntArray:
        """Return the positions of states in :meth:`states`, shape (n,)."""


@runtime_checkable
class Conditional(Dag, Protocol):
    """A DAG of many problems, each with a graph and a source of its own, and so no common log Z.

    What tells the problem is part of a state; :meth:`initial` returns the source of the first one.
    """

    def sources(self, n: int, rng: np.random.Generator) -> IntArray:
        """Draw ``n`` problems, with replacement, and return their sources, shape (n, state_width)."""


@runtime_checkable
class ForwardLooking(Rewarded, Protocol):
    """A DAG that knows what an unfinished object is worth so far."""

    def partial_log_reward(self, states: IntArray) -> FloatArray:
        """Return the log-reward of states as if they were finished, finite, shape (n,); of objects their own."""


def judged(dag: Dag, states: IntArray) -> FloatArray:
    """Return what objects are compared by, shape (n, k): their objectives, or the log-reward where there are none."""
    if isinstance(dag, MultiObjective):
        return dag.objectives(states)
    assert isinstance(dag, Rewarded)
    return dag.log_reward(states)[:, None]


def draw_sources(dag: Dag, n: int, rng: np.random.Generator) -> IntArray:
    """Return ``n`` states to start from, shape (n, state_width)."""
    if isinstance(dag, Conditional):
        return dag.sources(n, rng)
    return dag.initial(n)


Rule = Callable[[IntArray, BoolArray, np.random.Generator], IntArray]
"""Chooses an action in each of n states that need not stop, given which are allowed, bool, shape (n, n_actions)."""

Baseline = Callable[[IntArray], FloatArray]
"""Returns log R of an object that is built from each of n sources by some other way, shape (n,)."""


@runtime_checkable
class WithBaselines(Protocol):
    """A DAG that knows what learned objects have to be measured against."""

    def baselines(self) -> Mapping[str, Baseline]:
        """Return the classical ways to build, by name; random actions need not be among them."""
        ...


def at_random(states: IntArray, allowed: BoolArray, rng: np.random.Generator) -> IntArray:
    """Return an allowed action of each state, each as likely as any other; a :data:`Rule`."""
    drawn: IntArray = np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1)
    return drawn


def log_rewards_by(dag: Rewarded, rule: Rule, sources: IntArray, seed: int = 0) -> FloatArray:
    """Return log R of the objects that a rule builds, float64, shape (n,).

    Parameters
    ----------
    dag : Rewarded
    rule : Rule
    sources : int64, shape (n, state_width)
    seed : int
        Of the rule's own draws.
    """
    rng, stop = np.random.default_rng(seed), dag.n_actions - 1
    states, building = sources.copy(), np.arange(len(sources))
    while len(building):
        allowed = dag.forward_mask(states[building])
        may_go_on = allowed[:, :stop].any(axis=1)
        building, allowed = building[may_go_on], allowed[may_go_on]
        actions = rule(states[building], allowed, rng)
        building, actions = building[actions != stop], actions[actions != stop]
        states[building] = dag.step(states[building], actions)
    return dag.log_reward(states)


def baselines_of(dag: Rewarded) -> dict[str, Baseline]:
    """Return ``random``, and what the DAG names itself."""
    named = dag.baselines() if isinstance(dag, WithBaselines) else {}
    return {"random": lambda sources: log_rewards_by(dag, at_random, sources), **named}
