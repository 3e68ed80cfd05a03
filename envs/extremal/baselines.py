"""What acts in :class:`~.environment.ExtremalGraphEnv` without learning."""

from __future__ import annotations

from typing import Any

import numpy as np


def greedy(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return a legal action of the largest gain, drawn among equal ones; 0 where none is legal."""
    legal = np.flatnonzero(environment.action_masks())
    if not len(legal):
        return 0
    gains = np.append(observation["gains"][tuple(environment.pairs.T)], 0)[
        legal
    ]  # appending a node is worth 0
    return int(rng.choice(legal[gains == gains.max()]))
