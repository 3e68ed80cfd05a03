"""What acts in :class:`~.environment.InfluenceMaximizationEnv` without learning."""

from __future__ import annotations

from typing import Any

import numpy as np


def degree(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the first node that the most arcs leave among those that are no seeds."""
    return _best(environment, environment.out_degrees())


def greedy(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the first node that reaches the most other ones on the episode's worlds."""
    return _best(environment, environment.gains())


def _best(environment: Any, values: Any) -> int:
    return int(np.where(environment.action_masks(), values, -1.0).argmax())
