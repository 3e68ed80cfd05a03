"""Distances in the plane and in the hyperbolic plane, compiled."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

PLANE, HYPERBOLIC = "plane", "hyperbolic"
GEOMETRIES = (PLANE, HYPERBOLIC)


def places(positions: NDArray[np.float64], geometry: str) -> NDArray[np.float64]:
    """Return what :func:`distance` takes of each node, float64, shape (n_nodes, 3).

    Parameters
    ----------
    positions : float64, shape (n_nodes, 2)
        In the plane; in the hyperbolic plane of curvature -1, native coordinates ``(r cos phi, r sin phi)``.
    geometry : {"plane", "hyperbolic"}
    """
    place = np.zeros((len(positions), 3))
    if geometry == PLANE:
        place[:, :2] = positions
        return place
    place[:, 0] = np.hypot(positions[:, 0], positions[:, 1])
    place[:, 1] = np.arctan2(positions[:, 1], positions[:, 0])
    place[:, 2] = np.sinh(place[:, 0])
    return place


@kernel
def distance(place: NDArray[np.float64], curved: bool, i: int, j: int) -> float:
    """Return the distance of two nodes.

    In the hyperbolic plane it is ``2 asinh sqrt(sinh^2((r - s)/2) + sinh r sinh s sin^2((phi - psi)/2))``, which has no
    cancellation between near nodes.
    """
    x, y = place[i, 0] - place[j, 0], place[i, 1] - place[j, 1]
    if not curved:
        return math.sqrt(x * x + y * y)
    radial, angular = math.sinh(0.5 * x), math.sin(0.5 * y)
    return 2.0 * math.asinh(math.sqrt(radial * radial + place[i, 2] * place[j, 2] * angular * angular))


@kernel
def cosine(curved: bool, hop: float, rest: float, whole: float) -> float:
    """Return the cosine of the angle at a node between a neighbour and the destination.

    Parameters
    ----------
    hop, rest, whole : float
        Distances of node and neighbour, neighbour and destination, node and destination. Towards a neighbour at the
        same place the angle counts as a right one.
    """
    if hop <= 0.0 or whole <= 0.0:
        return 0.0
    if curved:
        top = math.cosh(hop) * math.cosh(whole) - math.cosh(rest)
        return max(-1.0, min(1.0, top / (math.sinh(hop) * math.sinh(whole))))
    return max(-1.0, min(1.0, (hop * hop + whole * whole - rest * rest) / (2.0 * hop * whole)))
