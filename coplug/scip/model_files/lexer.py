"""Tokens of the LP format, as SCIP's reader cuts them, and a kind for each where SCIP would go wrong silently."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.scip.model_files.memory import byte_at

Bytes = NDArray[np.uint8]

NAME, SOS_TYPE, VALUE, GLUED_VALUE, INFINITY, SIGN, COLON, LESS, GREATER, EQUAL = range(10)
"""Kinds of tokens. ``SOS_TYPE``: ``S1`` or ``S2``, which may be a name; ``GLUED_VALUE``: the number in ``2x``."""

OPEN, CLOSE, TIMES, SQUARE, POWER, HALF, ARROW, FREE = range(10, 18)
"""``[``, ``]``, ``*``, ``^2``, another ``^``, ``/2`` or ``/ 2``, ``->`` of an indicator constraint, ``free``."""

SENSE, ROWS, LAZY, CUTS, BOUNDS, GENERALS, BINARIES, SEMI, SOS, END = range(18, 28)
"""Words that begin a section; ``SENSE``: ``Minimize``, ``Maximize`` and their like."""

END_OF_FILE, BAD_VALUE, BAD_NAME, BAD_CHARACTER = range(28, 32)
"""``BAD_VALUE``: a number that would be read in part, such as ``1,5``, ``1/3``, ``1.5.2``, ``2e+``. ``BAD_NAME``:
``nan``, one in unbalanced parentheses, or one of more characters than SCIP has room for."""

N_KINDS = 32
FIRST_SECTION, LAST_SECTION = SENSE, END

_TAB, _NEWLINE, _RETURN, _SPACE, _PLUS, _MINUS, _POINT, _COMMA, _SEMICOLON, _SLASH = b"\t\n\r +-.,;/"
_COLON, _LESS, _EQUALS, _GREATER, _LEFT, _RIGHT, _STAR, _CARET, _ONE, _TWO, _E, _S = b":<=>[]*^12eS"

LONGEST_NAME = 8191
"""Characters; SCIP's reader keeps a token in 65,536 bytes and does not look whether it fits."""

_BLANK, _DIGIT, _DOT, _OPERATOR, _COMMENT, _FORBIDDEN, _OPENING, _CLOSING, _OTHER = range(9)


def _classes() -> Bytes:
    table = np.full(256, _OTHER, np.uint8)
    table[:32] = _FORBIDDEN
    table[127] = _FORBIDDEN
    groups = {
        _BLANK: b" \t\n\r\f\v",
        _DIGIT: b"0123456789",
        _DOT: b".",
        _OPERATOR: b"-+:<>=[]*^",
        _COMMENT: b"\\",
        _OPENING: b"(",
        _CLOSING: b")",
    }
    for group, characters in groups.items():
        table[list(characters)] = group
    return table


CLASSES = _classes()
IN_NAME = np.isin(CLASSES, (_DIGIT, _DOT, _OTHER))
"""Characters that go on a name, without parentheses, which are counted."""
NO_FIRST = np.isin(np.arange(256), list(b"(,;"))
NO_LAST = np.isin(np.arange(256), list(b",;"))
"""Characters that no name begins or ends with: they are signs of a list, a product or half a number."""

WORDS = {
    "inf": INFINITY,
    "infinity": INFINITY,
    "nan": BAD_NAME,
    "free": FREE,
    **dict.fromkeys(("min", "minimum", "minimize", "max", "maximum", "maximize"), SENSE),
    **dict.fromkeys(("st", "st.", "s.t."), ROWS),
    **dict.fromkeys(("bound", "bounds"), BOUNDS),
    **dict.fromkeys(("gen", "general", "generals", "int", "integer", "integers"), GENERALS),
    **dict.fromkeys(("bin", "binary", "binaries"), BINARIES),
    "semis": SEMI,
    "sos": SOS,
    "end": END,
    "semi": SEMI,
    "subject": ROWS,
    "such": ROWS,
    "lazy": LAZY,
    "user": CUTS,
}
"""What SCIP's reader knows, in any case."""

_SECOND_WORDS = {
    "subject": "to",
    "such": "that",
    "lazy": "constraints",
    "user": "cuts",
    "semi": "-continuous",
}
_ALONE = {"subject": BAD_NAME, "such": BAD_NAME, "semi": SEMI}
"""What the first of two words is where the second does not follow; the others are names then."""


