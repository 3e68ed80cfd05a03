"""Reading a CIP file strictly where SCIP's reader is lenient: sections, objective, variables, linear constraints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from coplug.errors import InstanceError
from coplug.scip.model_files.lp import line_of, quoted_line

_NUMBER = rb"[+-]?+(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?+\d++)?+"
_BOUND = rb"(?:[+-]?+inf(?:inity)?+|" + _NUMBER + rb")"
_TERM = rb"[+-]?+(?:\d++\.?+\d*+|\.\d++)?+(?:[eE][+-]?+\d++)?+<[^<>\n]++>\[[BIMC]\]\s*+"
_HEADING = re.compile(rb"\w++")
_SECTIONS = (b"STATISTICS", b"OBJECTIVE", b"VARIABLES", b"FIXED", b"CONSTRAINTS", b"END")
_SENSE = re.compile(rb"\s*+Sense\s*+:\s*+(?:minimize|maximize)\s*+")
_SCALING = re.compile(rb"\s*+(?:Offset|Scale)\s*+:\s*+" + _NUMBER + rb"\s*+")
_VARIABLE = re.compile(
    rb"\s*+\[(?:binary|integer|implicit|continuous)\] <.*>: obj=" + _NUMBER + rb", (?:original|global) bounds=\["
    + _BOUND + rb"," + _BOUND + rb"\](?:,[^\n]*)?+\s*+"
)  # fmt: skip
_IS_LINEAR = re.compile(rb"\s*+\[(?:linear|varbound|knapsack|setppc)\]")
_RELATION = rb"(?:<=|>=|==)\s*+" + _BOUND
_LINEAR = re.compile(
    rb"\s*+\[\w++\] <[^\n]*?>:\s*+(?:0\s*+" + _RELATION
    + rb"|(?:" + _BOUND + rb"\s*+<=\s*+)?+(?:" + _TERM + rb")*+(?:" + _RELATION + rb"|\[free\])"
    rb")\s*+;\s*+"
)  # fmt: skip
_END_OF_LINE = re.compile(rb"\n")
_END_OF_CONSTRAINT = re.compile(rb";[ \t\r]*+\n")


def check_cip(text: bytes, path: Path) -> None:
    """See that sections, sense, variables and linear constraints of a CIP file are whole; SCIP checks the others.

    Raises
    ------
    InstanceError
        With the line, what stands there, and what was expected.
    """
    section = b""
    has_sense = False
    for at, line in _statements(text):
        if heading := _HEADING.match(line):
            section = heading.group()
            is_right, expected = section in _SECTIONS, f"a section, one of {b', '.join(_SECTIONS).decode()}"
        elif section == b"OBJECTIVE":
            is_sense = _SENSE.fullmatch(line) is not None
            has_sense |= is_sense
            is_right = is_sense or _SCALING.fullmatch(line) is not None
            expected = "'Sense : minimize' or 'maximize', or an offset or a scale"
        elif section == b"VARIABLES":
            is_right = _VARIABLE.fullmatch(line) is not None
            expected = "a variable such as '[integer] <x>: obj=1, original bounds=[0,9]'"
        elif section == b"CONSTRAINTS" and _IS_LINEAR.match(line):
            is_right = _LINEAR.fullmatch(line) is not None
            expected = "a constraint such as '[linear] <c>: <x>[I] +2<y>[C] <= 7;'"
        else:
            continue
        if not is_right:
            found = quoted_line(text, at)
            raise InstanceError(f"{path}, line {line_of(text, at)}: found {found}, expected {expected}")
    if not has_sense:
        raise InstanceError(
            f"{path} does not say whether it is minimized, expected 'Sense : minimize' or 'maximize'"
        )


def _statements(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where each line that is not empty begins, and the line; a constraint goes on to its semicolon."""
    at = 0
    end_of = _END_OF_LINE
    while at < len(text):
        # A section's name is a line of its own among the constraints, too.
        found = (end_of if text[at : at + 1].isspace() else _END_OF_LINE).search(text, at)
        end = len(text) if found is None else found.end()
        line = text[at:end]
        if line.strip():
            yield at, line
        if line.startswith(b"CONSTRAINTS"):
            end_of = _END_OF_CONSTRAINT
        at = end
