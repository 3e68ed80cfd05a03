"""Catching what SCIP prints about errors, so that the user gets one line and the log stays clean."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import re
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from coplug.errors import CoplugError, SolverError
from coplug.scip.library import load_library

_capturing = threading.local()


class ErrorText(io.StringIO):
    """Collects SCIP's error output."""

    def summary(self) -> str:
        """Return the first error as one line, without SCIP's source positions."""
        for line in self.getvalue().splitlines():
            text = re.sub(r"^\[[^\]]*\]\s*(ERROR:)?\s*", "", line).strip()
            if text and not text.startswith(("Error <", "input:", "^")):
                return text
        return "SCIP gave no reason"


@ctypes.CFUNCTYPE(  # type: ignore[untyped-decorator] # ctypes is untyped
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p
)
def _print_error(data: int | None, file: int | None, message: bytes | None) -> None:
    target = getattr(_capturing, "text", None) or sys.stderr
    target.write((message or b"").decode(errors="replace"))


@functools.cache
def _set_error_printing() -> Callable[[Any, None], None]:
    path = load_library().path
    return ctypes.CDLL(path).SCIPmessageSetErrorPrinting if path is not None else lambda printer, data: None


@contextlib.contextmanager
def captured_errors() -> Iterator[ErrorText]:
    """Collect what SCIP prints as errors in this block and this thread instead of showing it."""
    # Each time: error printing is global in SCIP, and others may have set it.
    _set_error_printing()(_print_error, None)
    text = ErrorText()
    previous = getattr(_capturing, "text", None)
    _capturing.text = text
    try:
        yield text
    finally:
        _capturing.text = previous


@contextlib.contextmanager
def solver_errors(action: str) -> Iterator[None]:
    """Turn what PySCIPOpt raises inside into a SolverError that says what was being done and what SCIP printed."""
    try:
        with captured_errors() as printed:
            yield
    except CoplugError:
        raise
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        reason = printed.summary() if printed.getvalue() else str(error)
        raise SolverError(f"SCIP could not {action}: {reason}") from error
