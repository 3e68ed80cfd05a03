"""Random cell-free layouts: access points and users in a square, and the large-scale fading between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Real = NDArray[np.float64]

CARRIER_MHZ = 1900.0
AP_HEIGHT_M, USER_HEIGHT_M = 15.0, 1.65
NEAR_KM, FAR_KM = 0.010, 0.050
BANDWIDTH_HZ = 20e6
NOISE_FIGURE_DB = 9.0
THERMAL_DBM_PER_HZ = -173.975
"""Boltzmann's constant times 290 K."""

SHADOWING_DB = 8.0
DECORRELATION_KM = 0.1
AP_SHARE = 0.5
"""Of the shadowing's variance that lies at the access point."""


@dataclass(frozen=True)
class Layouts:
    """Places, in batches.

    Attributes
    ----------
    aps, users : float64, shape (b, n, 2)
        In km.
    beta : float64, shape (b, n_aps, n_users)
        Large-scale fading: the mean power gain.
    """

    aps: Real
    users: Real
    beta: Real


def noise_w() -> float:
    """Return the variance of the noise in watts: 20 MHz, noise figure 9 dB, 290 K."""
    return float(10.0 ** ((THERMAL_DBM_PER_HZ + NOISE_FIGURE_DB - 30.0) / 10.0) * BANDWIDTH_HZ)


def path_loss_db(distance_km: Real) -> Real:
    """Return the path gain in dB, negative, of the three-slope model that has COST-Hata beyond 50 m.

    Source: H. Q. Ngo, A. Ashikhmin, H. Yang, E. G. Larsson, T. L. Marzetta, Cell-free massive MIMO versus small cells,
    IEEE Transactions on Wireless Communications 16 (2017), 1834-1850, equations 52 and 53.
    """
    log_f = math.log10(CARRIER_MHZ)
    hata = (
        46.3
        + 33.9 * log_f
        - 13.82 * math.log10(AP_HEIGHT_M)
        - (1.1 * log_f - 0.7) * USER_HEIGHT_M
        + (1.56 * log_f - 0.8)
    )
    beyond = -hata - 35.0 * np.log10(np.maximum(distance_km, FAR_KM))
    between = -hata - 15.0 * math.log10(FAR_KM) - 20.0 * np.log10(np.clip(distance_km, NEAR_KM, FAR_KM))
    return np.asarray(np.where(distance_km > FAR_KM, beyond, between))


def draw_layouts(
    rng: np.random.Generator, n_layouts: int, n_aps: int, n_users: int, side_km: float = 0.5
) -> Layouts:
    """Draw layouts: uniform places in a square that wraps around, path loss, and correlated shadowing.

    Beyond 50 m, a link's shadowing is ``8 dB (sqrt(1/2) a + sqrt(1/2) b)``, a of its access point and b of its user,
    each normal, with correlation ``2^(-d / 0.1 km)`` between two of them at distance d.
    """
    aps = rng.uniform(0.0, side_km, (n_layouts, n_aps, 2))
    users = rng.uniform(0.0, side_km, (n_layouts, n_users, 2))
    of_aps = _correlated(rng, _distances(aps, aps, side_km))
    of_users = _correlated(rng, _distances(users, users, side_km))
    distance = _distances(aps, users, side_km)
    shadowing = SHADOWING_DB * (
        math.sqrt(AP_SHARE) * of_aps[:, :, None] + math.sqrt(1.0 - AP_SHARE) * of_users[:, None, :]
    )
    gain_db = path_loss_db(distance) + np.where(distance > FAR_KM, shadowing, 0.0)
    return Layouts(aps, users, 10.0 ** (gain_db / 10.0))


def _distances(first: Real, second: Real, side_km: float) -> Real:
    """Return distances in km on the torus, shape (b, n_first, n_second)."""
    apart = np.abs(first[:, :, None] - second[:, None, :])
    return np.asarray(np.sqrt((np.minimum(apart, side_km - apart) ** 2).sum(axis=-1)))


def _correlated(rng: np.random.Generator, distances: Real) -> Real:
    """Draw normal numbers with the correlation of their places; on a torus it may need a little of its own."""
    correlation = 2.0 ** (-distances / DECORRELATION_KM)
    values, vectors = np.linalg.eigh(correlation)
    drawn = rng.standard_normal(distances.shape[:2])
    return np.asarray(np.einsum("bij,bj->bi", vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :], drawn))


def estimate_quality(beta: Real, pilot_power: float, n_pilots: int, noise: float) -> Real:
    """Return the mean power of channel estimates, with orthogonal pilots: the same shape as ``beta``.

    Parameters
    ----------
    beta : float64
    pilot_power, noise : float
        In the same unit.
    n_pilots : int
        Length of a pilot, at least the number of users.
    """
    received = n_pilots * pilot_power / noise * beta
    return np.asarray(beta * (received / (received + 1.0)))