def _packed(word: str) -> int:
    return int.from_bytes(word.encode(), "big")


_ORDER = sorted(WORDS, key=_packed)
PACKED = np.array([_packed(word) for word in _ORDER], np.uint64)
WORD_KINDS = np.array([WORDS[word] for word in _ORDER], np.int64)
LONGEST_WORD = max(map(len, WORDS))
INITIALS = np.zeros(256, np.bool_)
INITIALS[[ord(letter) for word in WORDS for letter in (word[0], word[0].upper())]] = True


def _second_words() -> Bytes:
    """Return the second word of each word as a row of lower-case letters, zeros where there is none."""
    table = np.zeros((len(_ORDER), 16), np.uint8)
    for row, word in zip(table, _ORDER, strict=True):
        second = _SECOND_WORDS.get(word, "").encode()
        row[: len(second)] = list(second)
    return table


SECOND_WORDS = _second_words()
KINDS_ALONE = np.array([_ALONE.get(word, NAME) for word in _ORDER], np.int64)


@kernel
def _lower(character: int) -> int:
    return character + 32 if 65 <= character <= 90 else character


@kernel
def _ends_word(text: int, size: int, at: int) -> bool:
    return at >= size or CLASSES[byte_at(text, at)] in (_BLANK, _OPERATOR, _COMMENT)


@kernel
def _after_second_word(text: int, size: int, at: int, word: Bytes) -> int:
    """Return where ``word`` ends if it comes next on the line, else -1."""
    while at < size and (byte_at(text, at) == _SPACE or byte_at(text, at) == _TAB):
        at += 1
    for letter in word:
        if letter == 0:
            break
        if at >= size or _lower(byte_at(text, at)) != letter:
            return -1
        at += 1
    return at if _ends_word(text, size, at) else -1


@kernel
def _word(text: int, size: int, start: int, end: int) -> tuple[int, int]:
    """Return the kind of a name, which may be a word of the format, and where that ends."""
    if (
        end - start == 2
        and byte_at(text, start) == _S
        and (byte_at(text, start + 1) == _ONE or byte_at(text, start + 1) == _TWO)
    ):
        return SOS_TYPE, end
    packed = np.uint64(0)
    for at in range(start, end):
        packed = (packed << np.uint64(8)) | np.uint64(_lower(byte_at(text, at)))
    found = np.searchsorted(PACKED, packed)
    if found == len(PACKED) or PACKED[found] != packed:
        return NAME, end
    if SECOND_WORDS[found, 0] == 0:
        return WORD_KINDS[found], end
    second_end = _after_second_word(text, size, end, SECOND_WORDS[found])
    if second_end >= 0:
        return WORD_KINDS[found], second_end
    return KINDS_ALONE[found], end


@kernel
def _name(text: int, size: int, start: int) -> tuple[int, int]:
    """Return kind and end of the name or word that begins at ``start``."""
    at = start
    depth, lowest = 0, 0
    while True:
        while at < size and IN_NAME[byte_at(text, at)]:
            at += 1
        if at >= size or CLASSES[byte_at(text, at)] not in (_OPENING, _CLOSING):
            break
        depth += 1 if CLASSES[byte_at(text, at)] == _OPENING else -1
        lowest = min(lowest, depth)
        at += 1
    if at < size and CLASSES[byte_at(text, at)] == _FORBIDDEN:
        return BAD_CHARACTER, at
    has_bad_edge = NO_FIRST[byte_at(text, start)] or NO_LAST[byte_at(text, at - 1)]
    has_bad_edge |= at - start == 1 and byte_at(text, start) == _POINT
    if has_bad_edge or depth != 0 or lowest < 0 or at - start > LONGEST_NAME:
        return BAD_NAME, at
    if INITIALS[byte_at(text, start)] and 2 <= at - start <= LONGEST_WORD:
        return _word(text, size, start, at)
    return NAME, at


@kernel
def _digits(text: int, size: int, at: int) -> int:
    while at < size and CLASSES[byte_at(text, at)] == _DIGIT:
        at += 1
    return at


@kernel
def _may_follow_dot(text: int, size: int, at: int) -> bool:
    """Tell whether SCIP takes a dot without digits after it for a part of the number."""
    return at >= size or CLASSES[byte_at(text, at)] == _BLANK or _lower(byte_at(text, at)) == _E


