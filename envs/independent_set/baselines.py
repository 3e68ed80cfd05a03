"""What acts in :class:`~.environment.IndependentSetEnv` without learning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .environment import IndependentSetEnv


def min_degree(environment: IndependentSetEnv, observation: Any, rng: np.random.Generator) -> int:
    """Return the first node of least degree among those that are left."""
    degrees = environment.degrees_left()
    return int(np.where(environment.action_masks()[: len(degrees)], degrees, len(degrees)).argmin())
