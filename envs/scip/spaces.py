"""Spaces that know which of their members are legal now, and the bounds of features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gymnasium.spaces.space import MaskNDArray

LARGEST = 1e20
"""SCIP's infinity. Observations are cut to ``-LARGEST..LARGEST``: a space without bounds is of little use."""

_ANY = 2  # in a mask of MultiBinary: 0 or 1 at random


class MaskedDiscrete(spaces.Discrete):
    """A discrete space whose samples follow the environment's current mask unless they are given one.

    Membership is that of the whole space: what is legal changes from state to state.

    Attributes
    ----------
    mask : int8, shape (n,), or None
        1 where an action is legal now; None for no restriction.
    """

    mask: NDArray[np.int8] | None = None

    def sample(self, mask: MaskNDArray | None = None, probability: MaskNDArray | None = None) -> np.int64:
        """Draw an action; 0 where none is legal."""
        if probability is not None:
            return super().sample(mask, probability)
        return super().sample(self.mask if mask is None else mask)


class MaskedMultiBinary(spaces.MultiBinary):
    """A space of subsets whose samples follow the environment's current mask unless they are given one.

    Attributes
    ----------
    mask : int8, shape (n,), or None
        1 where an element may be selected now; None for no restriction.
    """

    mask: NDArray[np.int8] | None = None

    def sample(
        self, mask: MaskNDArray | None = None, probability: MaskNDArray | None = None
    ) -> NDArray[np.int8]:
        """Draw a subset, each legal element with probability one half."""
        if probability is not None:
            return super().sample(mask, probability)
        if mask is None and self.mask is not None:
            mask = self.mask * np.int8(_ANY)
        return super().sample(mask)


def feature_box(*shape: int) -> spaces.Box:
    """Return the space of float32 features in ``-LARGEST..LARGEST``."""
    return spaces.Box(-LARGEST, LARGEST, shape, np.float32)


def bounded(features: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return features as members of a :func:`feature_box`: NaN becomes 0, what is too large is cut."""
    cut: NDArray[np.float32] = np.nan_to_num(np.clip(features, -LARGEST, LARGEST)).astype(np.float32)
    return cut
