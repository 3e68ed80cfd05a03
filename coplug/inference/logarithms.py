"""Logarithm and exponential of float32 arrays by polynomials, which the compiler turns into vector code.

The library's functions are called number by number and cost more than the network whose features they make.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.jit import inlined_kernel

_ONE_BITS, _MANTISSA_BITS, _MANTISSA = 0x3F800000, 23, 0x007FFFFF
_ROOT_HALF_BITS = 0x3F3504F3
_LN2 = np.float32(0.6931471805599453)
_INVERSE_LN2 = np.float32(1.4426950408889634)
_ROUNDER = np.float32(12582912.0)
"""1.5 * 2**23: adding it rounds to a whole number, which the low bits then hold."""


@inlined_kernel
def logarithms(x: NDArray[Any], out: NDArray[np.float32]) -> None:
    """Write the natural logarithms of positive normal numbers, float32, shape (n,), within 3e-7 of their size or 1.

    With ``x = m 2^e`` and m in [sqrt(1/2), sqrt(2)): ``log m = 2 artanh(t)`` with ``t = (m - 1) / (m + 1)``, whose
    series ends after ``t^9`` with an error below 1e-8.
    """
    bits, mantissas = x.view(np.int32), out.view(np.int32)
    for i in range(len(x)):
        mantissas[i] = ((bits[i] - np.int32(_ROOT_HALF_BITS)) & np.int32(_MANTISSA)) + np.int32(
            _ROOT_HALF_BITS
        )
    for i in range(len(x)):
        exponent = np.float32((bits[i] - np.int32(_ROOT_HALF_BITS)) >> np.int32(_MANTISSA_BITS))
        m = out[i]
        t = (m - np.float32(1)) / (m + np.float32(1))
        u = t * t
        series = np.float32(2 / 7) + u * np.float32(2 / 9)
        series = np.float32(2 / 5) + u * series
        series = np.float32(2 / 3) + u * series
        out[i] = exponent * _LN2 + t * (np.float32(2) + u * series)


@inlined_kernel
def exponentials(x: NDArray[Any], out: NDArray[np.float32]) -> None:
    """Write the exponentials of numbers in -80..80, float32, shape (n,), within 3e-7 of their size."""
    bits = out.view(np.int32)
    for i in range(len(x)):
        rounded = x[i] * _INVERSE_LN2 + _ROUNDER
        out[i] = rounded
    for i in range(len(x)):
        whole = bits[i] - np.int32(0x4B400000)
        r = x[i] - np.float32(whole) * _LN2
        series = np.float32(1 / 120) + r * np.float32(1 / 720)
        series = np.float32(1 / 24) + r * series
        series = np.float32(1 / 6) + r * series
        series = np.float32(1 / 2) + r * series
        value = np.float32(1) + r * (np.float32(1) + r * series)
        bits[i] = (whole + np.int32(127)) << np.int32(_MANTISSA_BITS)
        out[i] = out[i] * value
