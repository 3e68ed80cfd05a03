"""Files that are either whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

from coplug.errors import OutputError


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old file or the new one, also after a crash.

    Parameters
    ----------
    path : Path
        The file to create or replace; its directory is created if missing.
    data : bytes
        The whole content.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_and_move(temporary, path, data)
        _sync_directory(path.parent)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}; choose a writable path"
        ) from error


def _write_and_move(temporary: Path, path: Path, data: bytes) -> None:
    with temporary.open("wb") as stream:
        try:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    temporary.replace(path)


def _sync_directory(directory: Path) -> None:
    """Make a rename durable where directories can be opened (not on Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
