"""The text of a model file as SCIP gets it: unpacked, in UTF-8, without a byte-order mark, under a path it can open."""

from __future__ import annotations

import codecs
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from coplug.errors import InstanceError
from coplug.scip.paths import scip_path

_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def clean_text(content: bytes, path: Path) -> bytes:
    """Return a file's text in UTF-8 without its byte-order mark; what is not UTF-8 is taken for Latin-1.

    Only names have letters beyond ASCII, so a guess of the encoding decides how they are shown, and no more.

    Raises
    ------
    InstanceError
        If the text is in UTF-16.
    """
    if content.startswith(_WIDE_MARKS):
        raise InstanceError(f"{path} is text in UTF-16, expected UTF-8 or ASCII; convert it")
    text = content.removeprefix(codecs.BOM_UTF8)
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1").encode()
    return text


@contextmanager
def readable_path(path: Path, content: bytes, text: bytes, suffix: str) -> Iterator[str]:
    """Yield a path at which SCIP finds ``text``: the file's own, or that of a copy, which is deleted again."""
    own = scip_path(path)
    if text is content and own is not None:
        yield own
        return
    with tempfile.TemporaryDirectory(prefix="coplug-") as directory:
        name = path.name.partition(".")[0]
        copy = Path(directory) / f"{name if name.isascii() and name else 'model'}{suffix}"
        copy.write_bytes(text)
        yield os.fspath(copy)
