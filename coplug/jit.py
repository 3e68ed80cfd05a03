"""The one way coplug compiles a hot loop: numba, cached on disk, also where site-packages is read-only."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import numba
from numba.core import event

from coplug.kernel_cache import distrust, keep_by_signature, last_resort

logger = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., object])

_folder = last_resort() or numba.config.CACHE_DIR
FAULT = distrust(_folder) if _folder else ""
"""Why machine code is not kept, empty if it is."""
if FAULT:
    logger.warning("machine code is not kept, every process compiles its own: %s", FAULT)
else:
    numba.config.CACHE_DIR = _folder


def kernel(function: F) -> F:
    """Compile ``function`` in nopython mode without the GIL, with its machine code cached across processes."""
    return _compiled(function)


def fast_kernel(function: F) -> F:
    """Like :func:`kernel`, and let the compiler reorder sums; for network arithmetic, never for SCIP's values."""
    return _compiled(function, fastmath={"contract", "reassoc", "nsz"})


def inlined_kernel(function: F) -> F:
    """Like :func:`fast_kernel`, and make it a part of each kernel that calls it.

    For short steps that take tuples of arrays: handing those over costs about as much as a hundred additions.
    """
    return _compiled(function, fastmath={"contract", "reassoc", "nsz"}, forceinline=True)


def _compiled(function: F, **options: Any) -> F:
    dispatcher = numba.njit(cache=not FAULT, nogil=True, error_model="numpy", **options)(function)
    if not FAULT and hasattr(dispatcher, "_cache"):  # NUMBA_DISABLE_JIT leaves a plain function
        keep_by_signature(dispatcher)
    return cast(F, dispatcher)


@contextmanager
def compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Call ``tell`` once if anything is compiled in the block, rather than read from the cache."""
    with event.install_listener("numba:compile", _FirstStart(tell)):
        yield


class _FirstStart(event.Listener):  # type: ignore[misc] # numba is untyped
    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._told = False

    def on_start(self, event: object) -> None:
        if not self._told:
            self._told = True
            self._tell()

    def on_end(self, event: object) -> None:
        pass
