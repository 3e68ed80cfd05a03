"""Catching what SCIP prints about errors, so that the user gets one line and the log stays clean."""

from __future__ import annotations

import contextlib
import functools
import io
import re
from collections.abc import Iterator

import pyscipopt


class ErrorText(io.StringIO):
    """Collects SCIP's error output."""

    def summary(self) -> str:
        """Return the first error as one line, without SCIP's source positions."""
        for line in self.getvalue().splitlines():
            text = re.sub(r"^\[[^\]]*\]\s*(ERROR:)?\s*", "", line).strip()
            if text and not text.startswith(("Error <", "input:", "^")):
                return text
        return "SCIP gave no reason"


@functools.cache
def redirect_errors() -> None:
    """Make SCIP print errors through Python's ``sys.stderr`` in the whole process (they are global in SCIP)."""
    model = pyscipopt.Model()
    model.redirectOutput()
    model.free()


@contextlib.contextmanager
def captured_errors() -> Iterator[ErrorText]:
    """Collect what SCIP prints as errors in this block instead of showing it."""
    redirect_errors()
    text = ErrorText()
    with contextlib.redirect_stderr(text):
        yield text
