"""Precoders that raise the weighted sum of rates under a limit of the total power, in batches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.downlink.wmmse import wmmse
from coplug.inference.icgnn_precoding import Precoder
from coplug.problems.wireless.linear import Complex, Real, hermitian, scaled_to_power
from coplug.problems.wireless.rates import precoder_rates

LOG_SPREAD = 1.0
"""Standard deviation of the logarithms of ``s`` and ``g`` of a random start."""

ALL_STAGES = 2**31
"""More than a network has."""


class Found(NamedTuple):
    """Precoders, complex, shape (b, n_antennas, n_users), of power 1, and the steps or stages that each took."""

    precoders: Complex
    steps: NDArray[np.int64]


class GramDomain(NamedTuple):
    """Channels as the kernels take them.

    Attributes
    ----------
    gram : complex, shape (b, n_users, n_users)
        Scaled to a mean diagonal of 1; of a channel that is zero, zero.
    noise : float, shape (b,)
        Variance over power, scaled alike.
    """

    gram: Complex
    noise: Real


def gram_domain(channels: Complex, noise: Real) -> GramDomain:
    """Return Gram matrices and noise, scaled; the type is that of the channels."""
    kind = channels.real.dtype
    gram = channels @ hermitian(channels)
    mean = np.einsum("bkk->b", gram).real / channels.shape[1]
    scale = np.where(mean > 0, 1.0 / np.where(mean > 0, mean, 1.0), 1.0)
    return GramDomain(
        np.ascontiguousarray(gram * scale.astype(kind)[:, None, None]), (noise * scale).astype(kind)
    )


def weighted_mmse(
    channels: Complex, noise: Real, weights: Real, n_steps: int = 100, tolerance: float = 0.0
) -> Found:
    """Take steps of weighted MMSE from RZF; see :func:`coplug.algorithms.downlink.wmmse.wmmse`.

    Parameters
    ----------
    channels : complex64 or complex128, shape (b, n_users, n_antennas)
    noise : float, shape (b,)
        Variance over power; an error of the channel adds its own variance.
    weights : float, shape (b, n_users)
    n_steps, tolerance
        See there.
    """
    return _from_start(channels, noise, weights, np.ones((2, channels.shape[1])), n_steps, tolerance)


def best_of_starts(
    channels: Complex,
    noise: Real,
    weights: Real,
    rng: np.random.Generator,
    n_starts: int,
    n_steps: int = 100,
    tolerance: float = 0.0,
) -> Found:
    """Take the best of weighted MMSE from RZF and from random starts, channel by channel."""
    best = weighted_mmse(channels, noise, weights, n_steps, tolerance)
    for _ in range(n_starts - 1):
        start = np.exp(LOG_SPREAD * rng.standard_normal((2, channels.shape[1])))
        best = better_of(
            channels,
            noise,
            weights,
            best,
            _from_start(channels, noise, weights, start, n_steps, tolerance),
        )
    return best


def better_of(channels: Complex, noise: Real, weights: Real, first: Found, second: Found) -> Found:
    """Take the one with the higher weighted sum of rates, channel by channel; the first where they are equal."""
    low, high = (
        (weights * precoder_rates(channels, found.precoders, noise.astype(np.float64))).sum(axis=1)
        for found in (first, second)
    )
    better = high > low
    return Found(
        np.where(better[:, None, None], second.precoders, first.precoders),
        np.where(better, second.steps, first.steps),
    )


def _from_start(
    channels: Complex, noise: Real, weights: Real, start: NDArray[np.float64], n_steps: int, tolerance: float
) -> Found:
    domain = gram_domain(channels, noise)
    kind = domain.noise.dtype
    b, n_users = channels.shape[:2]
    duals, steps = np.empty_like(domain.gram), np.empty(b, np.int64)
    starts = np.ascontiguousarray(np.broadcast_to(start, (b, 2, n_users)), kind)
    wmmse(domain.gram, domain.noise, _mean_one(weights, kind), starts, n_steps, tolerance, duals, steps)
    return Found(scaled_to_power(hermitian(channels) @ duals), steps)


def learned(
    net: Precoder, channels: Complex, noise: Real, error: Real, weights: Real, n_stages: int | None = None
) -> Found:
    """Let ICGNN precode; see :func:`coplug.inference.icgnn_precoding.precode`.

    Parameters
    ----------
    net : Precoder
    channels, noise, weights
        As in :func:`weighted_mmse`; channels of complex128 are worked on in complex64.
    error : float, shape (b,)
        The share of an error of the channel in ``noise``.
    n_stages : int, optional
        After which the network ends; all of them if not given.
    """
    single = channels.astype(np.complex64, copy=False)
    domain = gram_domain(single, noise)
    duals, stages = np.empty_like(domain.gram), np.empty(len(channels), np.int64)
    net(
        domain.gram,
        domain.noise,
        error.astype(np.float32, copy=False),
        _mean_one(weights, np.dtype(np.float32)),
        duals,
        stages,
        n_stages or ALL_STAGES,
    )
    return Found(scaled_to_power(hermitian(channels) @ duals.astype(channels.dtype, copy=False)), stages)


def _mean_one(weights: Real, kind: np.dtype[np.floating]) -> Real:
    return np.ascontiguousarray(weights / weights.mean(axis=1, keepdims=True), kind)
