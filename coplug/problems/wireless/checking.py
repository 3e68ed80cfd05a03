"""Reading numbers of an instance out of named arrays, with one clear line where they are not what is expected."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.problems.wireless.arrays import Arrays

Real = NDArray[np.float64]

LEAST_DB, MOST_DB = -150.0, 250.0
"""Of the strongest link over the noise: beyond, single precision has no numbers for it."""


def chosen(label: str, arrays: Arrays, variable: str | None, usual: str) -> NDArray[Any]:
    """Return the array that is meant: the one that was named, the usual one, or the only one.

    Raises
    ------
    InstanceError
        If it is not clear.
    """
    if variable is not None:
        if variable not in arrays:
            raise InstanceError(f"{label} has no array {variable!r}; it has {', '.join(arrays) or 'none'}")
        return arrays[variable]
    if usual in arrays:
        return arrays[usual]
    large = [name for name, array in arrays.items() if array.ndim >= 2 and array.size > 1]
    if len(large) == 1:
        return arrays[large[0]]
    raise InstanceError(
        f"{label} has no array {usual!r}; it has {', '.join(arrays) or 'none'}: name one with --variable"
    )


def ordered(label: str, array: NDArray[Any], axes: str, names: tuple[str, str, str]) -> NDArray[Any]:
    """Return an array with its axes in the order of ``names``, the first of which may be missing.

    Raises
    ------
    InstanceError
        If there are not as many axes.
    """
    given = [axis.strip() for axis in axes.split(",")]
    if sorted(given) not in (sorted(names), sorted(names[1:])):
        raise InstanceError(f"axes {axes!r} are unknown; name {', '.join(names)} in the order of the array")
    if array.ndim == len(given) - 1 and names[0] in given:
        given.remove(names[0])
    if array.ndim != len(given):
        raise InstanceError(f"{label}: an array of shape {array.shape} has not the axes {', '.join(given)}")
    wanted = [given.index(name) for name in names if name in given]
    turned = array.transpose(wanted)
    return np.ascontiguousarray(turned if names[0] in given else turned[None])


def finite(label: str, name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that is not empty and all of whose numbers are finite.

    Raises
    ------
    InstanceError
        If it is not.
    """
    if array.dtype.kind not in "buifc":
        raise InstanceError(f"{label}: {name} holds {array.dtype}; expected numbers")
    if array.size == 0:
        raise InstanceError(f"{label}: {name} is empty, of shape {array.shape}")
    if not np.isfinite(array).all():
        at = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
        raise InstanceError(f"{label}: {name}{at or ''} is not finite; leave such channels out")
    return array


def check_range(label: str, strongest_db: Real) -> None:
    """See that what users receive can be compared with the noise.

    Parameters
    ----------
    label : str
        Of the instance.
    strongest_db : float64
        Power of the strongest link over the noise, in dB, in each channel that is not zero.

    Raises
    ------
    InstanceError
        If it is out of range.
    """
    wrong = ~((strongest_db >= LEAST_DB) & (strongest_db <= MOST_DB))
    if wrong.any():
        raise InstanceError(
            f"{label}: a user receives {float(strongest_db[wrong][0]):.0f} dB over the noise at most; expected "
            f"{LEAST_DB:g} to {MOST_DB:g} dB: check the units of the channels, noise and power"
        )


def numbers(
    label: str,
    arrays: Arrays,
    name: str,
    shape: tuple[int, ...],
    default: float | None = None,
    *,
    least: float = 0.0,
) -> Real:
    """Return numbers above a least one, spread to a shape.

    Parameters
    ----------
    label : str
        Of the instance.
    arrays : dict
    name : str
        Of the array.
    shape : tuple of int
        What it is spread to; a vector of as many numbers as the first axis has belongs to that axis.
    default : float, optional
        Where there is no such array.
    least : float
        All numbers are above it.

    Raises
    ------
    InstanceError
        If there is none, it has another shape, or a number is out of range.
    """
    if name not in arrays:
        if default is None:
            raise InstanceError(f"{label} has no array {name!r}, which is needed; it has {', '.join(arrays)}")
        return np.full(shape, default)
    array = np.squeeze(np.asarray(arrays[name]))
    if array.dtype.kind not in "buif":
        raise InstanceError(f"{label}: {name} holds {array.dtype}; expected real numbers")
    array = finite(label, name, array.astype(np.float64))
    if array.ndim == 1 and len(shape) > 1 and len(array) == shape[0] != shape[-1]:
        array = array.reshape(-1, *(1 for _ in shape[1:]))
    try:
        spread = np.broadcast_to(array, shape)
    except ValueError as error:
        raise InstanceError(
            f"{label}: {name} has shape {array.shape}; expected {shape}, or a part of it"
        ) from error
    if not (spread > least).all():
        raise InstanceError(
            f"{label}: {name} has the value {float(spread.min()):.6g}; expected numbers above {least:g}"
        )
    return np.array(spread)
