"""Seeing that a FlatZinc file is whole: SCIP's reader solves what is left of one that was cut off."""

from __future__ import annotations

import re
from pathlib import Path

from coplug.errors import InstanceError

_COMMENT = re.compile(rb"%.*+")
_SOLVE = re.compile(rb"(?:^|;)\s*+solve\b[^;]*+;\s*+$")


def check_flatzinc(text: bytes, path: Path) -> None:
    """See that a FlatZinc file ends with what is to be solved, as the format has it.

    Raises
    ------
    InstanceError
        If it does not.
    """
    if not _SOLVE.search(_COMMENT.sub(b"", text)):
        raise InstanceError(f"{path} is probably cut off: it does not end with 'solve ...;'")
