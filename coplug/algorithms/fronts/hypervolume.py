"""The hypervolume of a set of points: how much lies below them and above a reference point."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coplug.algorithms.fronts.dominance import front_order
from coplug.algorithms.fronts.staircase import put_step
from coplug.errors import UsageError
from coplug.jit import kernel


def hypervolume(points: NDArray[Any], reference: ArrayLike = 0.0) -> float:
    """Return the volume that is dominated by a point and dominates the reference; exact up to rounding of float64.

    In up to three objectives the points are swept once, in time of order n log n and n^2. For more there is moocore, if
    the extra ``fronts`` is installed; else each further objective has a sweep of the others for each of its levels,
    which gives the same, hundreds of times slower; see :func:`comparisons`.

    Source: E. Zitzler and L. Thiele, Multiobjective evolutionary algorithms, IEEE Transactions on Evolutionary
    Computation 3 (1999), 257-271.

    Parameters
    ----------
    points : shape (n, n_objectives)
        More is better; those that do not pass the reference in every objective add nothing.
    reference : float, or shape (n_objectives,)

    Raises
    ------
    UsageError
        If a number is not finite, or the shapes do not fit.
    """
    found = np.array(points, np.float64)
    if found.ndim != 2 or not found.shape[1]:
        raise UsageError(f"points have shape {found.shape}; expected (n, n_objectives)")
    corner = np.asarray(reference, np.float64)
    if corner.shape not in ((), (found.shape[1],)):
        raise UsageError(
            f"the reference has shape {corner.shape}; expected a number, or one for each objective"
        )
    if not (np.isfinite(found).all() and np.isfinite(corner).all()):
        raise UsageError("points and reference have to be finite numbers")
    above = found - corner
    return _volume(above[(above > 0.0).all(axis=1)])


def comparisons(n_points: int, n_objectives: int) -> int:
    """Return about how many comparisons :func:`hypervolume` takes with what is installed; some 10^9 are a second."""
    spared = 3 if has_moocore() else 1
    return n_points if n_objectives <= 2 else n_points ** max(2, n_objectives - spared)


def has_moocore() -> bool:
    """Return whether moocore is installed."""
    return find_spec("moocore") is not None


def _volume(points: NDArray[np.float64]) -> float:
    """Return the volume over the origin of points that are all above it."""
    if not len(points):
        return 0.0
    points = points[front_order(points)]
    n_objectives = points.shape[1]
    if n_objectives == 1:
        return float(points[0, 0])
    if n_objectives == 2:
        points = np.column_stack([points, np.ones(len(points))])
    if n_objectives <= 3:
        by_last = points[np.argsort(-points[:, 2], kind="stable")]
        return float(_sweep(np.ascontiguousarray(by_last)))
    if has_moocore():
        import moocore

        return float(moocore.hypervolume(points, ref=0.0, maximise=True))
    order = np.argsort(-points[:, -1], kind="stable")
    points = points[order]
    levels = np.append(points[:, -1], 0.0)
    ends = np.flatnonzero(levels[:-1] > levels[1:]) + 1
    return sum(float(levels[end - 1] - levels[end]) * _volume(points[:end, :-1]) for end in ends.tolist())


@kernel
def _sweep(points: NDArray[np.float64]) -> float:
    """Sweep points with three coordinates from the largest third one down, over a staircase of the first two."""
    n = len(points)
    x, y = np.empty(n + 1), np.empty(n + 1)  # the staircase: x descends, y ascends
    size, area, volume = 0, 0.0, 0.0
    for k in range(n):
        x_new, y_new = points[k, 0], points[k, 1]
        at = 0
        while at < size and x[at] >= x_new:
            at += 1
        if at == 0 or y[at - 1] < y_new:
            end, base, gain = at, y[at - 1] if at else 0.0, 0.0
            while end < size and y[end] <= y_new:
                gain += (x_new - x[end]) * (y[end] - base)
                base = y[end]
                end += 1
            rest = x[end] if end < size else 0.0
            area += gain + (x_new - rest) * (y_new - base)
            first = at - 1 if at and x[at - 1] == x_new else at
            size = put_step(x, y, size, first, end, x_new, y_new)
        below = points[k + 1, 2] if k + 1 < n else 0.0
        volume += area * (points[k, 2] - below)
    return volume
