"""The one way coplug compiles a hot loop: numba, cached on disk, also where site-packages is read-only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def _ensure_cache_directory() -> None:
    """Give numba a cache directory of last resort.

    numba caches beside the source, else in the user's cache directory, and raises where neither can be
    written (a read-only image run as a user without a home). Then the temporary directory serves.
    """
    if numba.config.CACHE_DIR or os.access(Path(__file__).parent, os.W_OK):
        return
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home())
    if os.access(home, os.W_OK):
        return
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    numba.config.CACHE_DIR = str(Path(tempfile.gettempdir()) / f"coplug-numba-{owner}")


_ensure_cache_directory()


def kernel(function: F) -> F:
    """Compile ``function`` in nopython mode without the GIL, with its machine code cached across processes."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def fast_kernel(function: F) -> F:
    """Like :func:`kernel`, and let the compiler reorder sums; for network arithmetic, never for SCIP's values."""
    compile_ = numba.njit(
        cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"}
    )
    return cast(F, compile_(function))
