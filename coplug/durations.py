"""Lengths of time as people write them: ``90s``, ``10m``, ``4h``."""

from __future__ import annotations

import math
import re

from coplug.errors import UsageError

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")


def seconds(duration: str | float, option: str = "--budget") -> float:
    """Return a length of time in seconds.

    Parameters
    ----------
    duration : str or float
        A number of seconds, or one with a unit of ``s``, ``m``, ``h`` or ``d``.
    option : str
        That named it, for messages.

    Raises
    ------
    UsageError
        If it is none, or not positive.
    """
    if isinstance(duration, str):
        parts = _DURATION.fullmatch(duration.strip())
        value = float(parts[1]) * _UNITS[parts[2]] if parts else math.nan
    elif isinstance(duration, int | float):
        value = float(duration)
    else:
        value = math.nan
    if not (math.isfinite(value) and value > 0.0):
        raise UsageError(f"{option} {duration}: expected a length of time such as 90s, 10m or 4h")
    return value


def shown_duration(length_s: float) -> str:
    """Return a length of time in a few characters."""
    if length_s < 100.0:
        return f"{length_s:.3g} s" if length_s < 10.0 else f"{length_s:.0f} s"
    if length_s < 6000.0:
        return f"{length_s / 60.0:.1f}".removesuffix(".0") + " min"
    return f"{length_s / 3600.0:.1f} h"
