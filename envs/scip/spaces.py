"""The bounds of features."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

LARGEST = 1e20
"""SCIP's infinity. Observations are cut to ``-LARGEST..LARGEST``: a space without bounds is of little use."""


def feature_box(*shape: int) -> spaces.Box:
    """Return the space of float32 features in ``-LARGEST..LARGEST``."""
    return spaces.Box(-LARGEST, LARGEST, shape, np.float32)


def bounded(features: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return features as members of a :func:`feature_box`: NaN becomes 0, what is too large is cut."""
    cut: NDArray[np.float32] = np.nan_to_num(np.clip(features, -LARGEST, LARGEST)).astype(np.float32)
    return cut
