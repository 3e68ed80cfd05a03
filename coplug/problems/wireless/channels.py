"""Random channels from the antennas of a base station to users, in batches."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Complex = NDArray[np.complexfloating]

RING_NODES = 64
"""Of the quadrature over a ring of scatterers."""


def rayleigh(rng: np.random.Generator, n_channels: int, n_users: int, n_antennas: int) -> Complex:
    """Draw channels whose entries are independent, circular, and of variance 1.

    Returns
    -------
    complex128, shape (n_channels, n_users, n_antennas)
    """
    parts = rng.standard_normal((2, n_channels, n_users, n_antennas))
    return np.asarray((parts[0] + 1j * parts[1]) / math.sqrt(2.0))


def one_ring(
    rng: np.random.Generator,
    n_channels: int,
    n_users: int,
    n_antennas: int,
    spread_degrees: float = 10.0,
    spacing: float = 0.5,
) -> Complex:
    """Draw channels of a uniform linear array whose users are seen through a ring of scatterers each.

    User k's direction is uniform in (-60, 60) degrees off broadside; what arrives comes from angles that are uniform
    within the spread around it, so that the covariance of antennas m and n is the mean of
    ``exp(2 pi i spacing (m - n) sin(angle))``. The mean is taken at the nodes of a Gauss-Legendre rule.

    Source: the one-ring model as in A. Adhikary, J. Nam, J.-Y. Ahn, G. Caire, Joint spatial division and multiplexing,
    IEEE Transactions on Information Theory 59 (2013), 6441-6463.

    Parameters
    ----------
    spread_degrees : float
        Half of the width of the angles, above 0.
    spacing : float
        Of antennas, in wavelengths.

    Returns
    -------
    complex128, shape (n_channels, n_users, n_antennas)
        Entries of variance 1.
    """
    nodes, weights = np.polynomial.legendre.leggauss(RING_NODES)
    centre = rng.uniform(-math.pi / 3, math.pi / 3, (n_channels, n_users, 1))
    sines = np.sin(centre + math.radians(spread_degrees) * nodes)
    gains = rayleigh(rng, n_channels, n_users, RING_NODES) * np.sqrt(weights / 2.0)
    step = np.exp(2j * math.pi * spacing * sines)
    channels = np.empty((n_channels, n_users, n_antennas), np.complex128)
    for antenna in range(n_antennas):  # plane waves advance by the same factor from antenna to antenna
        channels[:, :, antenna] = gains.sum(axis=-1)
        gains *= step
    return channels


def with_error(rng: np.random.Generator, known: Complex, error: float | NDArray[np.float64]) -> Complex:
    """Draw true channels that a transmitter knows up to an independent error.

    This is what a minimum mean-square estimate leaves: true = known + error, and the two are uncorrelated.

    Parameters
    ----------
    known : complex, shape (n_channels, n_users, n_antennas)
    error : float or array
        Variance of the error of an entry, a number for all or to be broadcast to the shape.

    Returns
    -------
    complex, the same shape
    """
    return np.asarray(known + np.sqrt(error) * rayleigh(rng, *known.shape))


def gains_db(
    rng: np.random.Generator, n_channels: int, n_users: int, deviation_db: float
) -> NDArray[np.float64]:
    """Draw amplitudes of users that differ by a normal number of decibels, shape (n_channels, n_users, 1)."""
    return np.asarray(10.0 ** (deviation_db * rng.standard_normal((n_channels, n_users, 1)) / 20.0))
