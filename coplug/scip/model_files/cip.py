"""Reading a CIP file strictly where SCIP's reader is lenient: its sections, its objective and its variables."""

from __future__ import annotations

import re
from pathlib import Path

from coplug.errors import InstanceError
from coplug.scip.model_files.lp import line_of, quoted_line

_NUMBER = rb"[+-]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+"
_BOUND = rb"(?:[+-]?+inf(?:inity)?+|" + _NUMBER + rb")"
_SECTION = re.compile(rb"^\w++", re.MULTILINE)
_SECTIONS = (b"STATISTICS", b"OBJECTIVE", b"VARIABLES", b"FIXED", b"CONSTRAINTS", b"END")
_SENSE = re.compile(rb"\s*+Sense\s*+:\s*+(?:minimize|maximize)\s*+")
_SCALING = re.compile(rb"\s*+(?:Offset|Scale)\s*+:\s*+" + _NUMBER + rb"\s*+")
_VARIABLE = re.compile(
    rb"\s*+\[(?:binary|integer|implicit|continuous)\] <.*>: obj=" + _NUMBER + rb", (?:original|global) bounds=\["
    + _BOUND + rb"," + _BOUND + rb"\](?:,[^\n]*)?+\s*+"
)  # fmt: skip


def check_cip(text: bytes, path: Path) -> None:
    """See that sections, sense and variables of a CIP file are whole; SCIP checks its constraints.

    Raises
    ------
    InstanceError
        With the line, what stands there, and what was expected.
    """
    section = b""
    has_sense = False
    at = 0
    while at < len(text) and section not in (b"CONSTRAINTS", b"FIXED"):
        end = text.find(b"\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end]
        if heading := _SECTION.match(line):
            section = heading.group()
            _check(
                section in _SECTIONS, path, text, at, f"a section, one of {b', '.join(_SECTIONS).decode()}"
            )
        elif section == b"OBJECTIVE" and line.strip():
            has_sense |= _SENSE.fullmatch(line) is not None
            is_known = _SENSE.fullmatch(line) or _SCALING.fullmatch(line)
            _check(
                bool(is_known), path, text, at, "'Sense : minimize' or 'maximize', or an offset or a scale"
            )
        elif section == b"VARIABLES" and line.strip():
            expected = "a variable such as '[integer] <x>: obj=1, original bounds=[0,9]'"
            _check(_VARIABLE.fullmatch(line) is not None, path, text, at, expected)
        at = end + 1
    if not has_sense:
        raise InstanceError(
            f"{path} does not say whether it is minimized, expected 'Sense : minimize' or 'maximize'"
        )


def _check(is_right: bool, path: Path, text: bytes, position: int, expected: str) -> None:
    if not is_right:
        line, quoted = line_of(text, position), quoted_line(text, position)
        raise InstanceError(f"{path}, line {line}: found {quoted}, expected {expected}")
