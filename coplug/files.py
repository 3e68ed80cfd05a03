"""Files that are either whole or not there, and lists of them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from coplug.errors import OutputError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; what was written there takes its place when the block succeeds.

    A reader, also one after a crash, sees the old file or the new one. The directory is created if missing.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if path.exists() and not path.is_file():
        raise OutputError(f"cannot write {path}: it is no regular file; choose another path")
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _make_durable(temporary)
        temporary.chmod(0o644)  # mkstemp makes files that only their owner can read
        temporary.replace(path)
        _make_durable(path.parent)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}; choose a writable path"
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def write_atomically(path: Path, data: bytes, *, overwrite: bool = True) -> None:
    """Write ``data`` to ``path`` through :func:`replacing`.

    Parameters
    ----------
    path : Path
    data : bytes
    overwrite : bool
        Replace a file that has other content; one that has the same content may always be replaced.

    Raises
    ------
    OutputError
        If the file cannot be written, or has other content and may not be replaced.
    """
    if not overwrite and path.is_file() and path.read_bytes() != data:
        raise OutputError(
            f"{path} is already there with other content; overwrite it or choose another directory"
        )
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def check_writable(path: Path, option: str = "") -> None:
    """See that a file can be written, before the work whose result it is for; its folder is created if missing.

    Parameters
    ----------
    path : Path
    option : str
        That named it, such as ``--log``, for messages.

    Raises
    ------
    OutputError
        If it cannot.
    """
    what = f"{option} {path}".lstrip()
    if path.exists() and not path.is_file():
        raise OutputError(f"{what} cannot be written: it is no regular file; choose another path")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent, prefix="."):
            pass
    except OSError as error:
        raise OutputError(
            f"{what} cannot be written: {error.strerror or error}; choose a writable path"
        ) from error


@contextlib.contextmanager
def appending(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Yield a function that adds to the end of a file; what it has written stands there also after a kill.

    Raises
    ------
    OutputError
        If the file cannot be written; what it held before is kept.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("ab", buffering=0))
        except OSError as error:
            raise _unwritten(path, error) from error

        def append(data: bytes) -> None:
            try:
                while data:
                    data = data[file.write(data) :]
            except OSError as error:
                raise _unwritten(path, error) from error

        yield append


def check_written(path: Path) -> None:
    """Add an empty line to a file that a library wrote, which may not have noticed a full disk.

    Raises
    ------
    OutputError
        If it cannot be added.
    """
    with appending(path) as append:
        append(b"\n")


def _unwritten(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {path}: {error.strerror or error}; what it holds is kept, the same command goes on from there"
    )


def make_directory(path: Path) -> None:
    """Create a directory and its parents where they are missing.

    Raises
    ------
    OutputError
        If it cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot create directory {path}: {error.strerror or error}; choose a writable path"
        ) from error


def visible(paths: Iterable[Path]) -> list[Path]:
    """Return the paths whose names do not begin with a dot, sorted.

    Hidden files are nobody's data: :func:`replacing` writes them, and a kill leaves them behind.
    """
    return sorted(path for path in paths if not path.name.startswith("."))


def _make_durable(path: Path) -> None:
    """Flush a file, or the entries of a directory, to the disk; directories cannot be opened on Windows."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
