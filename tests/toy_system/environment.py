"""Packing as an environment."""

from __future__ import annotations

from typing import Any, ClassVar

import gymnasium
import numpy as np

from .family import RandomBags


class BagEnv(gymnasium.Env):
    """Pack an item at each step, until one does not fit.

    **Observations.** Value, weight and whether it is packed of each of 8 items, shape (8, 3), in [0, 1].
    **Actions.** An item.
    **Reward.** Its value in twentieths; 0 if it is packed or does not fit.
    **Termination.** The item is packed or does not fit.
    """

    metadata: ClassVar = {"render_modes": []}

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.observation_space = gymnasium.spaces.Box(0, 1, (8, 3), np.float32)
        self.action_space = gymnasium.spaces.Discrete(8)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Draw a bag."""
        super().reset(seed=seed)
        self.bag = RandomBags(8).generate(np.random.RandomState(int(self.np_random.integers(2**31))))
        self.packed = np.zeros(8, dtype=bool)
        return self._observation(), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Pack an item."""
        fits = self.bag.weights[self.packed].sum() + self.bag.weights[action] <= self.bag.capacity
        if self.packed[action] or not fits:
            return self._observation(), 0.0, True, False, {}
        self.packed[action] = True
        return self._observation(), float(self.bag.values[action] / 20), False, False, {}

    def _observation(self) -> Any:
        rows = [self.bag.values / 20, self.bag.weights / 20, self.packed]
        return np.stack(rows, axis=1).astype(np.float32)
