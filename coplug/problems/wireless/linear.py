"""Linear precoders of one formula, in batches; each is scaled to power 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError

Complex = NDArray[np.complexfloating]
Real = NDArray[np.floating]

LEAST_POWER = 1e-30


def hermitian(matrices: Complex) -> Complex:
    """Return conjugate transposes, the same batch."""
    return np.asarray(matrices.conj().swapaxes(-1, -2))


def scaled_to_power(precoders: Complex) -> Complex:
    """Return precoders of power 1; one that is zero stays zero."""
    parts = np.ascontiguousarray(precoders).view(precoders.real.dtype)
    power = np.einsum("bmk,bmk->b", parts, parts)
    scale = 1.0 / np.sqrt(np.maximum(power, LEAST_POWER))
    return np.asarray(precoders * scale[:, None, None])


def mrt(channels: Complex) -> Complex:
    """Return maximum ratio transmission, ``H^H``.

    Parameters
    ----------
    channels : complex, shape (b, n_users, n_antennas)

    Returns
    -------
    complex, shape (b, n_antennas, n_users)
    """
    return scaled_to_power(hermitian(channels))


def zf(channels: Complex) -> Complex:
    """Return zero forcing, the pseudo-inverse of the channel; see :func:`mrt`.

    Raises
    ------
    UsageError
        If there are more users than antennas.
    """
    n_users, n_antennas = channels.shape[1:]
    if n_users > n_antennas:
        raise UsageError(
            f"zero forcing needs as many antennas as users; there are {n_users} users and {n_antennas} antennas: "
            "take rzf or wmmse"
        )
    return scaled_to_power(np.linalg.pinv(channels))


def rzf(channels: Complex, noise: Real) -> Complex:
    """Return regularised zero forcing, ``H^H (H H^H + n_users noise I)^-1``, also called MMSE; see :func:`mrt`.

    Parameters
    ----------
    channels : complex, shape (b, n_users, n_antennas)
    noise : float, shape (b,)
        Variance over power; an error of the channel adds its own variance.
    """
    return scaled_to_power(hermitian(channels) @ np.linalg.inv(_regularised(channels, noise)))


def conjugate_gradient(channels: Complex, noise: Real, n_steps: int) -> Complex:
    """Return RZF whose inverse is cut short: so many steps of conjugate gradients for each user, from 0.

    After as many steps as there are users it is RZF, but for rounding. A step costs one product of two matrices of
    n_users by n_users.
    """
    matrices = _regularised(channels, noise)
    found = np.zeros_like(matrices)
    residual = np.broadcast_to(np.eye(matrices.shape[-1], dtype=matrices.dtype), matrices.shape).copy()
    direction, square = residual.copy(), _column_squares(residual)
    for _ in range(n_steps):
        moved = matrices @ direction
        curve = np.einsum("bij,bij->bj", direction.conj(), moved).real
        step = np.divide(square, curve, out=np.zeros_like(square), where=curve > 0)
        found += step[:, None] * direction
        residual -= step[:, None] * moved
        before, square = square, _column_squares(residual)
        ratio = np.divide(square, before, out=np.zeros_like(square), where=before > 0)
        direction = residual + ratio[:, None] * direction
    return scaled_to_power(hermitian(channels) @ found)


def _regularised(channels: Complex, noise: Real) -> Complex:
    n_users = channels.shape[1]
    ridge = (n_users * noise).astype(channels.real.dtype)[:, None, None] * np.eye(
        n_users, dtype=channels.dtype
    )
    return np.asarray(channels @ hermitian(channels) + ridge)


def _column_squares(matrices: Complex) -> Real:
    return np.asarray(np.einsum("bij,bij->bj", matrices.conj(), matrices).real)
