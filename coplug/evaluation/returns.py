"""Returns of policies on the same episodes, with intervals of their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Mean:
    """A mean and its interval of 95 %, by Student's t.

    Attributes
    ----------
    value : float
        The mean.
    low, high : float
        Ends of the interval; those of a single value are NaN.
    """

    value: float
    low: float
    high: float


def mean_of(values: Sequence[float] | NDArray[np.float64]) -> Mean:
    """Return the mean of at least one value with its interval."""
    array = np.asarray(values, np.float64)
    mean, half = float(array.mean()), half_width(array)
    return Mean(mean, mean - half, mean + half)


def half_width(values: NDArray[np.float64]) -> float:
    """Return half the width of the interval of the mean of some values; NaN of a single one."""
    from scipy.stats import t

    n = len(values)
    if n < 2:
        return float("nan")
    return float(t.ppf(0.5 + CONFIDENCE / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))


@dataclass(frozen=True)
class Evaluation:
    """Returns of policies on the same episodes.

    Attributes
    ----------
    target : str
        What they acted in.
    seeds : list of int
        Of the episodes.
    returns : mapping from str to list of float
        By policy: the undiscounted return of each episode, in the order of the seeds.
    """

    target: str
    seeds: Sequence[int]
    returns: Mapping[str, Sequence[float]]

    def means(self) -> dict[str, Mean]:
        """Return each policy's mean return."""
        return {name: mean_of(values) for name, values in self.returns.items()}


def chosen_names(asked: Sequence[str], known: Sequence[str], target: str) -> list[str]:
    """Return the policies that were asked for, all by default.

    Raises
    ------
    UsageError
        If one is unknown.
    """
    for name in asked:
        if name not in known:
            raise UsageError(f"{target} has no policy {name!r}; choose from {', '.join(known)}")
    return list(dict.fromkeys(asked or known))


def checked_seeds(count: int, first: int) -> list[int]:
    """Return the seeds of so many episodes.

    Raises
    ------
    UsageError
        If there are none, or one is negative.
    """
    if count < 1 or first < 0:
        raise UsageError(f"{count} episodes from seed {first} on: expected at least 1, from 0 on")
    return list(range(first, first + count))
