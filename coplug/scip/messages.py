"""Catching what SCIP prints about errors and warnings, so that the user gets one line and the log stays clean."""

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

import pyscipopt

from coplug.errors import CoplugError, SolverError
from coplug.scip.library import load_library, scip_pointer

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


def free(model: pyscipopt.Model) -> None:
    """Free a model; SCIP refuses one whose transformation failed, and what it prints of that is nobody's concern."""
    with captured_errors():
        model.free()


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


_FULL = 5
"""The level of ``display/verblevel`` at which SCIP's readers say all that they leave out."""

_MessageCallback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
_POINTER = ctypes.c_void_p


@contextlib.contextmanager
def captured_warnings(model: pyscipopt.Model) -> Iterator[list[str]]:
    """Collect what SCIP warns of in this block, a line each; nothing where libscip is not found."""
    said: list[str] = []
    path = load_library().path
    if path is None:
        yield said
        return
    with _own_handler(ctypes.CDLL(path), scip_pointer(model), said):
        level = model.getParam("display/verblevel")
        model.setParam("display/verblevel", _FULL)
        try:
            yield said
        finally:
            model.setParam("display/verblevel", level)


@contextlib.contextmanager
def _own_handler(library: ctypes.CDLL, scip: int, said: list[str]) -> Iterator[None]:
    """Put a message handler in the place of SCIP's, which comes back afterwards."""

    def warn(handler: int | None, file: int | None, message: bytes | None) -> None:
        text = (message or b"").decode(errors="backslashreplace").removeprefix("WARNING: ").strip()
        said.extend([text] if text else [])

    def inform(handler: int | None, file: int | None, message: bytes | None) -> None:
        if (message or b"").startswith(b"Warning"):  # how the MPS reader tells what it ignores
            warn(handler, file, message)

    callbacks = (_MessageCallback(warn), _MessageCallback(lambda *ignored: None), _MessageCallback(inform))
    library.SCIPgetMessagehdlr.restype = _POINTER
    previous = _POINTER(library.SCIPgetMessagehdlr(_POINTER(scip)))
    own = _POINTER()
    library.SCIPmessagehdlrCreate(ctypes.byref(own), 0, None, 0, *callbacks, None, None)
    library.SCIPmessagehdlrCapture(previous)  # or SCIP would free it when ours takes its place
    library.SCIPsetMessagehdlr(_POINTER(scip), own)
    try:
        yield
    finally:
        library.SCIPsetMessagehdlr(_POINTER(scip), previous)
        library.SCIPmessagehdlrRelease(ctypes.byref(own))
        library.SCIPmessagehdlrRelease(ctypes.byref(previous))
