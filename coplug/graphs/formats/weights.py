"""Weights as text: a compiled reader of numbers, exact to the last bit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, shown
from coplug.graphs.formats.scanning import end_of_word, line_error, skip_blank
from coplug.jit import kernel

_NEWLINE = 10
_ZERO, _NINE = 48, 57
_PLUS, _MINUS, _POINT = 43, 45, 46
_SMALL_E, _LARGE_E = 101, 69
_EXACT = 2**53
_MOST_TENS = 22
_TENS = np.array([float(10**power) for power in range(_MOST_TENS + 1)])
"""Powers of ten that are exact: one rounding of a product with a whole number below 2**53 is right."""


def weights_at(data: bytes, places: NDArray[np.int64], where: str) -> tuple[NDArray[np.float64], bool]:
    """Return the numbers that begin at some places of a file.

    Parameters
    ----------
    data : bytes
    places : int64, shape (n,)
        -1 where there is none.
    where : str
        The file, for messages.

    Returns
    -------
    weights : float64, shape (n,)
        NaN where there is none.
    more : bool
        Whether more words follow one of them on its line.

    Raises
    ------
    InstanceError
        If a word is no number, or not finite.
    """
    weights = np.empty(len(places))
    more = _read_numbers(np.frombuffer(data, np.uint8), places, weights)
    for row in np.flatnonzero(np.isnan(weights) & (places >= 0)).tolist():
        weights[row] = _number(data, int(places[row]), where)
    return weights, bool(more)


def is_number(data: bytes, at: int) -> bool:
    """Tell whether the word that begins at a byte of a file is a number."""
    return _float(_word(data, at)) is not None


def weights_of(values: Sequence[object], of: str, where: str) -> NDArray[np.float64] | None:
    """Return attributes, numbers or texts, as weights; NaN for None, and None if all are.

    Raises
    ------
    InstanceError
        If one is no finite number.
    """
    if all(value is None for value in values):
        return None
    weights = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        if value is None:
            continue
        number = _float(value)
        if number is None or not math.isfinite(number):
            raise InstanceError(f"{where}: the weight {shown(value)} of {of} {place + 1} is no finite number")
        weights[place] = number
    return weights


def written(weight: float) -> str:
    """Return a weight as text that reads as the same float64, whole numbers without a point."""
    return str(int(weight)) if weight.is_integer() and abs(weight) < _EXACT else repr(weight)


def _number(data: bytes, at: int, where: str) -> float:
    number = _float(_word(data, at))
    if number is None or not math.isfinite(number):
        raise line_error(data, at, "expected a finite number as weight", where)
    return number


def _word(data: bytes, at: int) -> bytes:
    end = data.find(b"\n", at)
    return data[at : end if end >= 0 else len(data)].replace(b",", b" ").split()[0]


def _float(value: object) -> float | None:
    """Return a number, or a text that is one, as a float; None if it is none."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    try:
        return None if isinstance(value, str) and "_" in value else float(value)  # type: ignore[arg-type] # or it raises
    except (TypeError, ValueError, OverflowError):
        return None


@kernel
def _read_numbers(data: NDArray[np.uint8], places: NDArray[np.int64], weights: NDArray[np.float64]) -> bool:
    """Read the numbers at ``places`` into ``weights``; NaN for what cannot be read, or not exactly."""
    more = False
    for row in range(len(places)):
        weights[row] = np.nan
        if places[row] >= 0:
            weights[row], more_here = _read_number(data, places[row])
            more = more or more_here
    return more


@kernel
def _read_number(data: NDArray[np.uint8], at: int) -> tuple[float, bool]:
    """Return the number at a byte, and whether more follows it on the line."""
    end = at
    while end < len(data) and data[end] != _NEWLINE:
        end += 1
    word = end_of_word(data, at, end)
    more = skip_blank(data, word, end) < end
    negative = data[at] == _MINUS
    if negative or data[at] == _PLUS:
        at += 1
    mantissa, tens, n_digits, past_point = 0, 0, 0, False
    while at < word and (_ZERO <= data[at] <= _NINE or (data[at] == _POINT and not past_point)):
        if data[at] == _POINT:
            past_point = True
        else:
            n_digits += 1
            tens -= past_point
            if mantissa < _EXACT:
                mantissa = 10 * mantissa + (data[at] - _ZERO)
        at += 1
    if n_digits == 0 or mantissa >= _EXACT:
        return np.nan, more
    if at < word and (data[at] == _SMALL_E or data[at] == _LARGE_E):
        power, at = _read_power(data, at + 1, word)
        tens += power
    if at < word or abs(tens) > _MOST_TENS:
        return np.nan, more
    value = mantissa * _TENS[tens] if tens >= 0 else mantissa / _TENS[-tens]
    return -value if negative else value, more


@kernel
def _read_power(data: NDArray[np.uint8], at: int, word: int) -> tuple[int, int]:
    """Return the exponent that begins here, and the byte after it; its first byte if it is none."""
    begin, sign, power = at, 1, 0
    if at < word and (data[at] == _MINUS or data[at] == _PLUS):
        sign = -1 if data[at] == _MINUS else 1
        at += 1
    digits = at
    while at < word and _ZERO <= data[at] <= _NINE and at - digits < 4:
        power = 10 * power + (data[at] - _ZERO)
        at += 1
    return sign * power, at if at > digits else begin
