"""Names as 64-bit hashes (FNV-1a), and a table of them, for kernels that go over a whole file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.scip.model_files.memory import byte_at, integer_at

Int = NDArray[np.int64]

FIRST, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)

WIDTH = 3
HASH, NOTE, FLAGS = range(WIDTH)
"""Columns of a table: a name's hash, 0 where there is none, and two numbers that are kept with it."""


@kernel
def mixed(value: np.uint64, byte: int) -> np.uint64:
    """Return the hash of a name, :data:`FIRST` for an empty one, with a byte more."""
    return (value ^ np.uint64(byte)) * _PRIME


@kernel
def finished(value: np.uint64) -> int:
    """Return the hash of a whole name as a table has it, never 0."""
    return int(np.int64(value | np.uint64(1)))


@kernel
def name_hash(text: int, start: int, end: int) -> int:
    """Return the hash of a name, never 0."""
    value = FIRST
    for at in range(start, end):
        value = mixed(value, byte_at(text, at))
    return finished(value)


@kernel
def slot(table: int, capacity: int, hashed: int) -> int:
    """Return where a name's numbers begin in a table, or where they would: the hash is 0 there.

    Parameters
    ----------
    table, capacity : int
        Address and number of rows, a power of two.
    hashed : int
    """
    at = (hashed ^ (hashed >> 32)) & (capacity - 1)
    while True:
        found = integer_at(table, WIDTH * at + HASH)
        if found == 0 or found == hashed:  # a tuple of two would be built
            return WIDTH * at
        at = (at + 1) & (capacity - 1)


@kernel
def new_table(capacity: int) -> Int:
    """Return an empty table."""
    return np.zeros(WIDTH * capacity, np.int64)


@kernel
def grown(table: Int) -> Int:
    """Return a table of twice the size with the same names."""
    larger = np.zeros(2 * len(table), np.int64)
    for at in range(0, len(table), WIDTH):
        if table[at] != 0:
            to = slot(larger.ctypes.data, len(larger) // WIDTH, table[at])
            larger[to : to + WIDTH] = table[at : at + WIDTH]
    return larger
