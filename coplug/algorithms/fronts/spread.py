"""A few of many points that lie far apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def far_apart(points: NDArray[Any], count: int, first: int = 0) -> NDArray[np.int64]:
    """Choose points one by one, each time the one whose nearest chosen point is the farthest.

    The least distance between two chosen points is at least half of what it can be. For rows of zeros and ones, it is
    the number of places in which they differ that counts.

    Source: T. Gonzalez, Clustering to minimize the maximum intercluster distance, Theoretical Computer Science 38
    (1985), 293-306.

    Parameters
    ----------
    points : shape (n, width)
        At least one.
    count : int
        As many are chosen, or all.
    first : int
        The one that is chosen at first.

    Returns
    -------
    int64, shape (min(count, n),)
        In the order of their choice; of points that are equally far the first.
    """
    rows = np.asarray(points, np.float64)
    chosen = [first]
    nearest = ((rows - rows[first]) ** 2).sum(axis=1)
    nearest[first] = -1.0
    while len(chosen) < min(count, len(rows)):
        one = int(nearest.argmax())
        chosen.append(one)
        nearest = np.minimum(nearest, ((rows - rows[one]) ** 2).sum(axis=1))
        nearest[chosen] = -1.0
    return np.array(chosen, np.int64)
