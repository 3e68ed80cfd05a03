"""Races between settings, on the same instances and seeds: what is behind leaves early, and luck does not win.

A challenger meets the incumbent pair by pair. A solve is cut as soon as the challenger could not stay in the race
any more however it ended, so a bad one costs little (adaptive capping, as in ParamILS; the racing is that of irace:
F. Hutter et al., ParamILS, JAIR 36 (2009), section 5; M. López-Ibáñez et al., The irace package, Operations Research
Perspectives 3 (2016)).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from coplug.measurement import TIME_SHIFT_S

TOLERANCE = (0.30, 0.15, 0.08, 0.04)
"""By how much the mean difference of log costs may be behind after one, two, ... pairs."""

LAST_TOLERANCE = 0.02
"""And after all later ones."""

LARGEST_FACTOR = 4.0
"""A solve is never given more than so often the incumbent's time and a second."""

LEAST_LIMIT_S = 0.5

CERTAINTY = 1.0
"""Standard errors by which the mean difference of a winner has to lie below 0."""

LEAST_DEVIATION = 0.05
"""Of one difference: a few pairs that agree by chance do not make a mean certain."""


def tolerance(n_pairs: int) -> float:
    """Return how far behind the mean over so many pairs may be."""
    return TOLERANCE[n_pairs - 1] if n_pairs <= len(TOLERANCE) else LAST_TOLERANCE


def stays(differences: Sequence[float]) -> bool:
    """Tell whether a challenger stays in the race after these differences of log costs to the incumbent."""
    return not differences or float(np.mean(differences)) <= tolerance(len(differences))


def wins(differences: Sequence[float]) -> bool:
    """Tell whether a challenger is better by more than the noise of its pairs."""
    n = len(differences)
    if n < 2:
        return False
    deviation = max(float(np.std(differences, ddof=1)), LEAST_DEVIATION)
    return float(np.mean(differences)) + CERTAINTY * deviation / math.sqrt(n) < 0.0


def time_cap(differences: Sequence[float], incumbent_s: float, limit_s: float) -> float:
    """Return after how many seconds a challenger's next solve has lost the race.

    Parameters
    ----------
    differences : sequence of float
        Of the pairs before.
    incumbent_s : float
        The incumbent's time on this pair.
    limit_s : float
        Of every solve.
    """
    n = len(differences) + 1
    room = n * tolerance(n) - sum(differences)
    factor = min(math.exp(min(room, 5.0)), LARGEST_FACTOR)
    return min(limit_s, max(LEAST_LIMIT_S, factor * (incumbent_s + TIME_SHIFT_S) - TIME_SHIFT_S))
