"""Going over an MPS file once: every number whole, every name declared, every field there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.scip.model_files.memory import byte_at, integer_at, put_integer
from coplug.scip.model_files.mps_fields import (
    LONGEST_LINE,
    MOST_FIELDS,
    has_fixed_number,
    is_blank,
    is_fixed,
    is_number,
    is_short,
    split_fixed,
    split_free,
)
from coplug.scip.model_files.names import (
    FIRST,
    FLAGS,
    HASH,
    NOTE,
    WIDTH,
    finished,
    grown,
    mixed,
    new_table,
    slot,
)

Bytes = NDArray[np.uint8]

(
    FINE, LONG_LINE, NO_END, AFTER_END, FIELDS, NUMBER, UNKNOWN_ROW, UNKNOWN_COLUMN, SECOND_ROW, SECOND_ENTRY,
    SECOND_COLUMN, SECOND_SET, SECOND_SIDE, MARKER, BOUND_TYPE, BOUND_VALUE, FREE_SIDE, SAME_NAME,
) = range(18)  # fmt: skip
"""What may be wrong with a line."""

OTHER, ROWS, COLUMNS, RHS, RANGES, BOUNDS, END = range(7)
"""Sections; SCIP checks the others."""

FIELD, N_FIELDS, SECTION, IS_FREE, COLUMN, SET = 0, 12, 13, 14, 15, 16
N_ROWS, ROW_TABLE, ROW_CAPACITY, N_COLUMNS, COLUMN_TABLE, COLUMN_CAPACITY, HAS_OBJECTIVE = range(17, 24)
COLUMN_BEGIN, COLUMN_END, N_KEPT = range(24, 27)
"""What is kept at one address from line to line: where the fields of the line begin and end, their number, the section,
whether the format is free, the hash of the current column, that of the name of the section's set, the tables of rows
and columns, whether there was a row of type N, and where the name of the current column stands."""

_FIRST_CAPACITY = 1024
_STAR, _NEWLINE, _POINT, _ZERO, _NINE, _N, _UNDERSCORE = b"*\n.09N_"
_IS_FREE = 1 << 8
"""The flag of a row of type N that is not the objective."""
_ONES, _TOPS, _NEWLINES = (np.uint64(0x0101010101010101 * byte) for byte in (0x01, 0x80, 0x0A))

UNNAMED = 1
"""Stands for the name of a set of right-hand sides, ranges or bounds that has none."""


def _word(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


_ROWS, _CUTS, _LAZY, _COLUMNS = map(_word, ("ROWS", "USERCUTS", "LAZYCONS", "COLUMNS"))
_RHS, _RANGES, _BOUNDS, _END = map(_word, ("RHS", "RANGES", "BOUNDS", "ENDATA"))
_MARKER, _BEGIN_INTEGERS, _END_INTEGERS = map(_word, ("'MARKER'", "'INTORG'", "'INTEND'"))
_WITH_VALUE = tuple(256 * a + b for a, b in (b"LO", b"UP", b"FX", b"LI", b"UI", b"SC", b"SI"))
_WITHOUT_VALUE = tuple(256 * a + b for a, b in (b"FR", b"MI", b"PL", b"BV"))


@kernel
def _is(text: int, kept: int, field: int, word: Bytes) -> bool:
    start = integer_at(kept, FIELD + 2 * field)
    if integer_at(kept, FIELD + 2 * field + 1) - start != len(word):
        return False
    for i in range(len(word)):  # noqa: SIM110 # numba compiles no any() or all() of a generator
        if byte_at(text, start + i) != word[i]:
            return False
    return True


@kernel
def _pair(text: int, kept: int, field: int) -> int:
    """Return a field of two characters as a number, 0 for one of another length."""
    start = integer_at(kept, FIELD + 2 * field)
    if integer_at(kept, FIELD + 2 * field + 1) - start != 2:
        return 0
    pair: int = 256 * byte_at(text, start) + byte_at(text, start + 1)
    return pair


@kernel
def _section(text: int, kept: int) -> int:
    if _is(text, kept, 0, _ROWS) or _is(text, kept, 0, _CUTS) or _is(text, kept, 0, _LAZY):
        return ROWS
    if _is(text, kept, 0, _COLUMNS):
        return COLUMNS
    if _is(text, kept, 0, _RHS):
        return RHS
    if _is(text, kept, 0, _RANGES):
        return RANGES
    if _is(text, kept, 0, _BOUNDS):
        return BOUNDS
    return END if _is(text, kept, 0, _END) else OTHER


@kernel
def _hash(text: int, kept: int, field: int) -> int:
    """Return the hash of a name in which SCIP writes an underscore for each blank."""
    value = FIRST
    for at in range(integer_at(kept, FIELD + 2 * field), integer_at(kept, FIELD + 2 * field + 1)):
        byte = byte_at(text, at)
        value = mixed(value, _UNDERSCORE if is_blank(byte) else byte)
    return finished(value)


@kernel
def _is_number(text: int, kept: int, field: int) -> bool:
    return is_number(text, integer_at(kept, FIELD + 2 * field), integer_at(kept, FIELD + 2 * field + 1))


@kernel
def _row(kept: int, hashed: int) -> int:
    """Return the address of a row's numbers in the table."""
    table: int = integer_at(kept, ROW_TABLE)
    return table + 8 * slot(table, integer_at(kept, ROW_CAPACITY), hashed)


