"""Names as lines of text have them: a compiled scanner for words, and one that numbers equal words alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.formats.scanning import end_of_word, next_word
from coplug.jit import kernel

_NEWLINE = 10
_FNV_OFFSET, _FNV_PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)


def words_of_lines(data: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the first two words of each line are; lines without words, and comments, are passed over.

    Returns
    -------
    spans : int64, shape (n_found, 4)
        First byte of a word and the byte after its last, twice; both the same if there is no second word.
    more : int64, shape (n_found,)
        The byte where a third word begins, or -1.
    """
    out = np.empty((data.count(b"\n") + 1, 5), dtype=np.int64)
    found = out[: _scan_words(np.frombuffer(data, np.uint8), out)]
    return found[:, :4], found[:, 4]


def numbered(data: bytes, spans: NDArray[np.int64]) -> tuple[list[bytes], NDArray[np.int64]]:
    """Return the different words among some, in the order of their first places, and the number of each.

    Parameters
    ----------
    data : bytes
    spans : int64, shape (n, 2)
        As of :func:`words_of_lines`.

    Returns
    -------
    words : list of bytes
    numbers : int64, shape (n,)
    """
    numbers = np.empty(len(spans), dtype=np.int64)
    first = np.empty(len(spans), dtype=np.int64)
    table = np.full(1 << (2 * len(spans)).bit_length(), -1, dtype=np.int32)
    n_words = _number_words(np.frombuffer(data, np.uint8), spans, numbers, first, table)
    return [data[begin:end] for begin, end in spans[first[:n_words]].tolist()], numbers


@kernel
def _scan_words(data: NDArray[np.uint8], out: NDArray[np.int64]) -> int:
    n_found, at, size = 0, 0, len(data)
    while at < size:
        end = at
        while end < size and data[end] != _NEWLINE:
            end += 1
        here = next_word(data, at, end, True)
        at = end + 1
        if here == end:
            continue
        for word in range(2):
            out[n_found, 2 * word] = here
            here = end_of_word(data, here, end)
            out[n_found, 2 * word + 1] = here
            here = next_word(data, here, end, True)
        out[n_found, 4] = here if here < end else -1
        n_found += 1
    return n_found


@kernel
def _number_words(
    data: NDArray[np.uint8],
    spans: NDArray[np.int64],
    numbers: NDArray[np.int64],
    first: NDArray[np.int64],
    table: NDArray[np.int32],
) -> int:
    """Give words numbers through an open table of their hashes (Fowler, Noll, Vo), at most half full."""
    n_words, mask = 0, np.uint64(len(table) - 1)
    for i in range(len(spans)):
        begin, end = spans[i, 0], spans[i, 1]
        code = _FNV_OFFSET
        for at in range(begin, end):
            code = (code ^ np.uint64(data[at])) * _FNV_PRIME
        slot = (code ^ (code >> np.uint64(32))) & mask
        while table[slot] >= 0 and not _equal(data, spans[first[table[slot]]], begin, end):
            slot = (slot + np.uint64(1)) & mask
        if table[slot] < 0:
            table[slot], first[n_words] = n_words, i
            n_words += 1
        numbers[i] = table[slot]
    return n_words


@kernel
def _equal(data: NDArray[np.uint8], span: NDArray[np.int64], begin: int, end: int) -> bool:
    """Tell whether two words are the same."""
    if span[1] - span[0] != end - begin:
        return False
    at = begin
    while at < end and data[span[0] + at - begin] == data[at]:
        at += 1
    return at == end