@kernel
def _value(text: int, size: int, start: int) -> tuple[int, int]:
    """Return kind and end of the number that begins at ``start`` with a digit or a dot before one."""
    at = _digits(text, size, start)
    if at < size and byte_at(text, at) == _POINT:
        dot = at
        at = _digits(text, size, dot + 1)
        if at == dot + 1 and not _may_follow_dot(text, size, at):
            return BAD_VALUE, at
    if at + 1 < size and _lower(byte_at(text, at)) == _E:
        exponent = at + 1
        is_signed = byte_at(text, exponent) == _PLUS or byte_at(text, exponent) == _MINUS
        end = _digits(text, size, exponent + is_signed)
        if end > exponent + is_signed:
            at = end
        elif is_signed:
            return BAD_VALUE, end
    if _ends_word(text, size, at):
        return VALUE, at
    follower = byte_at(text, at)
    is_name = (
        CLASSES[follower] == _OTHER and follower != _COMMA and follower != _SLASH and follower != _SEMICOLON
    )
    return (GLUED_VALUE if is_name else BAD_VALUE), at


@kernel
def _operator(text: int, size: int, start: int) -> tuple[int, int]:
    """Return kind and end of a token that is made of operator characters."""
    character = byte_at(text, start)
    following = byte_at(text, start + 1) if start + 1 < size else 0
    if character == _PLUS or (character == _MINUS and following != _GREATER):
        return SIGN, start + 1
    if character == _MINUS:
        return ARROW, start + 2
    if character == _COLON:
        return COLON, start + 1
    if character == _LEFT:
        return OPEN, start + 1
    if character == _RIGHT:
        return CLOSE, start + 1
    if character == _STAR:
        return TIMES, start + 1
    if character == _CARET:
        is_square = following == _TWO and _ends_word(text, size, start + 2)
        return (SQUARE, start + 2) if is_square else (POWER, start + 1)
    length = 1
    if following == _EQUALS or (character == _EQUALS and following in (_LESS, _GREATER)):
        length = 2
    if character == _LESS or (character == _EQUALS and following == _LESS):
        return LESS, start + length
    if character == _GREATER or (character == _EQUALS and following == _GREATER):
        return GREATER, start + length
    return EQUAL, start + length


@kernel
def _half(text: int, size: int, start: int) -> tuple[int, int]:
    """Return the end of ``/2`` or ``/ 2`` at ``start``, else of the name that begins with a slash."""
    at = start + 1
    while at < size and (byte_at(text, at) == _SPACE or byte_at(text, at) == _TAB):
        at += 1
    if at < size and byte_at(text, at) == _TWO and _ends_word(text, size, at + 1):
        return HALF, at + 1
    return BAD_NAME, start + 1


@kernel
def next_token(text: int, size: int, at: int) -> tuple[int, int, int, bool]:
    """Return kind, start and end of the next token from ``at`` on, and whether it is the first of its line.

    Comments go from a backslash to the end of the line. SCIP's reader takes a carriage return alone for a blank, so a
    comment would go on: such a file is a bad character where it has comments.
    """
    is_first = at == 0
    while at < size:
        group = CLASSES[byte_at(text, at)]
        if group == _COMMENT:
            while at < size and byte_at(text, at) != _NEWLINE:
                if byte_at(text, at) == 0 or (
                    byte_at(text, at) == _RETURN and at + 1 < size and byte_at(text, at + 1) != _NEWLINE
                ):
                    return BAD_CHARACTER, at, at + 1, is_first
                at += 1
            continue
        if group != _BLANK:
            break
        if byte_at(text, at) == _NEWLINE or byte_at(text, at) == _RETURN:
            is_first = True
        at += 1
    if at >= size:
        return END_OF_FILE, at, at, is_first
    group = CLASSES[byte_at(text, at)]
    if group == _OPERATOR:
        kind, end = _operator(text, size, at)
    elif group == _DIGIT or (group == _DOT and at + 1 < size and CLASSES[byte_at(text, at + 1)] == _DIGIT):
        kind, end = _value(text, size, at)
    elif byte_at(text, at) == _SLASH:
        kind, end = _half(text, size, at)
    elif group == _FORBIDDEN:
        kind, end = BAD_CHARACTER, at + 1
    else:
        kind, end = _name(text, size, at)
    return kind, at, end, is_first
