"""Fronts behind the first: which points only those of the fronts before dominate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.fronts.dominance import dominates
from coplug.jit import kernel


def front_numbers(points: NDArray[Any]) -> NDArray[np.int64]:
    """Return the number of each point's front: 0 if no other point dominates it, else above all that do.

    Source: non-dominated sorting, K. Deb et al., IEEE Transactions on Evolutionary Computation 6(2), 2002.

    Parameters
    ----------
    points : shape (n, n_objectives)
        Finite; more is better.

    Returns
    -------
    int64, shape (n,)
    """
    found = np.ascontiguousarray(points, np.float64)
    return _numbers(found, np.lexsort(-found.T[::-1]))


@kernel
def _numbers(points: NDArray[np.float64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Go through the points in descending lexicographic order: only those before one can dominate it."""
    n, n_objectives = points.shape
    numbers = np.zeros(n, np.int64)
    for place in range(n):
        one = order[place]
        for before in range(place):
            other = order[before]
            # One of an earlier front than is known already changes nothing.
            if numbers[other] >= numbers[one] and dominates(points, other, one, n_objectives):
                numbers[one] = numbers[other] + 1
    return numbers
