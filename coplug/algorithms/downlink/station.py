"""A precoder by two positive numbers a user, and what it does: compiled, one channel at a time, no memory of its own.

A stationary point of the weighted sum of rates under a limit of the total power has the form

    ``W = H^H S V diag(g)``  with  ``V = (S G S + mu I)^-1``,  ``G = H H^H``,  ``mu = noise / power * sum(s^2)``,

for some ``s`` and ``g``, S being ``diag(s)`` (E. Bjornson, M. Bengtsson, B. Ottersten, Optimal multiuser transmit
beamforming, IEEE Signal Processing Magazine 31 (2014), 142-148; the lemma of Woodbury moves the inverse to users).
RZF has ``s = g = 1``, and each step of weighted MMSE leads from one such pair to another, so that nothing but the Gram
matrix is needed: with ``E = I - mu V``, ``H W = S^-1 E diag(g)``, and the squared norm of column j is ``g[j]^2`` times
``V[j, j] - mu sum_k |V[k, j]|^2``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import fast_kernel, inlined_kernel

Real = NDArray[np.floating[Any]]

LEAST = 1e-12
"""Added to denominators."""

LEAST_S = 0.00033546262790251185
"""Of ``s``, whose mean square is 1: exp(-8). Users below it send nothing to speak of."""


class Station(NamedTuple):
    """Room for a precoder and what it does.

    Attributes
    ----------
    s, g : float, shape (n_users,)
        What makes it.
    real, imag : float, shape (n_users, n_users)
        Of ``V``.
    squares : float, shape (n_users, n_users)
        ``|V|^2``, 0 on the diagonal.
    sinr, gain, own, disturbance, noise : float, shape (n_users,)
        The ratio of signal to what disturbs it; the amplitude of the own stream times ``s``, at power 1; ``E[k, k]``;
        what disturbs, times ``s^2``, and the part of noise in it.
    pivot : float, shape (2, n_users)
        Room of :func:`invert`.
    """

    s: Real
    g: Real
    real: Real
    imag: Real
    squares: Real
    sinr: Real
    gain: Real
    own: Real
    disturbance: Real
    noise: Real
    pivot: Real


@fast_kernel
def new_station(like: Real, n_users: int) -> Station:
    """Return room for a precoder, of the type of ``like``; it is RZF before it is evaluated."""
    users = np.ones((7, n_users), like.dtype)
    squares = np.empty((3, n_users, n_users), like.dtype)
    return Station(
        users[0],
        users[1],
        squares[0],
        squares[1],
        squares[2],
        users[2],
        users[3],
        users[4],
        users[5],
        users[6],
        np.empty((2, n_users), like.dtype),
    )


@fast_kernel
def invert(real: Real, imag: Real, pivot: Real) -> None:
    """Invert a Hermitian positive definite matrix in place, by elimination without pivoting.

    Parameters
    ----------
    real, imag : float, shape (n, n)
    pivot : float, shape (2, n)
        Room. The row that others are reduced by lies outside of the matrix, so that the loops over rows are vectorised.
    """
    n = len(real)
    row_real, row_imag = pivot[0], pivot[1]
    for p in range(n):
        inverse = real.dtype.type(1) / real[p, p]
        for j in range(n):
            row_real[j] = real[p, j] * inverse
            row_imag[j] = imag[p, j] * inverse
        row_real[p] = inverse
        row_imag[p] = 0
        for i in range(n):
            factor_real, factor_imag = real[i, p], imag[i, p]
            if i == p:
                for j in range(n):
                    real[i, j] = row_real[j]
                    imag[i, j] = row_imag[j]
                continue
            real[i, p] = 0
            imag[i, p] = 0
            for j in range(n):
                real[i, j] -= factor_real * row_real[j] - factor_imag * row_imag[j]
            for j in range(n):
                imag[i, j] -= factor_real * row_imag[j] + factor_imag * row_real[j]


@inlined_kernel
def evaluate(gram: NDArray[np.complexfloating], noise: Any, at: Station) -> tuple[Any, Any]:
    """Evaluate the precoder of ``at.s`` and ``at.g``, and fill in the rest of it.

    Parameters
    ----------
    gram : complex, shape (n_users, n_users)
    noise : float
        Variance over power.
    at : Station

    Returns
    -------
    mu : float
    power : float
        Of the precoder before it is scaled to 1.
    """
    n, real, imag, squares = len(gram), at.real, at.imag, at.squares
    zero = real.dtype.type(0)
    total = zero
    for k in range(n):
        total += at.s[k] * at.s[k]
    mu = real.dtype.type(noise * total)
    for k in range(n):
        for j in range(n):
            both = at.s[k] * at.s[j]
            real[k, j] = gram[k, j].real * both
            imag[k, j] = gram[k, j].imag * both
        real[k, k] += mu
    invert(real, imag, at.pivot)
    power = zero
    for k in range(n):
        column = zero
        others = zero
        for j in range(n):
            square = real[k, j] * real[k, j] + imag[k, j] * imag[k, j]
            squares[k, j] = square
            column += square
            others += square * at.g[j] * at.g[j]
        squares[k, k] = 0
        own_square = real[k, k] * real[k, k]
        at.disturbance[k] = mu * mu * max(others - own_square * at.g[k] * at.g[k], zero)
        at.own[k] = max(1 - mu * real[k, k], zero)
        power += at.g[k] * at.g[k] * max(real[k, k] - mu * column, zero)
    amplitude = 1 / np.sqrt(power + LEAST)
    for k in range(n):
        at.noise[k] = at.s[k] * at.s[k] * noise * power
        at.disturbance[k] += at.noise[k] + LEAST
        signal = at.own[k] * at.g[k]
        at.sinr[k] = signal * signal / at.disturbance[k]
        at.gain[k] = signal * amplitude
    return mu, power


@inlined_kernel
def normalise(s: Real) -> None:
    """Scale to a mean square of 1, in place, none below the least."""
    total = s.dtype.type(0)
    for k in range(len(s)):
        total += s[k] * s[k]
    scale = 1 / np.sqrt(total / len(s) + LEAST)
    for k in range(len(s)):
        s[k] = max(s[k] * scale, s.dtype.type(LEAST_S))


@inlined_kernel
def wmmse_step(at: Station, weights: Real) -> None:
    """Replace ``at.s`` and ``at.g`` by those that weighted MMSE takes next; ``weights`` of users, of mean 1."""
    for k in range(len(weights)):
        at.g[k] = np.sqrt(weights[k] * (1 + at.sinr[k]))
        receiver = at.s[k] * at.sinr[k] / ((1 + at.sinr[k]) * (at.gain[k] + LEAST))
        at.s[k] = at.g[k] * receiver
    normalise(at.s)


@fast_kernel
def weighted_rate(at: Station, weights: Real) -> float:
    """Return the weighted sum of rates of an evaluated precoder, in bit/s/Hz."""
    total = 0.0
    for k in range(len(weights)):
        total += weights[k] * np.log2(1 + at.sinr[k])
    return total


@fast_kernel
def write_duals(at: Station, power: Any, out: NDArray[np.complexfloating]) -> None:
    """Write ``X`` to ``out``: the precoder of power 1 is ``H^H X``."""
    amplitude = 1 / np.sqrt(power + LEAST)
    for k in range(len(out)):
        for j in range(len(out)):
            factor = at.s[k] * at.g[j] * amplitude
            out[k, j] = complex(at.real[k, j] * factor, at.imag[k, j] * factor)
