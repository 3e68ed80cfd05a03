"""What acts in :class:`~.environment.GeometricRoutingEnv` without learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from coplug.problems.routing.rules import COMPASS, GREEDY, MIN_SUM


def greedy(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the neighbour nearest to the destination if it is nearer than the node, else the first one."""
    return int(environment.packet.place_by(GREEDY))


def compass(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the neighbour in whose direction the destination is most."""
    return int(environment.packet.place_by(COMPASS))


def min_sum(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the nearer neighbour with the least hop and remaining distance, else the first one."""
    return int(environment.packet.place_by(MIN_SUM))
