"""Somebody else's code inside a callback of SCIP, and an end to it that another thread can make."""

from __future__ import annotations

import ctypes
import threading


class OverstayError(BaseException):
    """Raised inside code that was told to leave; no ``Exception``, which that code may catch."""

    def __init__(self) -> None:
        super().__init__("it had not returned when the solve was to end")


class Guest:
    """Code of a policy, which runs in SCIP's thread.

    SCIP looks at its limits and at interrupts between two steps of its own. So code that does not return would keep a
    solve from ending. It is told to leave, by an exception that Python raises in it. Where it waits in a function that
    is not Python's, in a sleep or a lock say, it does not notice; then it is left behind, and SCIP with it, in a thread
    that ends with the process. Code that keeps the GIL for good holds up everything.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._told = False
        self.left_behind = False

    def enter(self) -> None:
        """Begin the code; called in SCIP's thread."""
        with self._lock:
            self._thread = threading.get_ident()

    def leave(self) -> None:
        """End the code; called in SCIP's thread, also again. Never returns once it was left behind."""
        with self._lock:
            if self._thread is not None:
                # What has not been raised yet would come later, in SCIP's own steps.
                _raise_in(self._thread, None)
            self._thread = None

    @property
    def is_inside(self) -> bool:
        """Whether the code runs."""
        return self._thread is not None

    def tell_to_leave(self) -> None:
        """Have :class:`OverstayError` raised in the code, once."""
        with self._lock:
            if self._thread is not None and not self._told:
                self._told = True
                _raise_in(self._thread, OverstayError)

    def leave_behind(self) -> bool:
        """Keep the code from coming back to SCIP, which may be asked from other threads then; False if it came back."""
        self._lock.acquire()
        if self._thread is None:
            self._lock.release()
            return False
        self.left_behind = True
        return True


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    """Have an exception raised in a thread where Python next runs there, or take one back."""
    argument = ctypes.py_object(error) if error is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), argument)
