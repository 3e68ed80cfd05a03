"""Many knapsack environments in one process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from coplug.envs.turns import FINE, SAME_STEP
from coplug.envs.vector import Arrays, CompiledVectorEnv
from coplug.errors import UsageError
from coplug.problems.knapsack.family import RandomKnapsack

from .environment import Instances, KnapsackEnv, MultiObjectiveKnapsackEnv
from .lanes import Supply, no_lanes, reset_lanes, step_lanes


class KnapsackVectorEnv(CompiledVectorEnv):
    """A batch of :class:`~.environment.KnapsackEnv`, whose actions, observations, rewards and ends are the same.

    Instances of the family ``knapsack`` are drawn in compiled code, so that a seed draws others than in a single
    environment; other families are for ``vectorization_mode="sync"``. ``reset`` knows the option ``reset_mask``.

    Parameters
    ----------
    num_envs : int
    instances, size, parameters, n_knapsacks, weights, illegal
        As of :class:`~.environment.KnapsackEnv`.
    autoreset_mode, copy, max_episode_steps, render_mode
        As of :class:`~coplug.envs.vector.CompiledVectorEnv`.

    Raises
    ------
    UsageError
        If an argument is unknown or does not fit.
    """

    single: ClassVar[type[KnapsackEnv]] = KnapsackEnv
    options = ("reset_mask",)

    def __init__(
        self,
        num_envs: int = 1,
        instances: Instances = "knapsack",
        size: str | None = None,
        *,
        parameters: Mapping[str, float] | None = None,
        n_knapsacks: int = 1,
        weights: Sequence[float] | None = None,
        illegal: str = "error",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        one = self.single(
            instances, size, parameters=parameters, n_knapsacks=n_knapsacks, weights=weights, illegal=illegal
        )
        super().__init__(
            num_envs,
            one.observation_space,
            int(one.action_space.n),
            autoreset_mode=autoreset_mode,
            copy=copy,
            illegal=illegal,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._lanes = no_lanes(
            num_envs, one.shape, n_knapsacks, one.objective_weights, self._conduct.mode == SAME_STEP
        )
        self._supply = _supply(one)

    def _reset(self, which: NDArray[np.bool_], graphs: Sequence[Any] | None) -> tuple[int, int]:
        reset_lanes(self._lanes, self._turns, self._supply, which)
        return FINE, 0

    def _step(self, actions: NDArray[np.int64]) -> tuple[int, int]:
        return step_lanes(self._lanes, self._turns, self._supply, self._conduct, actions)

    def _observation(self, last: bool) -> Arrays:
        seen = self._lanes.last if last else self._lanes.now
        return {"inside": seen.inside, "profits": seen.profits, "room": seen.room, "weights": seen.weights}

    def _masks(self, last: bool = False) -> NDArray[np.int8]:
        return (self._lanes.last if last else self._lanes.now).masks

    def _facts(self, last: bool) -> Arrays:
        return {"objectives": (self._lanes.last if last else self._lanes.now).objectives}


class MultiObjectiveKnapsackVectorEnv(KnapsackVectorEnv):
    """A batch of :class:`~.environment.MultiObjectiveKnapsackEnv`; see :class:`KnapsackVectorEnv`."""

    single: ClassVar[type[KnapsackEnv]] = MultiObjectiveKnapsackEnv


def _supply(one: KnapsackEnv) -> Supply:
    """Return where the instances of an environment come from, for compiled code."""
    source = one.source
    if isinstance(source, RandomKnapsack):
        none = np.zeros((0, 0, 0), np.int64)
        return Supply(source.largest, source.share, none, none, none.reshape(0, 0))
    if not isinstance(source, list):
        raise UsageError(
            f"a batch does not draw from {type(source).__name__}; take the family knapsack, some knapsacks, or "
            "vectorization_mode='sync'"
        )
    parts = [
        np.array([getattr(knapsack, name) for knapsack in source])
        for name in ("profits", "weights", "capacities")
    ]
    return Supply(0, 0.0, *parts)
