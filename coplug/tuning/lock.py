"""One process at a time: two that write the same results would spoil them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coplug.errors import OutputError


@contextmanager
def alone(lock: Path, what: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however that ends.

    Parameters
    ----------
    lock : Path
        Its file; the folder is there.
    what : Path
        The results that it is for, for messages.

    Raises
    ------
    OutputError
        If another process holds it, or it cannot be written.
    """
    from filelock import FileLock, Timeout

    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout as error:
        raise OutputError(
            f"another process is at work on {what}; wait for it, or choose another --out"
        ) from error
    except OSError as error:
        raise OutputError(
            f"cannot write {lock}: {error.strerror or error}; choose a writable path"
        ) from error
    try:
        yield
    finally:
        held.release()
