"""Batches whose episodes act one after the other, each by code of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.envs.turns import FINE, SAME_STEP, fault_of, no_step
from coplug.envs.vector import Arrays, CompiledVectorEnv


class EpisodesVectorEnv(CompiledVectorEnv):
    """A batch in which an episode begins and acts by methods of the environment.

    Each environment has a generator of its own, seeded as that of a single one.

    Parameters
    ----------
    num_envs : int
    *arguments, **keywords
        As in :class:`coplug.envs.vector.CompiledVectorEnv`, behind ``num_envs``.

    Attributes
    ----------
    _now, _last : NamedTuple of arrays, the first axis the environments'
        What is observed, ``masks`` (int8, shape (n, actions)) among it, and what was at the ends of episodes where a
        step also begins the next one; made by whoever derives.
    """

    _now: Any
    _last: Any

    def __init__(self, num_envs: int, *arguments: Any, **keywords: Any) -> None:
        super().__init__(num_envs, *arguments, **keywords)
        self._rngs = [np.random.default_rng(0) for _ in range(num_envs)]
        self._redraws = np.zeros(num_envs, np.int64)

    @abstractmethod
    def _begin(self, i: int, instance: Any = None) -> Any:
        """Draw an episode of environment ``i``, or take that of an instance from the options of a reset."""

    @abstractmethod
    def _start(self, i: int, begun: Any) -> None:
        """Let an episode that was drawn begin in environment ``i``."""

    @abstractmethod
    def _act(self, i: int, action: int) -> None:
        """Act in environment ``i``, whose episode goes on."""

    def _reseed(self, i: int, seed: int) -> None:
        super()._reseed(i, seed)
        self._rngs[i] = np.random.default_rng(seed)

    def _reset(self, which: NDArray[np.bool_], graphs: Sequence[Any] | None) -> tuple[int, int]:
        numbers = np.flatnonzero(which).tolist()
        # All are drawn before one begins: an instance that cannot be used leaves the batch as it is.
        begun = [self._begin(i, None if graphs is None else graphs[i]) for i in numbers]
        self._turns.fresh[:] = False
        for i, one in zip(numbers, begun, strict=True):
            self._start(i, one)
        return FINE, 0

    def _step(self, actions: NDArray[np.int64]) -> tuple[int, int]:
        turns, conduct = self._turns, self._conduct
        fault, where = fault_of(turns, conduct, self._now.masks, actions)
        if fault != FINE:
            return fault, where
        for i in range(self.num_envs):
            turns.fresh[i] = False
            starts = bool(turns.over[i])
            if starts:
                no_step(turns, i)
            else:
                self._act(i, int(actions[i]))
            if conduct.mode == SAME_STEP and turns.over[i]:
                for array, other in zip(self._now, self._last, strict=True):
                    other[i] = array[i]
                starts = True
            if starts:
                self._start(i, self._begin(i))
        return FINE, 0

    def _seen(self, last: bool) -> Any:
        return self._last if last else self._now

    def _masks(self, last: bool = False) -> NDArray[np.int8]:
        masks: NDArray[np.int8] = self._seen(last).masks
        return masks

    def _facts_of_starts(self) -> Arrays:
        return {"redraws": self._redraws}
