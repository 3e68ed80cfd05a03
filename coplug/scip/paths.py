"""Paths as SCIP gets them: PySCIPOpt passes UTF-8 on, whatever the locale."""

from __future__ import annotations

import os
from pathlib import Path


def scip_path(path: Path) -> str | None:
    """Return a path that PySCIPOpt can pass to SCIP, None for one whose bytes are not UTF-8.

    In the C locale Python may hold the bytes of a path that is not ASCII as surrogates.
    """
    try:
        return os.fsencode(path).decode()
    except UnicodeDecodeError:
        return None
