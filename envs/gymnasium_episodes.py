"""Gymnasium environments as episodes side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.episodes import Baseline, Observation, Step, actions_of
from coplug.envs.rules import Rule, named_rules, return_by
from coplug.graphs import Graphs, collate


class GymnasiumEpisodes:
    """Gymnasium environments as :class:`coplug.contracts.episodes.Episodes`.

    Parameters
    ----------
    make : callable
        Returns a new ``gymnasium.Env``; called as often as there are episodes side by side, and once a baseline.
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
        """See :meth:`coplug.contracts.episodes.Episodes.reset`."""
        while len(self._environments) < len(seeds):
            self._environments.append(self._make())
        self._waiting = list(range(len(seeds)))
        for k, seed in enumerate(seeds):
            self._graphs[k] = self._encode(*self._environments[k].reset(seed=int(seed)))
        return self._observe()

    def step(self, actions: NDArray[np.int64]) -> Step:
        """See :meth:`coplug.contracts.episodes.Episodes.step`."""
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

    def baselines(self) -> Mapping[str, Baseline]:
        """Return the rules of the environment's attribute ``baselines``, which act in environments of their own."""
        return {name: self._by(rule) for name, rule in named_rules(self._make()).items()}

    def _by(self, rule: Rule) -> Baseline:
        def returns(seeds: Sequence[int]) -> NDArray[np.float64]:
            environment = self._make()
            return np.array([return_by(environment, rule, int(seed)) for seed in seeds], np.float64)

        return returns

    def _observe(self) -> Observation:
        return Observation(
            collate([self._graphs[k] for k in self._waiting]), np.array(self._waiting, np.int64)
        )
