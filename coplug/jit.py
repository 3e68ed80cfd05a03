"""The one way coplug compiles a hot loop: numba, cached on disk, also where site-packages is read-only."""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def last_resort() -> str | None:
    """Return a cache directory for where numba would find none, else None.

    numba caches beside the source, else in the user's cache directory, and raises where neither can be
    written (a read-only installation run by a user without a home). Then the temporary directory serves.
    """
    user_cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if numba.config.CACHE_DIR or _can_write(Path(__file__).parent) or _can_write(Path(user_cache)):
        return None
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    return str(Path(tempfile.gettempdir()) / f"coplug-numba-{owner}")


def _can_write(directory: Path) -> bool:
    """Tell whether the directory, or the nearest one above that exists, can be written."""
    existing = next((path for path in (directory, *directory.parents) if path.exists()), Path("/"))
    return os.access(existing, os.W_OK)


numba.config.CACHE_DIR = last_resort() or numba.config.CACHE_DIR


def kernel(function: F) -> F:
    """Compile ``function`` in nopython mode without the GIL, with its machine code cached across processes."""
    compile_ = numba.njit(cache=True, nogil=True, error_model="numpy")
    return cast(F, _with_a_file_a_signature(compile_(function)))


def fast_kernel(function: F) -> F:
    """Like :func:`kernel`, and let the compiler reorder sums; for network arithmetic, never for SCIP's values."""
    compile_ = numba.njit(
        cache=True, nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"}
    )
    return cast(F, _with_a_file_a_signature(compile_(function)))


def _with_a_file_a_signature(dispatcher: Any) -> Any:
    """Let machine code lie in files that are named after its signature.

    numba numbers them by what the kernel's index holds at that moment, so that of two processes which compile
    different signatures at once, as workers do on a new machine, one may take the other's code for its own ever
    after.
    """
    cache = getattr(
        dispatcher, "_cache", None
    )  # a plain function, without one, where NUMBA_DISABLE_JIT is set
    if cache is not None:
        cache._cache_file.save = functools.partial(_save, cache._cache_file)
    return dispatcher


def _save(cache_file: Any, key: object, data: object) -> None:
    """Write machine code, and then that it is there; an entry that another process adds meanwhile may be lost."""
    number = int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:6], "big")
    name = cache_file._data_name(number)
    cache_file._save_data(name, data)
    cache_file._save_index(cache_file._load_index() | {key: name})
