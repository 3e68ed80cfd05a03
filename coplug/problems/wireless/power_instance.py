"""Cell-free networks: large-scale fading, noise, pilots, and limits of power."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.problems.wireless.arrays import Arrays
from coplug.problems.wireless.checking import check_range, chosen, finite, numbers, ordered
from coplug.problems.wireless.layouts import estimate_quality
from coplug.problems.wireless.power_options import PowerOptions
from coplug.problems.wireless.rates import Real, link_sinr

AXES = ("batch", "aps", "users")
SYMBOLS, PILOTS = 200.0, 20.0
"""Of a coherence interval, and of a pilot, where the file does not say."""


@dataclass(frozen=True, eq=False)
class PowerInstance:
    """A batch of cell-free networks with conjugate beamforming and orthogonal pilots.

    Attributes
    ----------
    label : str
    beta : float64, shape (b, n_aps, n_users)
        Large-scale fading.
    quality : float64, the same shape
        Mean power of the channel estimates, at most ``beta``.
    power : float64, shape (b, n_aps)
        Limit of each access point.
    noise : float64, shape (b,)
        Variance.
    antennas : float64, shape (b, n_aps)
    data_share : float
        Of the symbols, those that are no pilots.
    weights : float64, shape (b, n_users)
    notes : tuple of str
    gain, fading : float64, shape (b, n_aps, n_users)
        As the kernels take them, see :mod:`coplug.algorithms.downlink.links`.
    """

    label: str
    beta: Real
    quality: Real
    power: Real
    noise: Real
    antennas: Real
    data_share: float
    weights: Real
    notes: tuple[str, ...] = ()
    gain: Real = field(init=False)
    fading: Real = field(init=False)

    def __post_init__(self) -> None:
        scale = (self.power / self.noise[:, None])[:, :, None]
        gain = np.sqrt(self.antennas[:, :, None] * self.quality * scale)
        object.__setattr__(self, "gain", np.ascontiguousarray(gain))
        object.__setattr__(self, "fading", np.ascontiguousarray(self.beta * scale))

    @property
    def is_weighted(self) -> bool:
        """Whether users count differently."""
        return bool((self.weights != self.weights[:, :1]).any())

    def rates(self, amplitudes: Real) -> Real:
        """Return the rates of users in bit/s/Hz, float64, shape (b, n_users).

        Parameters
        ----------
        amplitudes : float64, shape (b, n_aps, n_users)
            Roots of powers over the limits.
        """
        return np.asarray(self.data_share * np.log2(1.0 + link_sinr(self.gain, self.fading, amplitudes)))


def make_power(label: str, arrays: Arrays, options: PowerOptions) -> PowerInstance:
    """Make an instance of the arrays of a file; see the how-to page for their names.

    Raises
    ------
    InstanceError
        If an array is missing, of another shape, not finite, or out of range.
    """
    raw = chosen(label, arrays, options.variable, "beta")
    if raw.ndim not in (2, 3) or raw.dtype.kind not in "uif":
        raise InstanceError(
            f"{label}: the fading has shape {raw.shape} of {raw.dtype}; expected real numbers (batch, aps, users) or "
            "(aps, users)"
        )
    beta = finite(label, "the fading", ordered(label, raw.astype(np.float64), options.axes, AXES))
    if (beta < 0).any():
        raise InstanceError(f"{label}: the fading has the value {float(beta.min()):.6g}; expected 0 or more")
    b, n_aps, n_users = beta.shape
    notes = []
    unheard = int((~beta.any(axis=1)).sum())
    if unheard:
        notes.append(f"{unheard} users hear no access point; their rate is 0")
    noise = numbers(label, arrays, "noise", (b,))
    power = numbers(label, arrays, "power", (b, n_aps))
    strongest = beta * power[:, :, None]
    with np.errstate(divide="ignore", over="ignore"):
        strongest_db = 10.0 * (np.log10(strongest.max(axis=(1, 2))) - np.log10(noise))
    check_range(label, strongest_db[strongest.any(axis=(1, 2))])
    pilots = float(numbers(label, arrays, "pilots", (), PILOTS))
    symbols = float(numbers(label, arrays, "symbols", (), SYMBOLS))
    if pilots >= symbols:
        raise InstanceError(
            f"{label}: pilots of {pilots:g} symbols leave nothing of {symbols:g}; expected fewer"
        )
    return PowerInstance(
        label,
        beta,
        _quality(label, arrays, beta, noise, power, pilots, options),
        power,
        noise,
        numbers(label, arrays, "antennas", (b, n_aps), 1.0),
        1.0 - pilots / symbols,
        numbers(label, arrays, "weights", (b, n_users), 1.0),
        tuple(notes),
    )


def _quality(
    label: str,
    arrays: Arrays,
    beta: Real,
    noise: Real,
    power: Real,
    pilots: float,
    options: PowerOptions,
) -> NDArray[np.float64]:
    """Return the mean power of estimates: from the file, or by orthogonal pilots."""
    if "gamma" in arrays:
        raw = np.asarray(arrays["gamma"])
        if raw.dtype.kind not in "uif":
            raise InstanceError(f"{label}: gamma holds {raw.dtype}; expected real numbers")
        quality = finite(label, "gamma", ordered(label, raw.astype(np.float64), options.axes, AXES))
        if quality.shape != beta.shape or (quality < 0).any() or (quality > beta * (1.0 + 1e-9)).any():
            raise InstanceError(f"{label}: gamma is not between 0 and the fading, of shape {beta.shape}")
        return quality
    n_users = beta.shape[2]
    if n_users > pilots:
        raise InstanceError(
            f"{label}: {n_users} users need as many orthogonal pilots, found {pilots:g}; raise pilots, or give gamma"
        )
    pilot_power = numbers(label, arrays, "pilot_power", (len(beta),), float(power.max()))
    return np.stack(
        [
            estimate_quality(beta[c], float(pilot_power[c]), int(pilots), float(noise[c]))
            for c in range(len(beta))
        ]
    )
