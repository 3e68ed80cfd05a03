"""Reading an instance file into a SCIP model, with one clear line when it cannot be read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import pyscipopt

from coplug.errors import InstanceError
from coplug.files import visible
from coplug.scip.messages import captured_errors
from coplug.scip.suffixes import MODEL_SUFFIXES

# SCIP refuses cut-off files of the other formats, or cannot know either.
_SUFFIXES_WITH_END = (".lp", ".pip")
_TAIL_BYTES = 1 << 16


def model_suffix(path: Path) -> str:
    """Return the format's suffix in lower case, without ``.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def read_model(path: Path) -> pyscipopt.Model:
    """Read an instance into a quiet SCIP model; the caller frees it.

    Raises
    ------
    InstanceError
        If the file is missing, empty, truncated, without the End of its format, of an unknown format, or cannot be
        parsed.
    """
    _check_file(path)
    model = pyscipopt.Model()
    model.hideOutput()
    try:
        with captured_errors() as errors:
            model.readProblem(str(path))
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        model.free()
        raise InstanceError(f"SCIP cannot read {path}: {errors.summary()}") from error
    if model.getNVars() == 0 and model.getNConss() == 0:
        model.free()
        raise InstanceError(f"{path} holds no variables and no constraints; is it a complete model file?")
    return model


def _check_file(path: Path) -> None:
    if not path.exists():
        raise InstanceError(f"instance file {path} does not exist")
    if path.is_dir():
        raise InstanceError(f"{path} is a directory; name one instance file")
    if model_suffix(path) not in MODEL_SUFFIXES:
        raise InstanceError(
            f"{path} is of no known format; expected {', '.join(MODEL_SUFFIXES)}, each also with .gz"
        )
    try:
        if path.stat().st_size == 0:
            raise InstanceError(f"{path} is empty")
        tail = _gzip_tail(path) if path.name.lower().endswith(".gz") else _plain_tail(path)
    except OSError as error:
        raise InstanceError(f"{path} cannot be read: {error.strerror or error}") from error
    if model_suffix(path) in _SUFFIXES_WITH_END and not _has_end(tail):
        raise InstanceError(
            f"{path} does not end with the line End: it may be cut off; if it is complete, add that line"
        )


def _plain_tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return file.read()


def _gzip_tail(path: Path) -> bytes:
    """Read to the checksum: SCIP would take what a truncated archive holds as the whole model."""
    tail = b""
    try:
        with gzip.open(path, "rb") as file:
            while chunk := file.read(1 << 20):
                tail = (tail + chunk)[-_TAIL_BYTES:]
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InstanceError(f"{path} is a damaged or truncated gzip file ({error})") from error
    return tail


def _has_end(tail: bytes) -> bool:
    """Tell whether the keyword End stands outside comments, which go from a backslash to the end of the line."""
    return any(b"end" in line.split(b"\\")[0].lower().split() for line in tail.splitlines())


def find_instances(paths: Sequence[Path]) -> tuple[str, ...]:
    """Return the instance files named by files and directories, sorted within each directory; hidden ones are none.

    Raises
    ------
    InstanceError
        If a path does not exist or a directory holds no instance.
    """
    found: list[str] = []
    for path in paths:
        if path.is_dir():
            files = [f for f in visible(path.iterdir()) if model_suffix(f) in MODEL_SUFFIXES]
            if not files:
                raise InstanceError(f"directory {path} holds no file with suffix {', '.join(MODEL_SUFFIXES)}")
            found.extend(str(f) for f in files)
        elif path.exists():
            found.append(str(path))
        else:
            raise InstanceError(f"instance {path} does not exist")
    return tuple(found)
