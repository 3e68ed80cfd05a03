"""Several episodes of a decision problem side by side, observed as graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs import GraphBatch, Graphs, Ragged

ACTIONS = "actions"
"""Name of the reference, or of the extra, that lists each graph's actions."""


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """What is observed of the episodes that wait for an action.

    Attributes
    ----------
    graphs : GraphBatch of n graphs
        With a reference ``actions`` (nodes that can be chosen) or an extra ``actions`` (anything else that can be);
        each graph has at least one. An action is a position in its graph's list.
    episodes : int64, shape (n,)
        Which episodes these are, ascending.
    parents : int64, shape (n,), or None
        Where decisions make a tree: the decision, counted from 0 in its episode, that this one is a consequence of,
        -1 for the first. None where each decision is a consequence of the one before it.
    """

    graphs: Graphs
    episodes: NDArray[np.int64]
    parents: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What follows from one action in each waiting episode, in their order.

    Attributes
    ----------
    rewards : float64, shape (n,)
        Of the actions.
    terminated : bool, shape (n,)
        Episodes that ended by themselves.
    truncated : bool, shape (n,)
        Episodes that were cut off; what would have followed is estimated by the critic.
    last : GraphBatch or None
        The last observations of the truncated episodes, in order; None if there are none.
    observation : Observation or None
        Of the episodes that go on; None if none does.
    """

    rewards: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    last: Graphs | None
    observation: Observation | None


class Episodes(Protocol):
    """Where a policy acts. Everything random in an episode follows from its seed."""

    def reset(self, seeds: Sequence[int]) -> Observation:
        """Start one episode for each seed; all wait for an action."""
        ...

    def step(self, actions: NDArray[np.int64]) -> Step:
        """Act in each waiting episode, in the order of the last observation."""
        ...


Rule = Callable[[Graphs, np.random.Generator], NDArray[np.int64]]
"""Chooses an action of each of n graphs, int64, shape (n,): positions in their lists."""

Baseline = Callable[[Sequence[int]], NDArray[np.float64]]
"""Returns the undiscounted returns of episodes with the given seeds, float64, one each, by some other way to act."""


@runtime_checkable
class WithBaselines(Protocol):
    """Episodes that know what a learned policy has to be measured against."""

    def baselines(self) -> Mapping[str, Baseline]:
        """Return the classical ways to act, by name; a policy that draws actions at random need not be among them."""
        ...


def at_random(graphs: Graphs, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return an action of each graph, each as likely as any other; a :data:`Rule`."""
    counts = np.diff(actions_of(graphs).ptr)
    drawn: NDArray[np.int64] = (rng.random(len(counts)) * counts).astype(np.int64)
    return drawn


def least(values: NDArray[Any], ptr: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the least value of each graph's actions is, the first of equal ones, int64, shape (n,).

    Parameters
    ----------
    values : shape (n_actions,)
        Of the actions of all graphs.
    ptr : int64, shape (n + 1,)
        The actions of graph ``i`` are ``ptr[i]:ptr[i + 1]``; each has at least one.
    """
    graph = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    first: NDArray[np.int64] = np.lexsort((values, graph))[ptr[:-1]] - ptr[:-1]
    return first


def returns_by(
    episodes: Episodes, rule: Rule, seeds: Sequence[int], side_by_side: int = 32, seed: int = 0
) -> NDArray[np.float64]:
    """Return the undiscounted returns of a rule, float64, shape (len(seeds),).

    Parameters
    ----------
    episodes : Episodes
    rule : Rule
    seeds : sequence of int
        Of the episodes.
    side_by_side : int
        So many are acted in at a time.
    seed : int
        Of the rule's own draws.
    """
    rng = np.random.default_rng(seed)
    returns = np.zeros(len(seeds))
    for first in range(0, len(seeds), side_by_side):
        seen: Observation | None = episodes.reset(seeds[first : first + side_by_side])
        while seen is not None:
            step = episodes.step(rule(seen.graphs, rng))
            returns[first + seen.episodes] += step.rewards
            seen = step.observation
    return returns


def baselines_of(episodes: Episodes) -> dict[str, Baseline]:
    """Return ``random``, and what the episodes name themselves."""
    named = episodes.baselines() if isinstance(episodes, WithBaselines) else {}
    return {"random": lambda seeds: returns_by(episodes, at_random, seeds), **named}


def actions_of(graphs: GraphBatch[Any]) -> Ragged[Any]:
    """Return the actions of each graph; see :class:`Observation`.

    Raises
    ------
    UsageError
        If the graphs list no actions.
    """
    if ACTIONS in graphs.references:
        return graphs.references[ACTIONS].positions
    if ACTIONS in graphs.extras:
        return graphs.extras[ACTIONS]
    raise UsageError(
        f"the observed graphs have no reference or extra called {ACTIONS!r}; name there what can be chosen"
    )
