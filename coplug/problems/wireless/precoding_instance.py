"""Channels of a base station to users, with noise and limits of power."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.problems.wireless.arrays import Arrays
from coplug.problems.wireless.checking import check_range, chosen, finite, numbers, ordered
from coplug.problems.wireless.limited import Limits
from coplug.problems.wireless.precoding_options import PrecodingOptions

Real = NDArray[np.float64]

AXES = ("batch", "users", "antennas")
LEAST_ENTRY = 1e-8
"""Channels whose largest entry is below it, or above its inverse, are divided by a unit: only ratios count."""


@dataclass(frozen=True, eq=False)
class PrecodingInstance:
    """A batch of channels; very large or small ones are divided by a power of two, noise and error by its square.

    Attributes
    ----------
    label : str
    channels : complex64 or complex128, shape (b, n_users, n_antennas)
        As the transmitter knows them.
    true : complex or None
        The channels that there are, if they are known for judging; the same shape.
    noise : float64, shape (b,)
        Variance.
    power : float64, shape (b,)
        Limit of the total power; of instances with ``limits``, the sum of these.
    error : float64, shape (b,)
        Variance of the error of an entry.
    weights : float64, shape (b, n_users)
    limits : Limits or None
        Of antennas or groups of them, instead of the total power.
    notes : tuple of str
    """

    label: str
    channels: NDArray[np.complexfloating]
    true: NDArray[np.complexfloating] | None
    noise: Real
    power: Real
    error: Real
    weights: Real
    limits: Limits | None
    notes: tuple[str, ...]

    @property
    def relative_noise(self) -> Real:
        """What disturbs at power 1, with what the error adds, shape (b,)."""
        return np.asarray(self.noise / self.power + self.error)

    @property
    def error_share(self) -> Real:
        """The share of the error in :attr:`relative_noise`."""
        return np.asarray(self.error / self.relative_noise)

    @property
    def is_weighted(self) -> bool:
        """Whether users count differently."""
        return bool((self.weights != self.weights[:, :1]).any())


def make_precoding(label: str, arrays: Arrays, options: PrecodingOptions) -> PrecodingInstance:
    """Make an instance of the arrays of a file; see the how-to page for their names.

    Raises
    ------
    InstanceError
        If an array is missing, of another shape, not finite, or out of range.
    """
    notes = []
    raw = chosen(label, arrays, options.variable, "H")
    channels = _channels(label, "the channel array", raw, options.axes)
    if not np.iscomplexobj(raw):
        notes.append("the channels are real numbers; taken as complex ones without imaginary parts")
    b, n_users, n_antennas = channels.shape
    if n_users > n_antennas:
        notes.append(
            f"{n_users} users and {n_antennas} antennas: not all users can be served at once; if the axes are others, "
            "say so with --axes"
        )
    zero = int((~channels.any(axis=(1, 2))).sum())
    if zero:
        notes.append(f"{zero} of {b} channels are zero; nothing reaches their users")
    limits = _limits(label, arrays, n_antennas)
    noise, power = _noise_and_power(label, arrays, b, limits, options)
    true = (
        _channels(label, "H_true", arrays["H_true"], options.axes, channels.shape)
        if "H_true" in arrays
        else None
    )
    unit = _unit(channels)
    channels = _over(channels, unit)
    noise = noise / unit / unit
    check_range(label, _strongest_db(channels, noise / power))
    scaled_error = _error(label, arrays, channels, options, unit)
    return PrecodingInstance(
        label,
        channels,
        None if true is None else _over(true, unit),
        noise,
        power,
        scaled_error,
        numbers(label, arrays, "weights", (b, n_users), 1.0),
        limits,
        tuple(notes),
    )


def _channels(
    label: str, name: str, raw: NDArray[np.generic], axes: str, shape: tuple[int, ...] | None = None
) -> NDArray[np.complexfloating]:
    if raw.ndim not in (2, 3):
        raise InstanceError(
            f"{label}: {name} has shape {raw.shape}; expected (batch, users, antennas) or (users, antennas)"
        )
    array = finite(label, name, ordered(label, raw, axes, AXES))
    if shape is not None and array.shape != shape:
        raise InstanceError(
            f"{label}: {name} has shape {array.shape}; expected that of the channels, {shape}"
        )
    single = array.dtype in (np.complex64, np.float32)
    return array.astype(np.complex64 if single else np.complex128)


def _limits(label: str, arrays: Arrays, n_antennas: int) -> Limits | None:
    if "antenna_power" in arrays:
        power = numbers(label, arrays, "antenna_power", (n_antennas,))
        return Limits(np.arange(n_antennas), power)
    if "ap_power" not in arrays:
        return None
    if "ap" not in arrays:
        raise InstanceError(
            f"{label} has ap_power, but no array 'ap' that says which antenna is at which of them"
        )
    group = np.squeeze(arrays["ap"])
    if group.shape != (n_antennas,) or group.dtype.kind not in "ui":
        raise InstanceError(
            f"{label}: ap has shape {group.shape}; expected {n_antennas} whole numbers from 0"
        )
    n_groups = np.asarray(arrays["ap_power"]).size
    n_groups = max(n_groups, int(group.max()) + 1) if n_groups == 1 else n_groups
    if int(group.min()) < 0 or int(group.max()) >= n_groups:
        raise InstanceError(
            f"{label}: ap has the value {int(group.max())}; ap_power has {n_groups} numbers, from 0"
        )
    return Limits(group.astype(np.int64), numbers(label, arrays, "ap_power", (n_groups,)))


def _noise_and_power(
    label: str, arrays: Arrays, b: int, limits: Limits | None, options: PrecodingOptions
) -> tuple[Real, Real]:
    total = None if limits is None else float(limits.power.sum())
    power = np.full(b, total) if total is not None else numbers(label, arrays, "power", (b,), 1.0)
    if options.snr_db is not None:
        return power / 10.0 ** (options.snr_db / 10.0), power
    if "noise" not in arrays and "snr_db" in arrays:
        snr_db = numbers(label, arrays, "snr_db", (b,), least=-1000.0)
        return power / 10.0 ** (snr_db / 10.0), power
    if "noise" not in arrays:
        raise InstanceError(f"{label} has neither noise nor snr_db; add one, or take --snr-db")
    return numbers(label, arrays, "noise", (b,)), power


def _error(
    label: str,
    arrays: Arrays,
    channels: NDArray[np.complexfloating],
    options: PrecodingOptions,
    unit: Real,
) -> Real:
    b = len(channels)
    if options.error_db is not None:
        mean = (np.abs(channels) ** 2).mean(axis=(1, 2)).astype(np.float64)
        return np.asarray(mean * 10.0 ** (options.error_db / 10.0))
    return np.asarray(numbers(label, arrays, "error", (b,), 0.0, least=-1e-300) / unit / unit)


def _unit(channels: NDArray[np.complexfloating]) -> Real:
    """Return the power of two that channels are divided by, 1 where their squares are far from any overflow."""
    largest = np.maximum(np.abs(channels.real), np.abs(channels.imag)).max(axis=(1, 2)).astype(np.float64)
    usual = (largest == 0) | ((largest > LEAST_ENTRY) & (largest < 1.0 / LEAST_ENTRY))
    return np.where(usual, 1.0, np.exp2(np.floor(np.log2(np.where(usual, 1.0, largest)))))


def _over(channels: NDArray[np.complexfloating], unit: Real) -> NDArray[np.complexfloating]:
    return (channels.astype(np.complex128) / unit[:, None, None]).astype(channels.dtype)


def _strongest_db(channels: NDArray[np.complexfloating], noise: Real) -> Real:
    largest = np.abs(channels).max(axis=(1, 2)).astype(np.float64)
    heard = largest > 0
    with np.errstate(divide="ignore"):
        return np.asarray(20.0 * np.log10(largest[heard]) - 10.0 * np.log10(noise[heard]))
