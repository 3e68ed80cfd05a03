"""Fractional programming without an inverse, in batches."""

from __future__ import annotations

import numpy as np

from coplug.problems.wireless.linear import Complex, Real, hermitian, scaled_to_power
from coplug.problems.wireless.weighted_mmse import gram_domain


def fractional_programming(channels: Complex, noise: Real, weights: Real, n_steps: int = 100) -> Complex:
    """Raise the weighted sum of rates by quadratic transforms whose quadratic part is replaced by a multiple of I.

    A step costs one product with the Gram matrix and no inverse; Nesterov's extrapolation makes steps longer. The best
    precoder on the way is returned.

    Source: K. Shen, W. Yu, Fractional programming for communication systems, IEEE Transactions on Signal Processing 66
    (2018), 2616-2630; the transform without an inverse as in K. Shen, Z. Zhao, Y. Chen, Z. Zhang, H. V. Cheng,
    Accelerating quadratic transform and WMMSE, IEEE Journal on Selected Areas in Communications 42 (2024).

    Parameters
    ----------
    channels : complex, shape (b, n_users, n_antennas)
    noise : float, shape (b,)
        Variance over power.
    weights : float, shape (b, n_users)
    n_steps : int

    Returns
    -------
    complex, shape (b, n_antennas, n_users)
        Of power 1.
    """
    domain = gram_domain(channels, noise)
    gram, kind = domain.gram, domain.noise.dtype
    n_users = channels.shape[1]
    ridge = (n_users * domain.noise)[:, None, None] * np.eye(n_users, dtype=kind)
    at = _limited(np.linalg.inv(gram + ridge), gram)
    before, best, highest = at, at, np.full(len(gram), -np.inf)
    weights = weights.astype(kind)
    for step in range(n_steps + 1):
        rate, own, total, sinr = _evaluated(gram, domain.noise, weights, at)
        better = rate > highest
        highest, best = np.where(better, rate, highest), np.where(better[:, None, None], at, best)
        amplitude = np.sqrt(weights * (1.0 + sinr))
        auxiliary = amplitude * own / total
        curve = np.abs(auxiliary) ** 2
        slope = curve[:, :, None] * gram
        largest = np.sqrt(
            (np.abs(np.sqrt(curve)[:, :, None] * gram * np.sqrt(curve)[:, None, :]) ** 2).sum(axis=(1, 2))
        )
        far = at + (step / (step + 3.0)) * (at - before) if step else at
        pull = np.zeros_like(gram)
        np.einsum("bkk->bk", pull)[...] = amplitude * auxiliary
        moved = far + (pull - slope @ far) / np.maximum(largest, 1e-30)[:, None, None]
        before, at = at, _limited(moved.astype(gram.dtype), gram)
    return scaled_to_power(hermitian(channels) @ best)


def _evaluated(gram: Complex, noise: Real, weights: Real, duals: Complex) -> tuple[Real, Complex, Real, Real]:
    received = gram @ duals
    own = np.einsum("bkk->bk", received)
    total = (np.abs(received) ** 2).sum(axis=-1) + noise[:, None]
    signal = np.abs(own) ** 2
    sinr = signal / (total - signal)
    return (weights * np.log2(1.0 + sinr)).sum(axis=1), own, total, sinr


def _limited(duals: Complex, gram: Complex) -> Complex:
    """Scale to power 1: more power never lowers the rate, as the noise is a smaller part then."""
    power = np.einsum("bij,bij->b", duals.conj(), gram @ duals).real
    return np.asarray(duals / np.sqrt(np.maximum(power, 1e-30))[:, None, None].astype(duals.real.dtype))
