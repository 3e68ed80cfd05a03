"""What precoders and allocations of power reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]


def precoder_rates(
    channels: NDArray[np.complexfloating], precoders: NDArray[np.complexfloating], noise: Real
) -> Real:
    """Return the rates of users, ``log2(1 + |h_k w_k|^2 / (sum_{j != k} |h_k w_j|^2 + noise))``.

    Parameters
    ----------
    channels : complex, shape (b, n_users, n_antennas)
    precoders : complex, shape (b, n_antennas, n_users)
    noise : float64, shape (b,) or (b, n_users)

    Returns
    -------
    float64, shape (b, n_users)
        In bit/s/Hz.
    """
    received = channels @ precoders
    powers = received.real.astype(np.float64) ** 2 + received.imag.astype(np.float64) ** 2
    own = np.einsum("bkk->bk", powers)
    disturbance = powers.sum(axis=-1) - own + (noise if noise.ndim == 2 else noise[:, None])
    return np.asarray(np.log2(1.0 + own / disturbance))


def precoder_powers(precoders: NDArray[np.complexfloating]) -> Real:
    """Return the power of each antenna, float64, shape (b, n_antennas)."""
    return np.asarray(
        (precoders.real.astype(np.float64) ** 2 + precoders.imag.astype(np.float64) ** 2).sum(axis=-1)
    )


def link_sinr(gain: Real, fading: Real, amplitudes: Real) -> Real:
    """Return the ratios of signal to disturbance of users in cell-free networks, shape (b, n_users).

    Parameters
    ----------
    gain, fading, amplitudes : float64, shape (b, n_aps, n_users)
        See :mod:`coplug.algorithms.downlink.links`.
    """
    signal = np.einsum("bmk,bmk->bk", gain, amplitudes)
    disturbance = 1.0 + np.einsum("bmk,bm->bk", fading, (amplitudes**2).sum(axis=-1))
    return np.asarray(signal**2 / disturbance)
