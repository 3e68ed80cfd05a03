"""Which points of a set no other one dominates; more is better in every objective."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel


def non_dominated(points: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which points no other one dominates; of equal ones all are or none is.

    A point dominates another that is at most as good in every objective, and worse in one.

    Parameters
    ----------
    points : shape (n, n_objectives)
        Finite; numbers that float64 holds exactly are compared exactly.

    Returns
    -------
    bool, shape (n,)
    """
    found = np.ascontiguousarray(points, np.float64)
    order = np.lexsort(-found.T[::-1])
    keep = np.empty(len(found), np.bool_)
    _mark(found, order, keep)
    return keep


def front_order(points: NDArray[Any]) -> NDArray[np.int64]:
    """Return positions of the points that are not dominated, each once, by the first objective from the best down.

    Parameters
    ----------
    points : shape (n, n_objectives)

    Returns
    -------
    int64, shape (n_found,)
        Of equal points the first; ties in the first objective are told apart by the second, and so on.
    """
    kept = np.flatnonzero(non_dominated(points))
    _, first = np.unique(points[kept], axis=0, return_index=True)
    return kept[first[::-1]]


@kernel
def _mark(points: NDArray[np.float64], order: NDArray[np.int64], keep: NDArray[np.bool_]) -> None:
    """Go through the points in descending lexicographic order: only those before one can dominate it."""
    n, n_objectives = points.shape
    kept = np.empty(n, np.int64)
    n_kept = 0
    for place in range(n):
        one = order[place]
        keep[one] = True
        for k in range(n_kept - 1, -1, -1):
            if dominates(points, kept[k], one, n_objectives):
                keep[one] = False
                break
        if keep[one]:
            kept[n_kept] = one
            n_kept += 1


@kernel
def dominates(points: NDArray[np.float64], one: int, other: int, n_objectives: int) -> bool:
    """Return whether a point of a set, by its position, dominates another one of it."""
    better = False
    for j in range(n_objectives):
        if points[one, j] < points[other, j]:
            return False
        better |= points[one, j] > points[other, j]
    return better
