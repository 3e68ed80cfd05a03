"""An instance on standard input, as a file."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from coplug.errors import CoplugError, UsageError

if TYPE_CHECKING:
    from coplug.report import Report

STANDARD_INPUT = "-"

NAME = "standard input"
"""In messages."""


@contextmanager
def as_file(file_format: str) -> Iterator[Path]:
    """Yield a file that holds what comes on standard input, until the block ends.

    Parameters
    ----------
    file_format : str
        Its suffix, such as ``lp`` or ``mps.gz``.
    """
    with TemporaryDirectory(prefix="coplug-") as folder:
        path = Path(folder) / f"{NAME}.{file_format}"
        path.write_bytes(sys.stdin.buffer.read())
        yield path


def solve_input(file_format: str, **options: Any) -> Report:
    """Solve the instance on standard input, as :func:`coplug.solving.solve` does a file.

    Raises
    ------
    CoplugError
        As that; the instance is called ``standard input``.
    """
    from coplug.solving import solve

    with as_file(file_format.lstrip(".")) as path:
        try:
            return solve(path, label=STANDARD_INPUT, **options)
        except CoplugError as error:
            error.args = (str(error).replace(str(path), NAME),)
            raise


def format_of(words: list[str]) -> str:
    """Return the value of ``--format`` among the words of a command line; empty if it is not there."""
    for word, following in itertools.pairwise([*words, ""]):
        if word == "--format":
            return following.lstrip(".")
        if word.startswith("--format="):
            return word.partition("=")[2].lstrip(".")
    return ""


def check_words(files: list[Path], file_format: str) -> None:
    """See that ``-`` and ``--format`` come together, and ``-`` alone.

    Raises
    ------
    UsageError
        If they do not.
    """
    asked = STANDARD_INPUT in map(str, files)
    if asked and not file_format:
        raise UsageError(
            "- reads an instance from standard input; say which format it has, such as --format lp"
        )
    if file_format and not asked:
        raise UsageError("--format is for an instance on standard input; name - as the file")
    if file_format and not re.fullmatch(r"\.?\w+(\.gz)?", file_format):
        raise UsageError(f"--format {file_format!r} is no suffix; write one such as lp or mps.gz")
    if asked and len(files) > 1:
        raise UsageError("standard input holds one instance; name - alone")
