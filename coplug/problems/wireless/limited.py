"""Precoders under limits of the power of antennas, or of groups of them such as access points, in batches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.problems.wireless.linear import Complex, Real, hermitian
from coplug.problems.wireless.rates import precoder_powers

DESCENT_STEPS = 10
"""Of the projected gradient in a step of weighted MMSE."""


class Limits(NamedTuple):
    """Limits of power.

    Attributes
    ----------
    group : int64, shape (n_antennas,)
        Of each antenna.
    power : float64, shape (n_groups,)
        Of each group, at most.
    """

    group: NDArray[np.int64]
    power: Real


def used(precoders: Complex, limits: Limits) -> Real:
    """Return the power of each group, float64, shape (b, n_groups)."""
    powers = precoder_powers(precoders)
    total = np.zeros((len(precoders), len(limits.power)))
    for antenna, group in enumerate(limits.group.tolist()):
        total[:, group] += powers[:, antenna]
    return total


def scaled_to_limits(precoders: Complex, limits: Limits) -> Complex:
    """Scale each precoder as a whole so that the group that comes closest to its limit reaches it."""
    fullest = (used(precoders, limits) / limits.power).max(axis=1)
    return np.asarray(precoders / np.sqrt(np.maximum(fullest, 1e-30))[:, None, None])


def limited_wmmse(
    channels: Complex, noise: Real, weights: Real, limits: Limits, start: Complex, n_steps: int = 100
) -> Complex:
    """Raise the weighted sum of rates by weighted MMSE whose precoders descend along a projected gradient.

    Receivers and weights are the best for the precoders; these then take steps on the quadratic that is left, each
    projected onto the limits, which are balls. Every step raises the rate. The source of the method is that of
    :func:`coplug.algorithms.downlink.wmmse.wmmse`.

    Parameters
    ----------
    channels : complex, shape (b, n_users, n_antennas)
    noise : float64, shape (b,) or (b, n_users)
    weights : float64, shape (b, n_users)
    limits : Limits
    start : complex, shape (b, n_antennas, n_users)
        Within the limits.
    n_steps : int

    Returns
    -------
    complex, shape (b, n_antennas, n_users)
    """
    turned, at = hermitian(channels), start
    floor = noise if noise.ndim == 2 else np.repeat(noise[:, None], channels.shape[1], axis=1)
    for _ in range(n_steps):
        received = channels @ at
        own = np.einsum("bkk->bk", received)
        total = (np.abs(received) ** 2).sum(axis=-1) + floor
        sinr = np.abs(own) ** 2 / (total - np.abs(own) ** 2)
        receiver, weight = own / total, weights * (1.0 + sinr)
        curve = weight * np.abs(receiver) ** 2
        pull = turned * (weight * receiver)[:, None, :]
        root = np.sqrt(curve)[:, :, None] * channels
        steepest = np.linalg.norm(root @ hermitian(root), ord=2, axis=(1, 2))
        pace = 1.0 / np.maximum(steepest, 1e-300)[:, None, None]
        for _ in range(DESCENT_STEPS):
            slope = turned @ (curve[:, :, None] * (channels @ at)) - pull
            at = _projected(at - pace * slope, limits)
    return np.asarray(at)


def stationarity(channels: Complex, noise: Real, weights: Real, limits: Limits, at: Complex) -> Real:
    """Return how far a projected step along the gradient moves precoders, relative, shape (b,); 0: stationary."""
    step = 1e-3
    gradient = rate_gradient(channels, noise, weights, at)
    size = np.sqrt((np.abs(gradient) ** 2).sum(axis=(1, 2)))[:, None, None]
    length = np.sqrt((np.abs(at) ** 2).sum(axis=(1, 2)))
    moved = _projected(at + step * length[:, None, None] * gradient / np.maximum(size, 1e-300), limits) - at
    return np.asarray(np.sqrt((np.abs(moved) ** 2).sum(axis=(1, 2))) / (step * length))


def rate_gradient(channels: Complex, noise: Real, weights: Real, at: Complex) -> Complex:
    """Return the gradient of the weighted sum of rates, in nat, by the conjugate precoders; shape as they have."""
    received = channels @ at
    powers = np.abs(received) ** 2
    own = np.einsum("bkk->bk", powers)
    total = powers.sum(axis=-1) + (noise if noise.ndim == 2 else noise[:, None])
    slopes = weights[:, :, None] * received * (1.0 / total - 1.0 / (total - own))[:, :, None]
    diagonal = weights * np.einsum("bkk->bk", received) / total
    np.einsum("bkk->bk", slopes)[...] = diagonal
    return np.asarray(hermitian(channels) @ slopes)


def _projected(precoders: Complex, limits: Limits) -> Complex:
    """Scale down the antennas of groups that pass their limits."""
    shrink = np.sqrt(np.minimum(1.0, limits.power / np.maximum(used(precoders, limits), 1e-300)))
    return np.asarray(precoders * shrink[:, limits.group, None])
