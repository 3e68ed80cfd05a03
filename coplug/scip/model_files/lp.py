"""Reading an LP file strictly: what SCIP's reader would skip or lose is refused in one line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError
from coplug.scip.model_files import lexer
from coplug.scip.model_files.lp_grammar import LINEAR, LISTED, LOWER, POLYNOMIAL, UPPER, Automaton
from coplug.scip.model_files.memory import address_and_size
from coplug.scip.model_files.scan import scan

Int = NDArray[np.int64]

SHOWN_LINE = 60
"""Characters of a line that a message quotes."""

_WRAPPED = 0.75
"""Of the longest line; where a list goes over several, all but the last are longer than that."""

_AUTOMATA = {".lp": LINEAR, ".pip": POLYNOMIAL}


@dataclass(frozen=True)
class Outline:
    """What a strict reading found, to be compared with what SCIP made of the file.

    Attributes
    ----------
    is_maximised : bool
    n_rows : int or None
        Rows; None where SCIP makes further constraints of quadratic parts, sets, indicators and the like.
    n_integers : int
        Different names in lists of integers and binaries.
    has_cuts : bool
        Whether it has user cuts.
    is_whole : bool
        Whether the file has its ``End``, or its last list of names is one line, which ends and could have been longer.
    """

    is_maximised: bool
    n_rows: int | None
    n_integers: int
    has_cuts: bool
    is_whole: bool


def read_outline(text: bytes, path: Path, suffix: str) -> Outline:
    """Read an LP or PIP file strictly.

    Parameters
    ----------
    text : bytes
    path : Path
        For messages.
    suffix : ".lp" or ".pip"

    Raises
    ------
    InstanceError
        If a token is not where the format has a place for it, if the file is cut off, or if a variable is given the
        same bound twice; the message has the line, what stands there, and what was expected.
    """
    grammar = _AUTOMATA[suffix]
    state, kind, start, end, n_rows, marks, sections = scan(
        *address_and_size(text), grammar.moves, grammar.actions
    )
    if grammar.names[state] not in ("finish", "end without End"):
        raise InstanceError(_complaint(text, path, grammar, state, kind, start, end))
    _check_bounds(text, path, marks)
    _check_order(text, path, sections)
    listed = marks[marks[:, 1] == LISTED, 0]
    has_end = grammar.names[state] == "finish"
    has_more = (
        not {lexer.SEMI, lexer.SOS}.isdisjoint(sections[:, 0].tolist()) or b"[" in text or b"->" in text
    )
    return Outline(
        is_maximised=text[sections[0, 1] : sections[0, 1] + 3].lower() == b"max",
        n_rows=None if has_more or suffix == ".pip" else n_rows,
        n_integers=len(np.unique(listed)),
        has_cuts=lexer.CUTS in sections[:, 0],
        is_whole=has_end or _is_whole_line(text[sections[-1, 2] :], text),
    )


def line_of(text: bytes, position: int) -> int:
    """Return the number of the line at a position, from 1 on."""
    return text.count(b"\n", 0, position) + 1


def quoted_line(text: bytes, position: int) -> str:
    """Return the line at a position as a message quotes it."""
    begin = text.rfind(b"\n", 0, position) + 1
    line = text[max(begin, position - SHOWN_LINE // 2) :].split(b"\n", 1)[0][:SHOWN_LINE]
    return repr(line.decode(errors="backslashreplace").strip())


def _complaint(
    text: bytes, path: Path, grammar: Automaton, state: int, kind: int, start: int, end: int
) -> str:
    expected = grammar.states[grammar.names[state]].expected
    if kind == lexer.END_OF_FILE:
        if not text.strip():
            return f"{path} holds no variables and no constraints; is it a complete model file?"
        last = line_of(text, len(text.rstrip()))
        return (
            f"{path} does not end with the line End and may be cut off: after its last line, {last}, comes {expected}; "
            "if it is complete, add that line"
        )
    token, line = _found(text, kind, start, end), quoted_line(text, start)
    found = f"{token}{_remark(kind)}" + (f" in {line}" if line != token else "")
    return f"{path}, line {line_of(text, start)}: found {found}, expected {expected}{_hint(text, start)}"


def _found(text: bytes, kind: int, start: int, end: int) -> str:
    """Return a token as a message quotes it: whole, where it was read in part."""
    if kind == lexer.BAD_VALUE:
        end = start + len(text[start : start + SHOWN_LINE].split(None, 1)[0])
    found = text[start : max(end, start + 1)].decode(errors="backslashreplace")
    return repr(found if len(found) <= SHOWN_LINE else f"{found[:SHOWN_LINE]}...")


def _hint(text: bytes, start: int) -> str:
    """Return a question if the line before the one of ``start`` is a word of its own: a section that is none."""
    begin = text.rfind(b"\n", 0, start) + 1
    if text[begin:start].strip():
        return ""
    above = text[text.rfind(b"\n", 0, max(begin - 1, 0)) + 1 : begin].split()
    if len(above) != 1 or not above[0].isalpha():
        return ""
    return f" (is {above[0].decode()!r} in line {line_of(text, begin - 1)} meant to begin a section?)"


def _remark(kind: int) -> str:
    if kind == lexer.BAD_VALUE:
        return ", which is no number (a decimal comma?),"
    if lexer.FIRST_SECTION <= kind <= lexer.LAST_SECTION:
        return ", a word of the format that names nothing,"
    return ""


def _check_bounds(text: bytes, path: Path, marks: Int) -> None:
    """Refuse a second bound of a kind for a variable: readers disagree on which counts, SCIP's keeps some of both."""
    for side, word in ((LOWER, "lower"), (UPPER, "upper")):
        given = marks[(marks[:, 1] & side) != 0]
        order = np.argsort(given[:, 0], kind="stable")
        again = order[1:][np.diff(given[order, 0]) == 0]
        if len(again):
            position = int(given[again, 2].min())
            raise InstanceError(
                f"{path}, line {line_of(text, position)}: a second {word} bound for the variable in "
                f"{quoted_line(text, position)}, expected one; readers disagree on which counts"
            )


def _check_order(text: bytes, path: Path, sections: Int) -> None:
    """Refuse bounds after semi-continuous variables: SCIP's reader makes them of the bounds it knows by then."""
    semi = sections[sections[:, 0] == lexer.SEMI, 1]
    late = sections[sections[:, 0] == lexer.BOUNDS, 1]
    if len(semi) and len(late) and late.max() > semi.min():
        raise InstanceError(
            f"{path}, line {line_of(text, int(late.max()))}: found Bounds after Semi-Continuous, expected it before"
        )


def _is_whole_line(names: bytes, text: bytes) -> bool:
    """Tell whether a list is one line that ends, and no first line of many, which would be as long as others."""
    line = names.strip()
    if b"\n" in line or b"\r" in line or not names.endswith((b"\n", b"\r")):
        return False
    return len(line) < _WRAPPED * max(map(len, text.split(b"\n")))
