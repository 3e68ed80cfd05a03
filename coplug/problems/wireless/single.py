"""Serving one user alone: what no precoder needs to be below, where channels are alike or the power is small."""

from __future__ import annotations

import numpy as np

from coplug.problems.wireless.linear import Complex, Real, hermitian
from coplug.problems.wireless.rates import precoder_rates


def at_least_one_user(channels: Complex, noise: Real, weights: Real, precoders: Complex) -> Complex:
    """Replace each precoder that is worse than all power for the best single user by that.

    Users with the same channel are a saddle that steps of weighted MMSE do not leave: they treat them alike for ever.

    Parameters
    ----------
    channels : complex, shape (b, n_users, n_antennas)
    noise : float, shape (b,)
        Variance over power.
    weights : float, shape (b, n_users)
    precoders : complex, shape (b, n_antennas, n_users)
        Of power 1.
    """
    square = (channels.real.astype(np.float64) ** 2 + channels.imag.astype(np.float64) ** 2).sum(axis=2)
    alone = weights * np.log2(1.0 + square / noise[:, None])
    together = (weights * precoder_rates(channels, precoders, noise.astype(np.float64))).sum(axis=1)
    best = alone.argmax(axis=1)
    worse = np.flatnonzero(alone.max(axis=1) > together)
    found = precoders.copy()
    found[worse] = 0
    length = np.sqrt(square[worse, best[worse]])[:, None]
    found[worse, :, best[worse]] = hermitian(channels)[worse, :, best[worse]] / length
    return found
