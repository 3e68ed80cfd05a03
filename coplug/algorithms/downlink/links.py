"""Power of links from access points to users: what an allocation does, and those that two numbers a user make.

With conjugate beamforming and orthogonal pilots, access point m sends to user k with amplitude ``y[m, k]``, so that

    ``sinr[k] = (sum_m gain[m, k] y[m, k])^2 / (sum_m fading[m, k] sum_j y[m, j]^2 + 1)``

and no access point sends with more than power 1: ``sum_k y[m, k]^2 <= 1``. Limits and noise are in ``gain`` and
``fading``. What maximises a weighted sum of ``signal - charge * power`` under these limits is
``y[m, k] = r[m] price[k] gain[m, k]`` with ``r[m] = min(1 / sum_k charge[k] fading[m, k], 1 / norm(price gain[m]))``.
The largest least rate and stationary points of sums of rates have this form, so that only two numbers a user are to be
found: the conditions of first order say that ``charge[k] = price[k] signal[k] / disturbance[k]``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import fast_kernel

Real = NDArray[np.floating[Any]]

LEAST = 1e-30


class Links(NamedTuple):
    """Room for an allocation and what it does; all of one type.

    Attributes
    ----------
    amplitudes : shape (n_aps, n_users)
    powers : shape (n_aps,)
    signal, disturbance : shape (n_users,)
    price, charge : shape (n_users,)
    """

    amplitudes: Real
    powers: Real
    signal: Real
    disturbance: Real
    price: Real
    charge: Real


@fast_kernel
def new_links(like: Real, n_aps: int, n_users: int) -> Links:
    """Return room, of the type of ``like``."""
    users = np.ones((4, n_users), like.dtype)
    return Links(
        np.zeros((n_aps, n_users), like.dtype),
        np.zeros(n_aps, like.dtype),
        users[0],
        users[1],
        users[2],
        users[3],
    )


@fast_kernel
def allocate(gain: Real, fading: Real, at: Links) -> None:
    """Fill in the amplitudes that price and charge make."""
    n_aps, n_users = gain.shape
    for m in range(n_aps):
        cost = square = gain.dtype.type(0)
        for k in range(n_users):
            amplitude = at.price[k] * gain[m, k]
            at.amplitudes[m, k] = amplitude
            square += amplitude * amplitude
            cost += at.charge[k] * fading[m, k]
        scale = 1 / max(cost, np.sqrt(square), gain.dtype.type(LEAST))
        for k in range(n_users):
            at.amplitudes[m, k] *= scale


@fast_kernel
def full_power(gain: Real, at: Links) -> None:
    """Fill in amplitudes that are proportional to the gains, at full power everywhere."""
    n_aps, n_users = gain.shape
    for m in range(n_aps):
        square = gain.dtype.type(0)
        for k in range(n_users):
            square += gain[m, k] * gain[m, k]
        scale = 1 / np.sqrt(square + gain.dtype.type(LEAST))
        for k in range(n_users):
            at.amplitudes[m, k] = scale * gain[m, k]


@fast_kernel
def evaluate_links(gain: Real, fading: Real, at: Links) -> None:
    """Fill in powers, signal (an amplitude) and disturbance of the amplitudes."""
    n_aps, n_users = gain.shape
    for k in range(n_users):
        at.signal[k] = 0
        at.disturbance[k] = 1
    for m in range(n_aps):
        power = gain.dtype.type(0)
        for k in range(n_users):
            power += at.amplitudes[m, k] * at.amplitudes[m, k]
        at.powers[m] = power
        for k in range(n_users):
            at.signal[k] += gain[m, k] * at.amplitudes[m, k]
            at.disturbance[k] += fading[m, k] * power


@fast_kernel
def least_sinr(at: Links) -> float:
    """Return the least ratio of signal to disturbance."""
    least = np.inf
    for k in range(len(at.signal)):
        least = min(least, at.signal[k] * at.signal[k] / at.disturbance[k])
    return least
