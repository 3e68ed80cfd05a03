"""Ranks that hold for a whole run: where an object stands among all that were met, not in its batch alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from coplug.algorithms.fronts.dominance import non_dominated
from coplug.algorithms.fronts.sorting import front_numbers
from coplug.contracts.dag import BoolArray, FloatArray, IntArray


class Archive:
    """Vectors of objectives that were met, each once: the ``capacity`` of the first fronts.

    Two batches may order the same objects differently if each is asked for its own non-dominated ones; fronts among all
    that were met order them alike. Source: L. Pastor-Perez, J. Alonso-Garcia and L. Mauch, Global-order GFlowNets,
    arXiv 2504.02968, global rank.

    Parameters
    ----------
    n_objectives : int
    capacity : int
        At least 1.
    """

    def __init__(self, n_objectives: int, capacity: int) -> None:
        self.capacity = capacity
        self._values: FloatArray = np.zeros((0, n_objectives))

    def __len__(self) -> int:
        return len(self._values)

    def ranks(self, values: FloatArray) -> IntArray:
        """Add objects' objectives, shape (n, k), and return the numbers of their fronts among all, shape (n,)."""
        together, places = np.unique(np.concatenate([self._values, values]), axis=0, return_inverse=True)
        numbers = front_numbers(together)
        kept = np.argsort(numbers, kind="stable")[: self.capacity]
        self._values = np.ascontiguousarray(together[np.sort(kept)])
        return np.asarray(numbers[places.reshape(-1)[-len(values) :]])

    def undominated(self, values: FloatArray) -> BoolArray:
        """Return which objects nothing that was met dominates, nor one of themselves, shape (n,)."""
        return non_dominated(np.concatenate([self._values, values]))[len(self) :]

    def state(self) -> dict[str, Any]:
        """Return what was met, for a checkpoint."""
        return {"values": torch.from_numpy(self._values)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take over what :meth:`state` returned."""
        self._values = state["values"].numpy()
