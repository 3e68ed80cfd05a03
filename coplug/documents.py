"""JSON documents read as a type, so that what is damaged or foreign ends in one line that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec

from coplug.errors import CoplugError

T = TypeVar("T")


def parsed(data: bytes | str, kind: type[T]) -> T:
    """Return a JSON document as ``kind``.

    Parameters
    ----------
    data : bytes or str
    kind : type
        A dataclass, or any type that ``msgspec`` checks; ranges are ``Annotated[int, msgspec.Meta(ge=0)]``. Keys that
        a dataclass does not have are passed over.

    Raises
    ------
    ValueError
        If it is no JSON, is cut off, nests too deeply, or has another type; the text says where.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error


def read_document(path: Path, kind: type[T], remedy: str, error: type[CoplugError]) -> T:
    """Read a JSON file as ``kind``; see :func:`parsed`.

    Parameters
    ----------
    path : Path
    kind : type
    remedy : str
        What to do about a damaged file, such as ``delete it``.
    error : type of CoplugError
        What is raised.

    Raises
    ------
    CoplugError
        Of that type, if the file cannot be read or holds something else.
    """
    try:
        return parsed(path.read_bytes(), kind)
    except OSError as failure:
        raise error(f"{path} cannot be read: {failure.strerror or failure}; {remedy}") from failure
    except ValueError as failure:
        raise error(f"{path} is damaged ({failure}); {remedy}") from failure
