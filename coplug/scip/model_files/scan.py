"""Running an automaton over the tokens of a whole file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.scip.model_files.lexer import END_OF_FILE, FIRST_SECTION, LAST_SECTION, next_token
from coplug.scip.model_files.lp_grammar import KEEP, LISTED, LOWER, ROW, UPPER
from coplug.scip.model_files.names import name_hash

Table = NDArray[np.int8]
Int = NDArray[np.int64]


@kernel
def _appended(rows: Int, n: int, first: int, second: int, third: int) -> Int:
    """Return ``rows`` with one more, in a larger array where there was no room."""
    if n == len(rows):
        larger = np.empty((2 * n, 3), np.int64)
        larger[:n] = rows
        rows = larger
    rows[n, 0], rows[n, 1], rows[n, 2] = first, second, third
    return rows


@kernel
def scan(text: int, size: int, moves: Table, actions: Table) -> tuple[int, int, int, int, int, Int, Int]:
    """Run an automaton over a file until its end or the first token for which it has no place.

    Parameters
    ----------
    text, size : int
        Address and number of its bytes.
    moves, actions : int8 array
        See :class:`coplug.scip.model_files.lp_grammar.Automaton`.

    Returns
    -------
    state, kind, start, end : int
        The last state, and the last token.
    n_rows : int
    marks : int64 array, shape (n, 3)
        Names with bounds and in lists of integers: hash, meaning, where.
    sections : int64 array, shape (n, 3)
        Section words: kind, start, end.
    """
    state, at, n_rows = 0, 0, 0
    hashed, where = 0, 0
    marks, n_marks = np.empty((64, 3), np.int64), 0
    sections, n_sections = np.empty((16, 3), np.int64), 0
    while True:
        kind, start, end, is_first = next_token(text, size, at)
        following = moves[int(is_first), state, kind]
        if following < 0:
            break
        action = actions[state, kind]
        if action & KEEP:
            hashed, where = name_hash(text, start, end), start
        if action & ROW:
            n_rows += 1
        if action & (LOWER | UPPER | LISTED):
            marks = _appended(marks, n_marks, hashed, action & (LOWER | UPPER | LISTED), where)
            n_marks += 1
        if FIRST_SECTION <= kind <= LAST_SECTION:
            sections = _appended(sections, n_sections, kind, start, end)
            n_sections += 1
        state, at = following, end
        if kind == END_OF_FILE:
            break
    return state, kind, start, end, n_rows, marks[:n_marks], sections[:n_sections]
