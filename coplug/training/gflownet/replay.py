"""Objects that were built before, to be learned from again along new paths.

Source: Shen et al., "Towards understanding and improving GFlowNet training", ICML 2023, prioritized replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from coplug.algorithms.fronts.dominance import non_dominated
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
        The best objects are this fraction of those kept, in [0, 1]; where there are several objectives, those that
        none of those kept dominates.
    paths : int
        Trajectories that are drawn to each replayed object, backwards.
    """

    batch_size: int = field(default=0, metadata={"minimum": 0})
    capacity: int = field(default=10_000, metadata={"minimum": 1})
    top_share: float = field(default=0.5, metadata={"minimum": 0.0, "maximum": 1.0})
    top_fraction: float = field(default=0.1, metadata={"minimum": 0.0, "maximum": 1.0})
    paths: int = field(default=1, metadata={"minimum": 1})


class Replay:
    """The newest ``settings.capacity`` objects, with what they are judged by.

    Parameters
    ----------
    settings : ReplaySettings
    state_width : int
    n_values : int
        Numbers that an object is judged by.
    """

    def __init__(self, settings: ReplaySettings, state_width: int, n_values: int = 1) -> None:
        self.settings = settings
        self._objects: IntArray = np.zeros((0, state_width), dtype=np.int64)
        self._values: FloatArray = np.zeros((0, n_values))

    def __len__(self) -> int:
        return len(self._objects)

    def add(self, objects: IntArray, values: FloatArray) -> None:
        """Keep objects, shape (n, state_width), with what they are judged by, shape (n, n_values); more is better."""
        keep = self.settings.capacity
        self._objects = np.concatenate([self._objects, objects])[-keep:]
        self._values = np.concatenate([self._values, values.reshape(len(objects), -1)])[-keep:]

    def draw(self, rng: np.random.Generator) -> IntArray:
        """Return ``settings.batch_size`` objects, drawn with replacement, each ``settings.paths`` times.

        None while nothing is kept.
        """
        if not len(self):
            return self._objects
        settings = self.settings
        n_top = round(settings.top_share * settings.batch_size)
        others = rng.integers(0, len(self), settings.batch_size - n_top)
        drawn = np.concatenate([rng.choice(self._best(), n_top), others])
        return np.asarray(self._objects[np.repeat(drawn, settings.paths)])

    def _best(self) -> IntArray:
        """Return the positions of the best objects."""
        if self._values.shape[1] > 1:
            distinct, place = np.unique(self._values, axis=0, return_inverse=True)
            return np.flatnonzero(non_dominated(distinct)[place.reshape(-1)])
        n_best = max(1, int(self.settings.top_fraction * len(self)))
        return np.argsort(-self._values[:, 0], kind="stable")[:n_best]

    def state(self) -> dict[str, Any]:
        """Return what is kept, for a checkpoint."""
        return {"objects": torch.from_numpy(self._objects), "values": torch.from_numpy(self._values)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self._objects = state["objects"].numpy()
        self._values = state["values"].numpy()
