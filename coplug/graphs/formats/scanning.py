"""A compiled scanner for lines of numbers: DIMACS, Matrix Market and edge lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.jit import kernel

_NEWLINE, _RETURN, _SPACE, _TAB, _COMMA = 10, 13, 32, 9, 44
_ZERO, _NINE = 48, 57
_HASH, _PERCENT = 35, 37
NO_MARKER = 0
LONGEST = 18
"""Digits of a number; more do not fit an int64."""


@kernel
def scan_pairs(
    data: NDArray[np.uint8], start: int, marker: int, lone: bool, out: NDArray[np.int64]
) -> tuple[int, int, int]:
    """Read two whole numbers from each line.

    Parameters
    ----------
    data : uint8
        The file.
    start : int
        Where to begin: the first byte of a line.
    marker : int
        A byte before the numbers, such as ``e``: lines that begin with another letter are skipped. NO_MARKER
        for none: lines that begin with ``#`` or ``%`` are skipped then.
    lone : bool
        Whether a line may have one number; its second is -1 then.
    out : int64, shape (n_lines, 2)

    Returns
    -------
    n_pairs, n_longer, bad : int
        Pairs read; lines on which more follows; the first byte of the first line that cannot be read, or -1.
    """
    n_pairs, n_longer, at, size = 0, 0, start, len(data)
    while at < size:
        line = at
        end = at
        while end < size and data[end] != _NEWLINE:
            end += 1
        at = end + 1
        here = _skip_blank(data, line, end)
        if here == end:
            continue
        if marker != NO_MARKER:
            letter = data[here]
            if letter != marker:
                if _ZERO <= letter <= _NINE:
                    return n_pairs, n_longer, line
                continue
            here = _skip_blank(data, here + 1, end)
        elif data[here] == _HASH or data[here] == _PERCENT:
            continue
        first, here = _number(data, here, end)
        here = _skip_blank(data, here, end)
        alone = lone and here == end
        second, here = _number(data, here, end)
        if first < 0 or (second < 0 and not alone):
            return n_pairs, n_longer, line
        if _skip_blank(data, here, end) != end:
            n_longer += 1
        out[n_pairs, 0], out[n_pairs, 1] = first, second
        n_pairs += 1
    return n_pairs, n_longer, -1


@kernel
def _skip_blank(data: NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and (data[at] == _SPACE or data[at] == _TAB or data[at] == _RETURN or data[at] == _COMMA):
        at += 1
    return at


@kernel
def _number(data: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Return the whole number that begins here, -1 if none does, and the byte after it."""
    value, begin = 0, at
    while at < end and _ZERO <= data[at] <= _NINE:
        value = 10 * value + (data[at] - _ZERO)
        at += 1
    closed = at == end or data[at] == _SPACE or data[at] == _TAB or data[at] == _RETURN or data[at] == _COMMA
    if at == begin or at - begin > LONGEST or not closed:
        return -1, at
    return value, at


def scan_lines(data: bytes, start: int, marker: int, where: str) -> tuple[NDArray[np.int64], int]:
    """Return what :func:`scan_pairs` reads, and on how many lines more follows.

    Raises
    ------
    InstanceError
        If a line cannot be read.
    """
    buffer = np.frombuffer(data, dtype=np.uint8)
    out = np.empty((data.count(b"\n", start) + 1, 2), dtype=np.int64)
    n_pairs, n_longer, bad = scan_pairs(buffer, start, marker, False, out)
    if bad >= 0:
        line = data[bad:].split(b"\n", 1)[0].decode("ascii", "replace")[:60]
        number = data.count(b"\n", 0, bad) + 1
        raise InstanceError(f"{where}, line {number}: expected two node numbers, found {line!r}")
    return out[:n_pairs], n_longer


def check_ends(pairs: NDArray[np.int64], n_nodes: int, where: str) -> None:
    """See that the ends of edges are nodes ``1..n_nodes``.

    Raises
    ------
    InstanceError
        If one is not.
    """
    if not len(pairs):
        return
    for node in (int(pairs.min()), int(pairs.max())):
        if not 1 <= node <= n_nodes:
            raise InstanceError(
                f"{where}: an edge has node {node}, but the header announces nodes 1 to {n_nodes}; correct one of them"
            )
