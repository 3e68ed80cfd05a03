"""What the versions of ids differ in.

Version 0 observes counts as arrays of shape (), or in environments on SCIP as ``Discrete``; learners that flatten
observations stumble over the first, and make a column of each value of the second. Version 1 has arrays of shape (1,).
Besides, version 1 draws graphs again that need no decision, where there are others.

Of ``PrimalSearch``, version 2 differs from 1 in its instances and its reward where none are given, so that what is
proposed decides the return; and so does version 1 of ``Configuring`` from 0, where time was free.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gymnasium import spaces

from coplug.errors import UsageError

VERSIONS = (0, 1)


def count_shape(version: int) -> tuple[int, ...]:
    """Return the shape of a count that is an array.

    Raises
    ------
    UsageError
        If there is no such version.
    """
    return (1,) if checked_version(version) else ()


def count_box(largest: int, version: int) -> spaces.Box:
    """Return the space of a count in ``0..largest``, int64.

    Raises
    ------
    UsageError
        If there is no such version.
    """
    return spaces.Box(0, largest, count_shape(version), np.int64)


def checked_version(version: int, known: Sequence[int] = VERSIONS) -> int:
    """Return the version.

    Raises
    ------
    UsageError
        If there is none.
    """
    if version not in known:
        raise UsageError(f"version {version!r} is unknown; choose one of: {', '.join(map(str, known))}")
    return version
