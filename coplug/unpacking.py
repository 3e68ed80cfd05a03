"""The bytes of a file, plain or gzipped; no archive fills the memory."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from coplug.errors import InstanceError

MOST_BYTES = 2**30
"""A gzipped file may unpack to so many bytes (1 GiB) whatever its size, and to more only up to a ratio."""

MOST_TIMES = 20
"""Times its own size that a gzipped file may unpack to beyond that; graph files in use are packed 3 to 8 times."""

_CHUNK = 2**24


def file_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked if its name ends in ``.gz``.

    Raises
    ------
    InstanceError
        If it cannot be read, is damaged, or unpacks to more than :data:`MOST_BYTES` and :data:`MOST_TIMES` its size.
    """
    try:
        return _unpacked(path) if path.suffix.lower() == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InstanceError(f"{path}: the archive is damaged or cut off ({error}); get it again") from error
    except OSError as error:
        raise InstanceError(f"{path} cannot be read: {error.strerror or error}") from error


def _unpacked(path: Path) -> bytes:
    """Unpack piece by piece, so that what is too large is found out before it is there."""
    most = max(MOST_BYTES, MOST_TIMES * path.stat().st_size)
    content = bytearray()
    with gzip.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > most:
                raise InstanceError(
                    f"{path} unpacks to more than {most / 2**20:,.0f} MiB, over {MOST_TIMES} times its size; "
                    "if it is no mistake, unpack it first"
                )
    return bytes(content)
