"""Where and how machine code is kept between processes: nobody else's is run, and a damaged file is compiled again.

numba keeps it as pickles, and whoever can write a pickle that we read has us run what is in it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import tempfile
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numba

from coplug.kernel_sources import Source, sources

_DIGEST_BYTES = 32
_ROOT = 0


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


def distrust(directory: str) -> str:
    """Say why machine code in a directory, which is made if it is missing, may be a stranger's; "" if it is ours.

    As ssh does with its files: it has to be ours or root's, and nobody else may write there or put another in its
    place.
    """
    path = Path(directory)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        link, real = path.lstat(), path.resolve()
        found = real.stat()
        above = [parent.stat() for parent in (*path.absolute().parents, *real.parents)]
    except OSError as error:
        return f"{directory} cannot be used ({error.strerror})"
    if not hasattr(os, "getuid"):  # Windows has other rights, and a temporary directory for each user
        return ""
    if any(status.st_uid not in (os.getuid(), _ROOT) for status in (link, found, *above)):
        return f"{directory}, or what it is in, belongs to another user"
    if _others_write(found) or any(_others_write(s) and not s.st_mode & stat.S_ISVTX for s in above):
        return f"others may write to {directory}; chmod go-w it"
    return ""


def _others_write(found: os.stat_result) -> bool:
    """Tell whether others may write; root's group, and a group that is one user's own by its number, are none."""
    is_own_group = found.st_gid == _ROOT or found.st_gid == os.getgid() == os.getuid()
    return bool(found.st_mode & stat.S_IWOTH) or bool(found.st_mode & stat.S_IWGRP and not is_own_group)


class SignatureFiles:
    """The machine code of one kernel on disk: a file a signature, with a digest of what it holds.

    numba has an index of signatures beside numbered files. Of two processes which compile different signatures at
    once, as workers do on a new machine, one may then take the other's code for its own ever after; and a file that
    was cut off ends every process that reads it.

    Parameters
    ----------
    numbas : numba.core.caching.IndexDataCacheFile
        What numba would use: knows where files are, and how to write one whole.
    kernel : numba dispatcher
        The kernel whose sources the machine code depends on.
    """

    def __init__(self, numbas: Any, kernel: Any) -> None:
        self._numbas = numbas
        self._kernel = kernel

    @cached_property
    def _sources(self) -> tuple[Source, ...]:
        """What the machine code is made from; asked late, when all that the kernel calls is defined."""
        return sources(self._kernel)

    def load(self, key: object) -> Any:
        """Return what is kept of a signature; None if there is nothing, or it is damaged or of another version."""
        try:
            stored = Path(self._path(key)).read_bytes()
        except OSError:
            return None
        digest, data = stored[:_DIGEST_BYTES], stored[_DIGEST_BYTES:]
        return pickle.loads(data) if digest == self._digest(key, data) else None

    def save(self, key: object, code: object) -> None:
        """Keep the machine code of a signature."""
        data = self._numbas._dump(code)
        with self._numbas._open_for_write(self._path(key)) as file:
            file.write(self._digest(key, data) + data)

    def _digest(self, key: object, data: bytes) -> bytes:
        made_from = (self._numbas._version, self._numbas._source_stamp, self._sources, key)
        return hashlib.sha256(repr(made_from).encode() + data).digest()

    def _path(self, key: object) -> str:
        number = int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:6], "big")
        return str(self._numbas._data_path(self._numbas._data_name(number)))


def keep_by_signature(dispatcher: Any) -> None:
    """Let a kernel that numba caches use :class:`SignatureFiles`, and do without where they cannot be written."""
    cache = dispatcher._cache
    cache._cache_file = SignatureFiles(cache._cache_file, dispatcher)
    save = cache.save_overload

    def save_if_possible(signature: object, code: object) -> None:
        with suppress(OSError):  # a full disk, say: the next process compiles again
            save(signature, code)

    cache.save_overload = save_if_possible