@kernel
def _column(kept: int, hashed: int) -> int:
    """Return the address of a column's numbers in the table."""
    table: int = integer_at(kept, COLUMN_TABLE)
    return table + 8 * slot(table, integer_at(kept, COLUMN_CAPACITY), hashed)


@kernel
def _entries(text: int, kept: int, first: int) -> tuple[int, int]:
    """Check the one or two pairs of row and number from field ``first`` on; returns what is wrong, and where."""
    section, column = integer_at(kept, SECTION), integer_at(kept, N_COLUMNS)
    for field in range(first, integer_at(kept, N_FIELDS), 2):
        if not _is_number(text, kept, field + 1):
            return NUMBER, field + 1
        row = _row(kept, _hash(text, kept, field))
        if integer_at(row, HASH) == 0:
            return UNKNOWN_ROW, field
        if section == COLUMNS:
            if integer_at(row, NOTE) == column:
                return SECOND_ENTRY, field
            put_integer(row, NOTE, column)
        else:
            flags = integer_at(row, FLAGS)
            if flags & _IS_FREE:
                return FREE_SIDE, field
            if flags & (1 << section):
                return SECOND_SIDE, field
            put_integer(row, FLAGS, flags | (1 << section))
    return FINE, 0


@kernel
def _marker(text: int, kept: int) -> int:
    """Return -1 for a line that is no marker, else what is wrong with it."""
    n = integer_at(kept, N_FIELDS)
    for field in range(1, min(n, 3)):
        if _is(text, kept, field, _MARKER):
            is_known = field + 1 < n and (
                _is(text, kept, field + 1, _BEGIN_INTEGERS) or _is(text, kept, field + 1, _END_INTEGERS)
            )
            return FINE if is_known else MARKER
    return -1


@kernel
def _row_line(text: int, kept: int) -> tuple[int, int]:
    if integer_at(kept, N_FIELDS) != 2:
        return FIELDS, 0
    hashed = _hash(text, kept, 1)
    row = _row(kept, hashed)
    if integer_at(row, HASH) != 0:
        return SECOND_ROW, 1
    put_integer(row, HASH, hashed)
    put_integer(kept, N_ROWS, integer_at(kept, N_ROWS) + 1)
    if byte_at(text, integer_at(kept, FIELD)) == _N:
        put_integer(row, FLAGS, _IS_FREE if integer_at(kept, HAS_OBJECTIVE) else 0)
        put_integer(kept, HAS_OBJECTIVE, 1)
    return FINE, 0


@kernel
def _column_line(text: int, kept: int) -> tuple[int, int]:
    marker = _marker(text, kept)
    if marker >= 0:
        return marker, 0
    n = integer_at(kept, N_FIELDS)
    if n != 3 and n != 5:
        return FIELDS, 0
    hashed = _hash(text, kept, 0)
    if hashed != integer_at(kept, COLUMN):
        column = _column(kept, hashed)
        if integer_at(column, HASH) != 0:
            return SECOND_COLUMN, 0
        put_integer(column, HASH, hashed)
        put_integer(kept, COLUMN, hashed)
        put_integer(kept, N_COLUMNS, integer_at(kept, N_COLUMNS) + 1)
        put_integer(kept, COLUMN_BEGIN, integer_at(kept, FIELD))
        put_integer(kept, COLUMN_END, integer_at(kept, FIELD + 1))
    elif not _is_current_name(text, kept):
        return SAME_NAME, 0
    return _entries(text, kept, 1)


@kernel
def _is_current_name(text: int, kept: int) -> bool:
    """Tell whether the first field is the current column's name, to the letter."""
    begin, first = integer_at(kept, FIELD), integer_at(kept, COLUMN_BEGIN)
    length = integer_at(kept, FIELD + 1) - begin
    if length != integer_at(kept, COLUMN_END) - first:
        return False
    for k in range(length):  # noqa: SIM110 # numba compiles no any() or all() of a generator
        if byte_at(text, begin + k) != byte_at(text, first + k):
            return False
    return True


@kernel
def _side_line(text: int, kept: int) -> tuple[int, int]:
    """Check a line of the sections RHS and RANGES, where the name of the set may be missing."""
    n = integer_at(kept, N_FIELDS)
    if n == 1:
        return FIELDS, 0
    is_named = n % 2
    if not _is_same_set(kept, _hash(text, kept, 0) if is_named else UNNAMED):
        return SECOND_SET, 0
    return _entries(text, kept, is_named)


