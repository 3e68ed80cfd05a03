"""The largest least rate of a cell-free network by bisection, every answer with its proof; compiled."""

from __future__ import annotations

import numpy as np

from coplug.algorithms.downlink.links import (
    LEAST,
    Links,
    Real,
    allocate,
    evaluate_links,
    full_power,
    least_sinr,
    new_links,
)
from coplug.jit import fast_kernel

EXPONENT = 0.5
"""Of the ratio by which a user's price follows its lack of signal."""

INNER_STEPS = 30
"""Of the alternation that evaluates the dual function, at most."""

MOST_TRIALS = 4000
"""Price changes a target until it is left undecided, and the bisection ends."""


@fast_kernel
def max_min(gain: Real, fading: Real, tolerance: float, amplitudes: Real, sinr: Real, bound: Real) -> None:
    """Maximise the least ratio of signal to disturbance.

    A target is met by an allocation that is found, or refuted by prices for which the Lagrange function of
    ``price (signal - target sqrt(disturbance))``, a concave problem, has a maximum below 0. Prices follow
    ``price *= (target^2 / sinr)^0.5``, scaled to a mean of 1.

    Source: the problem and its bisection are in H. Q. Ngo et al., IEEE Transactions on Wireless Communications 16
    (2017), 1834-1850, who solve a second-order cone program at each target; the prices are our own.

    Parameters
    ----------
    gain, fading : float64, shape (b, n_aps, n_users)
        See :mod:`coplug.algorithms.downlink.links`.
    tolerance : float
        Between target met and target refuted, relative.
    amplitudes : float64, shape (b, n_aps, n_users)
        Written.
    sinr, bound : float64, shape (b,)
        Written: the least ratio, and what none can pass; infinite where it is unknown.
    """
    b, n_aps, n_users = gain.shape
    at = new_links(gain, n_aps, n_users)
    prices = np.empty(n_users, gain.dtype)
    for c in range(b):
        full_power(gain[c], at)
        evaluate_links(gain[c], fading[c], at)
        amplitudes[c] = at.amplitudes
        low = np.sqrt(least_sinr(at))
        if (
            low <= 0
        ):  # a user whom nobody reaches has rate 0 under every allocation: full power reaches all others
            sinr[c] = bound[c] = 0
            continue
        high = np.inf
        prices[:] = 1
        while high - low > tolerance * low:
            target = 2 * low + LEAST if high == np.inf else (low + high) / 2
            verdict = 0
            for _ in range(MOST_TRIALS):
                for k in range(n_users):
                    at.price[k] = prices[k]
                    at.charge[k] = prices[k] * target / np.sqrt(at.disturbance[k])
                allocate(gain[c], fading[c], at)
                evaluate_links(gain[c], fading[c], at)
                reached = np.sqrt(least_sinr(at))
                if reached > low:
                    low = reached
                    amplitudes[c] = at.amplitudes
                if reached >= target:
                    verdict = 1
                    break
                if _refuted(gain[c], fading[c], target, prices, at):
                    verdict = -1
                    break
                _follow(prices, target, at)
            if verdict == 0:
                break
            if verdict < 0:
                high = target
        sinr[c], bound[c] = low * low, high * high


@fast_kernel
def _follow(prices: Real, target: float, at: Links) -> None:
    """Raise the prices of users who lack signal."""
    total = 0.0
    for k in range(len(prices)):
        ratio = target * target * at.disturbance[k] / max(at.signal[k] * at.signal[k], LEAST)
        prices[k] = max(prices[k] * ratio**EXPONENT, LEAST)
        total += prices[k]
    for k in range(len(prices)):
        prices[k] *= len(prices) / total


@fast_kernel
def _refuted(gain: Real, fading: Real, target: float, prices: Real, at: Links) -> bool:
    """Tell whether the Lagrange function has been shown to stay below 0 at these prices.

    Amplitudes and the roots of disturbances are maximised in turn. The function is concave in the amplitudes: its
    tangent at any of them bounds it, and the maximum of the tangent over each access point's ball is known.
    """
    for _ in range(INNER_STEPS):
        value = 0.0
        for k in range(len(prices)):
            value += prices[k] * (at.signal[k] - target * np.sqrt(at.disturbance[k]))
            at.charge[k] = prices[k] * target / np.sqrt(at.disturbance[k])
        if value >= 0.0:
            return False
        if value + _tangent_rise(gain, fading, prices, at) < 0.0:
            return True
        allocate(gain, fading, at)
        evaluate_links(gain, fading, at)
    return False


@fast_kernel
def _tangent_rise(gain: Real, fading: Real, prices: Real, at: Links) -> float:
    """Return how far the tangent at the amplitudes can rise within the limits."""
    rise = 0.0
    for m in range(len(gain)):
        cost = 0.0
        for k in range(len(prices)):
            cost += at.charge[k] * fading[m, k]
        square = along = 0.0
        for k in range(len(prices)):
            slope = prices[k] * gain[m, k] - cost * at.amplitudes[m, k]
            square += slope * slope
            along += slope * at.amplitudes[m, k]
        rise += np.sqrt(square) - along
    return rise
