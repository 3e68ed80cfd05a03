"""JSON documents read as a type, so that what is damaged or foreign ends in one line that names the file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from coplug.errors import CoplugError

T = TypeVar("T")

Natural = Annotated[int, msgspec.Meta(ge=0)]
"""A whole number of at least 0."""


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
    return _read(path, lambda data: parsed(data, kind), remedy, error)


def read_object(path: Path, remedy: str, error: type[CoplugError]) -> dict[str, Any]:
    """Read a JSON file that holds one object of any keys, none of them twice; NaN is read as Python writes it.

    Parameters
    ----------
    path, remedy, error
        See :func:`read_document`.

    Raises
    ------
    CoplugError
        Of that type, if the file cannot be read or holds something else.
    """
    return _read(path, _parsed_object, remedy, error)


def _parsed_object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data.decode(), object_pairs_hook=_with_unique_keys)
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"expected a JSON object, found a {type(found).__name__}")
    return found


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {key!r} occurs twice")
    return found


def _read(path: Path, parse: Callable[[bytes], T], remedy: str, error: type[CoplugError]) -> T:
    try:
        return parse(path.read_bytes())
    except OSError as failure:
        raise error(f"{path} cannot be read: {failure.strerror or failure}; {remedy}") from failure
    except ValueError as failure:
        raise error(f"{path} is damaged ({failure}); {remedy}") from failure
