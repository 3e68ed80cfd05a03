"""What acts in :class:`~.environment.IndependentSetEnv` without learning."""

from __future__ import annotations

from typing import Any

import numpy as np


def min_degree(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the first node of least degree among those that are left."""
    degrees = environment.degrees_left()
    return int(np.where(environment.action_masks(), degrees, len(degrees)).argmin())