@kernel
def _bound_line(text: int, kept: int) -> tuple[int, int]:
    kind, n = _pair(text, kept, 0), integer_at(kept, N_FIELDS)
    has_value = kind in _WITH_VALUE
    if not has_value and kind not in _WITHOUT_VALUE:
        return BOUND_TYPE, 0
    n_named = 4 if has_value else 3
    if n < n_named - 1 or n > 4:
        return FIELDS, 0
    is_named = n >= n_named
    if has_value and not (_is_number(text, kept, n - 1) and (is_named or _is_plain(text, kept, n - 1))):
        return (NUMBER if is_named else BOUND_VALUE), n - 1
    column = 1 + is_named
    if integer_at(_column(kept, _hash(text, kept, column)), HASH) == 0:
        return UNKNOWN_COLUMN, column
    if not _is_same_set(kept, _hash(text, kept, 1) if is_named else UNNAMED):
        return SECOND_SET, 1
    return FINE, 0


@kernel
def _is_plain(text: int, kept: int, field: int) -> bool:
    """Tell whether SCIP takes a field for a number where a name may be missing: it has digits and dots alone."""
    for at in range(integer_at(kept, FIELD + 2 * field), integer_at(kept, FIELD + 2 * field + 1)):
        if byte_at(text, at) != _POINT and not _ZERO <= byte_at(text, at) <= _NINE:
            return False
    return True


@kernel
def _is_same_set(kept: int, name: int) -> bool:
    """Tell whether a line belongs to the section's first set; SCIP ignores the others, other readers do not."""
    if integer_at(kept, SET) == 0:
        put_integer(kept, SET, name)
    first: int = integer_at(kept, SET)
    return first == name


@kernel
def _data_line(text: int, kept: int) -> tuple[int, int]:
    section = integer_at(kept, SECTION)
    if integer_at(kept, N_FIELDS) > MOST_FIELDS:
        return FIELDS, MOST_FIELDS
    if section == ROWS:
        return _row_line(text, kept)
    if section == COLUMNS:
        return _column_line(text, kept)
    if section == BOUNDS:
        return _bound_line(text, kept)
    return _side_line(text, kept)


@kernel
def _split(text: int, begin: int, end: int, kept: int) -> int:
    """Split a line; in the fixed format names may hold blanks, and once free a file stays free."""
    if integer_at(kept, IS_FREE):
        return split_free(text, begin, end, kept + 8 * FIELD)
    has_blanks = is_fixed(text, begin, end)
    has_numbers = COLUMNS <= integer_at(kept, SECTION) <= BOUNDS
    if has_blanks and (has_fixed_number(text, begin, end) or (not has_numbers and is_short(begin, end))):
        return split_fixed(text, begin, end, kept + 8 * FIELD)
    put_integer(kept, IS_FREE, not has_blanks or has_numbers)
    return split_free(text, begin, end, kept + 8 * FIELD)


@kernel
def _line_end(text: int, size: int, at: int) -> int:
    """Return where the line ends; eight bytes are looked at at once (Mycroft's test for a zero byte)."""
    while at + 8 <= size:
        others = np.uint64(integer_at(text + at, 0)) ^ _NEWLINES
        if (others - _ONES) & ~others & _TOPS != 0:
            break
        at += 8
    while at < size and byte_at(text, at) != _NEWLINE:
        at += 1
    return at


@kernel
def _line(text: int, begin: int, end: int, kept: int) -> tuple[int, int]:
    """Check a line that is no comment; returns what is wrong, and where."""
    if end - begin > LONGEST_LINE:
        return LONG_LINE, begin
    if not is_blank(byte_at(text, begin)):
        split_free(text, begin, end, kept + 8 * FIELD)
        section = _section(text, kept)
        if integer_at(kept, SECTION) == END:
            return (FINE if section == OTHER else AFTER_END), begin
        put_integer(kept, SECTION, section)
        put_integer(kept, SET, 0)
        return FINE, 0
    n = _split(text, begin, end, kept)
    if n == 0 or not ROWS <= integer_at(kept, SECTION) <= BOUNDS:
        return FINE, 0
    put_integer(kept, N_FIELDS, n)
    code, field = _data_line(text, kept)
    return code, integer_at(kept, FIELD + 2 * field)


@kernel
def scan(text: int, size: int) -> tuple[int, int]:
    """Check an MPS file.

    Parameters
    ----------
    text, size : int
        Address and number of its bytes.

    Returns
    -------
    code, position : int
        What is wrong with the first line that is, and where; :data:`FINE` if nothing is.
    """
    kept = np.zeros(N_KEPT, np.int64)
    rows, columns = new_table(_FIRST_CAPACITY), new_table(_FIRST_CAPACITY)
    end = -1
    while end + 1 < size:
        begin = end + 1
        end = _line_end(text, size, begin)
        if end == begin or byte_at(text, begin) == _STAR:
            continue
        if 2 * kept[N_ROWS] * WIDTH >= len(rows):
            rows = grown(rows)
        if 2 * kept[N_COLUMNS] * WIDTH >= len(columns):
            columns = grown(columns)
        kept[ROW_TABLE], kept[ROW_CAPACITY] = rows.ctypes.data, len(rows) // WIDTH
        kept[COLUMN_TABLE], kept[COLUMN_CAPACITY] = columns.ctypes.data, len(columns) // WIDTH
        code, position = _line(text, begin, end, kept.ctypes.data)
        if code != FINE:
            return code, position
    return (FINE if kept[SECTION] == END else NO_END), size
