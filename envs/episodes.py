"""Several episodes of a decision problem side by side, observed as graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs import GraphBatch, Ragged, collate

Graphs = GraphBatch[NDArray[Any]]
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


class GymnasiumEpisodes:
    """Gymnasium environments as :class:`Episodes`.

    Parameters
    ----------
    make : callable
        Returns a new ``gymnasium.Env``; called as often as there are episodes side by side.
    encode : callable
        Takes an observation and its ``info`` and returns a batch of one graph.
    decode : callable, optional
        Takes a graph's action, a position in its list, and that graph; returns what the environment's ``step``
        takes. By default the entry of the list itself.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        encode: Callable[[Any, dict[str, Any]], Graphs],
        decode: Callable[[int, Graphs], Any] | None = None,
    ) -> None:
        self._make = make
        self._encode = encode
        self._decode = decode or (lambda action, graph: actions_of(graph).values[action])
        self._environments: list[Any] = []
        self._waiting: list[int] = []
        self._graphs: dict[int, Graphs] = {}

    def __getstate__(self) -> dict[str, Any]:
        # Another process makes environments of its own.
        return self.__dict__ | {"_environments": [], "_waiting": [], "_graphs": {}}

    def reset(self, seeds: Sequence[int]) -> Observation:
        """See :meth:`Episodes.reset`."""
        while len(self._environments) < len(seeds):
            self._environments.append(self._make())
        self._waiting = list(range(len(seeds)))
        for k, seed in enumerate(seeds):
            self._graphs[k] = self._encode(*self._environments[k].reset(seed=int(seed)))
        return self._observe()

    def step(self, actions: NDArray[np.int64]) -> Step:
        """See :meth:`Episodes.step`."""
        rewards = np.empty(len(actions))
        ends = np.zeros((2, len(actions)), np.bool_)
        last = []
        for i, (k, action) in enumerate(zip(self._waiting, actions.tolist(), strict=True)):
            taken = self._decode(action, self._graphs[k])
            observation, rewards[i], ends[0, i], ends[1, i], info = self._environments[k].step(taken)
            if not ends[0, i]:
                self._graphs[k] = self._encode(observation, info)
                last += [self._graphs[k]] if ends[1, i] else []
        terminated, truncated = ends[0], ends[1] & ~ends[0]
        self._waiting = [k for k, over in zip(self._waiting, terminated | truncated, strict=True) if not over]
        return Step(
            rewards,
            terminated,
            truncated,
            collate(last) if last else None,
            self._observe() if self._waiting else None,
        )

    def _observe(self) -> Observation:
        return Observation(
            collate([self._graphs[k] for k in self._waiting]), np.array(self._waiting, np.int64)
        )
