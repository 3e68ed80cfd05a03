"""How sure a mean over instances is: intervals by drawing the instances again.

Runs of one instance under several seeds are no independent draws, so whole instances are drawn, with all their runs
(cluster bootstrap; Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 8).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 4000
CONFIDENCE = 0.95

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A value and the percentile interval of its bootstrap; all NaN for no instances."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        if math.isnan(self.value):
            return "-"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


NOTHING = Interval(math.nan, math.nan, math.nan)


def ratio_interval(
    times: Float,
    reference: Float,
    instances: Sequence[object],
    shift: float,
    *,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Interval:
    """Return the ratio of two shifted geometric means over the same runs, with its interval.

    Parameters
    ----------
    times, reference : float64, shape (n_runs,)
        In pairs.
    instances : sequence of n_runs objects
        What each pair is a run of.
    shift : float
        See :func:`coplug.measurement.shifted_geometric_mean`.
    draws : int
        Of the bootstrap.
    confidence : float
        Share of the draws within the interval, in (0, 1).
    seed : int
        Of the draws.
    """
    logs = np.log(np.column_stack([times, reference]) + shift)

    def ratio(means: Float) -> Float:
        shifted = np.exp(means) - shift
        quotient: Float = shifted[..., 0] / np.maximum(shifted[..., 1], 1e-12)
        return quotient

    return _interval(logs, instances, ratio, draws, confidence, seed)


def is_below_zero(values: Float, instances: Sequence[object], *, confidence: float = CONFIDENCE) -> bool:
    """Tell whether the mean of values over instances lies surely below 0, by Student's t over the instances' means.

    The bootstrap's interval is too narrow where instances are few: of two, it has no more than their own values.
    """
    groups = np.unique(np.asarray([str(name) for name in instances]), return_inverse=True)[1]
    means = np.bincount(groups, values) / np.bincount(groups)
    n = len(means)
    if n < 2:
        return False
    from scipy.special import stdtrit

    reach = float(stdtrit(n - 1, 0.5 + 0.5 * confidence)) * float(means.std(ddof=1)) / math.sqrt(n)
    return float(means.mean()) + reach < 0.0


def mean_interval(
    values: Float,
    instances: Sequence[object],
    *,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Interval:
    """Return the mean of values, with its interval; see :func:`ratio_interval`."""
    return _interval(values[:, None], instances, lambda means: means[..., 0], draws, confidence, seed)


def _interval(
    values: Float,
    instances: Sequence[object],
    statistic: Callable[[Float], Float],
    draws: int,
    confidence: float,
    seed: int,
) -> Interval:
    """Return the statistic of the columns' means, and its percentiles when instances are drawn with replacement."""
    if not len(values):
        return NOTHING
    groups = np.unique(np.asarray([str(name) for name in instances]), return_inverse=True)[1]
    counts = np.bincount(groups).astype(np.float64)
    sums = np.stack([np.bincount(groups, column) for column in values.T], axis=1)
    n = len(counts)
    chosen = np.random.default_rng(seed).multinomial(n, np.full(n, 1.0 / n), size=draws).astype(np.float64)
    drawn = statistic((chosen @ sums) / (chosen @ counts)[:, None])
    tail = 50.0 * (1.0 - confidence)
    low, high = np.percentile(drawn, [tail, 100.0 - tail])
    return Interval(float(statistic(values.mean(axis=0))), float(low), float(high))
