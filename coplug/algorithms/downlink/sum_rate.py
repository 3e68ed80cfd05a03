"""Weighted sums of rates in cell-free networks by weighted MMSE; compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.downlink.links import Links, Real, evaluate_links, full_power, new_links
from coplug.jit import fast_kernel

NEWTON_STEPS = 50


@fast_kernel
def link_wmmse(
    gain: Real,
    fading: Real,
    weights: Real,
    n_steps: int,
    tolerance: float,
    amplitudes: Real,
    steps: NDArray[np.int64],
) -> None:
    """Raise a weighted sum of rates from full power on; every step does.

    A step takes the best receivers and weights, then the best amplitudes of one access point after the other: each
    minimises a quadratic that is diagonal, over a ball, whose multiplier Newton's method finds.

    Source: weighted MMSE as in Q. Shi et al., IEEE Transactions on Signal Processing 59 (2011), 4331-4340, here on the
    rates that follow from mean gains alone.

    Parameters
    ----------
    gain, fading : float64, shape (b, n_aps, n_users)
        See :mod:`coplug.algorithms.downlink.links`.
    weights : float64, shape (b, n_users)
    n_steps : int
        At most.
    tolerance : float
        A network is done once a step raises its rate by less than this share; 0: after all steps.
    amplitudes : float64, shape (b, n_aps, n_users)
        Written.
    steps : int64, shape (b,)
        Written: steps that were taken.
    """
    b, n_aps, n_users = gain.shape
    at = new_links(gain, n_aps, n_users)
    numbers = np.empty((4, n_users), gain.dtype)
    for c in range(b):
        full_power(gain[c], at)
        evaluate_links(gain[c], fading[c], at)
        last = link_rate(at, weights[c])
        steps[c] = 0
        while steps[c] < n_steps:
            _step(gain[c], fading[c], weights[c], at, numbers)
            evaluate_links(gain[c], fading[c], at)
            steps[c] += 1
            rate = link_rate(at, weights[c])
            if tolerance > 0 and rate - last <= tolerance * rate:
                break
            last = rate
        amplitudes[c] = at.amplitudes


@fast_kernel
def link_rate(at: Links, weights: Real) -> float:
    """Return the weighted sum of rates in bit/s/Hz, without what pilots cost."""
    total = 0.0
    for k in range(len(weights)):
        total += weights[k] * np.log2(1 + at.signal[k] * at.signal[k] / at.disturbance[k])
    return total


@fast_kernel
def _step(gain: Real, fading: Real, weights: Real, at: Links, numbers: Real) -> None:
    receiver, weight, pull, curve = numbers[0], numbers[1], numbers[2], numbers[3]
    n_aps, n_users = gain.shape
    for k in range(n_users):
        receiver[k] = at.signal[k] / (at.signal[k] * at.signal[k] + at.disturbance[k])
        weight[k] = weights[k] * (1 + at.signal[k] * at.signal[k] / at.disturbance[k])
    for m in range(n_aps):
        cost = 0.0
        for k in range(n_users):
            cost += weight[k] * receiver[k] * receiver[k] * fading[m, k]
        for k in range(n_users):
            at.signal[k] -= gain[m, k] * at.amplitudes[m, k]
            pull[k] = weight[k] * receiver[k] * (1 - receiver[k] * at.signal[k]) * gain[m, k]
            curve[k] = weight[k] * receiver[k] * receiver[k] * gain[m, k] * gain[m, k] + cost
        multiplier = _multiplier(pull, curve)
        for k in range(n_users):
            at.amplitudes[m, k] = max(pull[k], 0.0) / max(curve[k] + multiplier, 1e-300)
            at.signal[k] += gain[m, k] * at.amplitudes[m, k]


@fast_kernel
def _multiplier(pull: Real, curve: Real) -> float:
    """Return the least nonnegative number with ``sum (pull / (curve + it))^2 <= 1``.

    Newton's method on ``1 / norm``, which is concave and rising: it comes from below and never passes the root.
    """
    multiplier = 0.0
    for _ in range(NEWTON_STEPS):
        square = slope = 0.0
        for k in range(len(pull)):
            amplitude = max(pull[k], 0.0) / max(curve[k] + multiplier, 1e-300)
            square += amplitude * amplitude
            slope += amplitude * amplitude / max(curve[k] + multiplier, 1e-300)
        if square <= 1 + 1e-12:
            break
        multiplier += (np.sqrt(square) - 1) * square / slope
    return multiplier
