"""A compiled scanner for lines of whole numbers: DIMACS, Matrix Market and edge lists."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.jit import kernel

_NEWLINE, _SPACE, _TAB, _COMMA = 10, 32, 9, 44
_ZERO, _NINE = 48, 57
_HASH, _PERCENT = 35, 37
NO_MARKER = 0
LONGEST = 18
"""Digits of a number; more do not fit an int64."""


@kernel
def scan_lines(
    data: NDArray[np.uint8],
    start: int,
    marker: int,
    names: bool,
    out: NDArray[np.int64],
    more: NDArray[np.int64],
) -> tuple[int, int]:
    """Read whole numbers from the beginning of each line.

    Parameters
    ----------
    data : uint8
        The file; lines end with a newline.
    start : int
        Where to begin: the first byte of a line.
    marker : int
        A byte before the numbers, such as ``e``: lines that begin with another letter are skipped. NO_MARKER
        for none: lines that begin with ``#`` or ``%`` are skipped then.
    names : bool
        Whether the numbers are names, as in an edge list: a line may have one alone; ``#`` or ``%`` after a blank
        ends a line; a number that begins with 0 is none, since it would be another name.
    out : int64, shape (n_lines, 1) or (n_lines, 2)
        One number or two of each line; the second is -1 where it may be missing and is.
    more : int64, shape (n_lines,)
        The byte where more follows on a line, or -1.

    Returns
    -------
    n_found, bad : int
        Lines with numbers, and the first byte of the first line that cannot be read, or -1.
    """
    n_found, at, size = 0, start, len(data)
    while at < size:
        line = at
        end = at
        while end < size and data[end] != _NEWLINE:
            end += 1
        at = end + 1
        here = skip_blank(data, line, end)
        if here == end:
            continue
        if marker != NO_MARKER:
            letter = data[here]
            if letter != marker:
                if _ZERO <= letter <= _NINE:
                    return n_found, line
                continue
            here = skip_blank(data, here + 1, end)
        elif data[here] == _HASH or data[here] == _PERCENT:
            continue
        first, here = _number(data, here, end, names)
        here = next_word(data, here, end, names)
        if first < 0:
            return n_found, line
        out[n_found, 0] = first
        if out.shape[1] == 2:
            alone = names and here == end
            second, here = _number(data, here, end, names)
            if second < 0 and not alone:
                return n_found, line
            here = next_word(data, here, end, names)
            out[n_found, 1] = second
        more[n_found] = here if here < end else -1
        n_found += 1
    return n_found, -1


@kernel
def skip_blank(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where the next byte is that is no blank, tab or comma."""
    while at < end and (data[at] == _SPACE or data[at] == _TAB or data[at] == _COMMA):
        at += 1
    return at


@kernel
def next_word(data: NDArray[np.uint8], at: int, end: int, comments: bool) -> int:
    """Return where the next word begins; ``end`` if none does, or where ``comments`` it begins one."""
    here = skip_blank(data, at, end)
    return end if comments and here < end and (data[here] == _HASH or data[here] == _PERCENT) else here


@kernel
def end_of_word(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Return where the next blank, tab or comma is."""
    while at < end and not (data[at] == _SPACE or data[at] == _TAB or data[at] == _COMMA):
        at += 1
    return at


@kernel
def _number(data: NDArray[np.uint8], at: int, end: int, names: bool) -> tuple[int, int]:
    """Return the whole number that begins here, -1 if none does, and the byte after it."""
    value, begin = 0, at
    while at < end and _ZERO <= data[at] <= _NINE:
        value = 10 * value + (data[at] - _ZERO)
        at += 1
    closed = at == end or data[at] == _SPACE or data[at] == _TAB or data[at] == _COMMA
    if at == begin or at - begin > LONGEST or not closed:
        return -1, at
    if names and data[begin] == _ZERO and at - begin > 1:
        return -1, at
    return value, at


def numbers_of_lines(
    data: bytes, start: int, marker: int, where: str, n_numbers: int = 2
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what :func:`scan_lines` reads, where the numbers are no names.

    Returns
    -------
    numbers : int64, shape (n_found, n_numbers)
    more : int64, shape (n_found,)

    Raises
    ------
    InstanceError
        If a line cannot be read.
    """
    n_lines = data.count(b"\n", start) + 1
    out, more = np.empty((n_lines, n_numbers), dtype=np.int64), np.empty(n_lines, dtype=np.int64)
    n_found, bad = scan_lines(np.frombuffer(data, np.uint8), start, marker, False, out, more)
    if bad >= 0:
        expected = "two node numbers" if n_numbers == 2 else "a node number"
        raise line_error(data, bad, f"expected {expected}", where)
    return out[:n_found], more[:n_found]


def line_error(data: bytes, at: int, expected: str, where: str) -> InstanceError:
    """Return the error about the line that byte ``at`` is in."""
    begin = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    line = data[begin : end if end >= 0 else len(data)].decode("utf-8", "replace")[:60]
    number = data.count(b"\n", 0, at) + 1
    return InstanceError(f"{where}, line {number}: {expected}, found {line!r}")


def check_ends(pairs: NDArray[np.int64], n_nodes: int, where: str) -> None:
    """See that all numbers of nodes, such as the ends of edges, are in ``1..n_nodes``.

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
                f"{where}: a line has node {node}, but the header announces nodes 1 to {n_nodes}; correct one of them"
            )
