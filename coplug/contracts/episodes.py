"""Several episodes of a decision problem side by side, observed as graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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
