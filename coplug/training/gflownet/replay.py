"""Objects that were built before, to be learned from again along new paths.

Source: Shen et al., "Towards understanding and improving GFlowNet training", ICML 2023, prioritized replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from coplug.contracts.dag import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class ReplaySettings:
    """How much is replayed.

    Attributes
    ----------
    batch_size : int
        Objects replayed at each step, besides the new trajectories; 0 for none.
    capacity : int
        Objects kept; the oldest make room.
    top_share : float
        Share of a replayed batch that comes from the best objects, in [0, 1].
    top_fraction : float
        The best objects are this fraction of those kept, in [0, 1].
    """

    batch_size: int = field(default=0, metadata={"minimum": 0})
    capacity: int = field(default=10_000, metadata={"minimum": 1})
    top_share: float = field(default=0.5, metadata={"minimum": 0.0, "maximum": 1.0})
    top_fraction: float = field(default=0.1, metadata={"minimum": 0.0, "maximum": 1.0})


class Replay:
    """The newest ``settings.capacity`` objects with their rewards.

    Parameters
    ----------
    settings : ReplaySettings
    state_width : int
    """

    def __init__(self, settings: ReplaySettings, state_width: int) -> None:
        self.settings = settings
        self._objects: IntArray = np.zeros((0, state_width), dtype=np.int64)
        self._log_reward: FloatArray = np.zeros(0)

    def __len__(self) -> int:
        return len(self._objects)

    def add(self, objects: IntArray, log_reward: FloatArray) -> None:
        """Keep objects, shape (n, state_width), with their log rewards, shape (n,)."""
        keep = self.settings.capacity
        self._objects = np.concatenate([self._objects, objects])[-keep:]
        self._log_reward = np.concatenate([self._log_reward, log_reward])[-keep:]

    def draw(self, rng: np.random.Generator) -> IntArray:
        """Return ``settings.batch_size`` objects, drawn with replacement; none while nothing is kept."""
        if not len(self):
            return self._objects
        settings = self.settings
        n_top = round(settings.top_share * settings.batch_size)
        n_best = max(1, int(settings.top_fraction * len(self)))
        best = np.argsort(-self._log_reward, kind="stable")[:n_best]
        others = rng.integers(0, len(self), settings.batch_size - n_top)
        return np.asarray(self._objects[np.concatenate([rng.choice(best, n_top), others])])

    def state(self) -> dict[str, Any]:
        """Return what is kept, for a checkpoint."""
        return {
            "objects": torch.from_numpy(self._objects),
            "log_reward": torch.from_numpy(self._log_reward),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self._objects = state["objects"].numpy()
        self._log_reward = state["log_reward"].numpy()
