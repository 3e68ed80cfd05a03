"""Lines and fields of the MPS format, as SCIP's reader cuts them: fixed as long as a file is, then free."""

from __future__ import annotations

import numpy as np

from coplug.jit import kernel
from coplug.scip.model_files.memory import byte_at, put_integer

MOST_FIELDS = 5
LONGEST_LINE = 1022
"""Bytes; SCIP's reader cuts longer ones in two."""

_FIXED_BLANKS = np.array([12, 13, 22, 23, 36, 37, 38, 47, 48, 61, 62, 63])
_FIXED_SECOND = 13
_FIXED_NUMBER = (24, 36)
_FIXED_REMARKS = (14, 39)
_TAB, _RETURN, _SPACE, _DOLLAR, _PLUS, _MINUS, _POINT, _E, _SMALL_E = b"\t\r $+-.Ee"
_ZERO, _NINE = b"09"


@kernel
def is_blank(character: int) -> bool:
    """Tell whether a character separates fields; SCIP's reader takes no others for blanks."""
    return character in (_SPACE, _TAB, _RETURN)


@kernel
def _is_blank_at(text: int, begin: int, end: int, column: int) -> bool:
    return begin + column >= end or is_blank(byte_at(text, begin + column))


@kernel
def is_fixed(text: int, begin: int, end: int) -> bool:
    """Tell whether a line has blanks where the fixed format has them."""
    for column in _FIXED_BLANKS:  # noqa: SIM110 # numba compiles no any() or all() of a generator
        if not _is_blank_at(text, begin, end, column):
            return False
    return True


@kernel
def has_fixed_number(text: int, begin: int, end: int) -> bool:
    """Tell whether a line has a digit where the first number of the fixed format is."""
    for at in range(
        begin + _FIXED_NUMBER[0], min(end, begin + _FIXED_NUMBER[1])
    ):  # numba compiles no any() or all() of a generator
        if _ZERO <= byte_at(text, at) <= _NINE:
            return True
    return False


@kernel
def is_short(begin: int, end: int) -> bool:
    """Tell whether a line ends before the second name of the fixed format, as those of the section ROWS do."""
    return end - begin < _FIXED_SECOND


@kernel
def _without_remark(text: int, begin: int, end: int) -> int:
    """Return where a line of the fixed format ends, without a remark that begins with a dollar sign."""
    for column in _FIXED_REMARKS:
        at = begin + column
        if at < end and byte_at(text, at) == _DOLLAR and byte_at(text, at - 1) == _SPACE:
            return at
    return end


@kernel
def _trimmed(text: int, begin: int, end: int) -> tuple[int, int]:
    """Return the first and the last character of a name of the fixed format that are no blanks."""
    last = end - 1
    while begin <= last and is_blank(byte_at(text, last)):
        last -= 1
    while begin <= last and is_blank(byte_at(text, begin)):
        begin += 1
    return begin, last


@kernel
def split_free(text: int, begin: int, end: int, fields: int) -> int:
    """Write where a line's fields begin and end to the address ``fields``, one more than there may be at most.

    Returns
    -------
    int
        The number of fields.
    """
    n, at = 0, begin
    while n <= MOST_FIELDS:
        while at < end and is_blank(byte_at(text, at)):
            at += 1
        if at >= end or (n > 0 and byte_at(text, at) == _DOLLAR):
            break
        put_integer(fields, 2 * n, at)
        while at < end and not is_blank(byte_at(text, at)):
            at += 1
        put_integer(fields, 2 * n + 1, at)
        n += 1
    return n


@kernel
def split_fixed(text: int, begin: int, end: int, fields: int) -> int:
    """Do the same for a line of the fixed format, in whose names blanks belong to them."""
    end = _without_remark(text, begin, end)
    first, first_end = _trimmed(text, begin + 4, min(end, begin + 13))
    second, second_end = _trimmed(text, begin + 14, min(end, begin + 23))
    third, third_end = _trimmed(text, begin + 39, min(end, begin + 48))
    n, at = 0, begin
    while n <= MOST_FIELDS:
        while at < end and is_blank(byte_at(text, at)):
            at += 1
        if at >= end or (n > 0 and byte_at(text, at) == _DOLLAR):
            break
        put_integer(fields, 2 * n, at)
        while at < end and (
            not is_blank(byte_at(text, at))
            or first <= at <= first_end
            or second <= at <= second_end
            or third <= at <= third_end
        ):
            at += 1
        put_integer(fields, 2 * n + 1, at)
        n += 1
    return n


@kernel
def is_number(text: int, start: int, end: int) -> bool:
    """Tell whether a field is a number from its first character to its last; SCIP's reader errs on ``inf``."""
    at = start
    if at < end and (byte_at(text, at) == _PLUS or byte_at(text, at) == _MINUS):
        at += 1
    first = at
    while at < end and _ZERO <= byte_at(text, at) <= _NINE:
        at += 1
    n_digits = at - first
    if at < end and byte_at(text, at) == _POINT:
        first = at + 1
        at = first
        while at < end and _ZERO <= byte_at(text, at) <= _NINE:
            at += 1
        n_digits += at - first
    if n_digits == 0:
        return False
    if at < end and (byte_at(text, at) == _SMALL_E or byte_at(text, at) == _E):
        at += 1
        if at < end and (byte_at(text, at) == _PLUS or byte_at(text, at) == _MINUS):
            at += 1
        first = at
        while at < end and _ZERO <= byte_at(text, at) <= _NINE:
            at += 1
        if at == first:
            return False
    return at == end
