"""Reading OPB and WBO files strictly: SCIP's reader ends without a word at a statement that it does not know."""

from __future__ import annotations

import re
from pathlib import Path

from coplug.errors import InstanceError
from coplug.scip.model_files.lp import line_of, quoted_line

_NUMBER = rb"\d++(?:\.\d++)?+(?:[eE][+-]?+\d++)?+"
_LITERAL = rb"~?+[^\W\d][^\s;,:<>=~+*\[\]-]*+"
_TERM = rb"(?:[+-]\s*+)?+(?:" + _NUMBER + rb"\s++)?+" + _LITERAL + rb"(?:\s++" + _LITERAL + rb")*+\s*+"
_TERMS = rb"(?:" + _TERM + rb")"
_STATEMENT = re.compile(
    rb"\s*+(?:"
    rb"(?P<objective>(?:min|max):\s*+" + _TERMS + rb"*+)"
    rb"|soft:\s*+\d*+\s*+"
    rb"|(?P<row>(?:\[\s*+\d++\s*+\]\s*+)?+" + _TERMS + rb"*+(?:>=|<=|=)\s*+[+-]?+\s*+" + _NUMBER + rb"\s*+)"
    rb");"
)  # fmt: skip
_COMMENT = re.compile(rb"^[ \t]*+\*.*+", re.MULTILINE)
_NO_SCALING = re.compile(
    rb"^\*[ \t]*+Obj\.(?![ \t]*+(?:scale|offset)[ \t]*+:[ \t]*+[+-]?+" + _NUMBER + rb"[ \t\r]*+$)",
    re.MULTILINE,
)
"""A comment that is like those by which SCIP keeps the scale and the offset of an objective, but is none."""
_COUNTS = re.compile(rb"^\*[ \t]*#variable\s*=\s*\d+\s*#constraint\s*=\s*(\d+)", re.MULTILINE)


def check_pseudo_boolean(text: bytes, path: Path) -> None:
    """See that every statement of an OPB or WBO file is one, and that there are as many rows as it says.

    Raises
    ------
    InstanceError
        With the line, what stands there, and what was expected.
    """
    if damaged := _NO_SCALING.search(text):
        raise _refusal(
            path, text, damaged.start(), "'Obj. scale' or 'Obj. offset' and a number, as SCIP writes them"
        )
    statements = _COMMENT.sub(lambda comment: b" " * len(comment.group()), text)
    at = n_rows = 0
    while found := _STATEMENT.match(statements, at):
        n_rows += found["row"] is not None
        if found["objective"] is not None and statements[:at].strip():
            raise _refusal(path, text, found.start("objective"), "the objective before all rows")
        at = found.end()
    rest = statements[at:].lstrip()
    if rest:
        raise _refusal(path, text, len(statements) - len(rest), "a statement such as '+2 x1 -3 ~x2 >= 1 ;'")
    counts = _COUNTS.search(text)
    if counts is not None and n_rows < int(counts[1]):
        raise InstanceError(
            f"{path} is probably cut off: it says that it has {int(counts[1])} constraints, {n_rows} are there"
        )


def _refusal(path: Path, text: bytes, position: int, expected: str) -> InstanceError:
    line, quoted = line_of(text, position), quoted_line(text, position)
    return InstanceError(f"{path}, line {line}: found {quoted}, expected {expected}")
