"""Pictures in files, without a window and without pyplot's global state; they need the extra ``plot``."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coplug.errors import OutputError, UsageError
from coplug.files import replacing

SIZE = 6.0
"""Of a picture, both ways, in inches."""

SUFFIXES = (".png", ".pdf", ".svg")


def check_picture_path(path: Path) -> None:
    """Reject a picture before any work is done.

    Raises
    ------
    UsageError
        If its suffix names no format, or matplotlib is missing.
    OutputError
        If its directory does not exist.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"--plot {path}: expected a name that ends in {', '.join(SUFFIXES)}")
    if find_spec("matplotlib") is None:
        raise UsageError("--plot needs matplotlib: pip install 'coplug[plot]'")
    if not path.parent.is_dir():
        raise OutputError(f"--plot {path}: directory {path.parent} does not exist")


def save_figure(path: Path, draw: Callable[[Any], None]) -> None:
    """Write a picture, whole or not at all.

    Parameters
    ----------
    path : Path
        See :func:`check_picture_path`.
    draw : callable
        Called with matplotlib's axes.

    Raises
    ------
    UsageError, OutputError
        As :func:`check_picture_path`, and if the file cannot be written.
    """
    check_picture_path(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE, SIZE), dpi=100, layout="constrained")
    draw(figure.add_subplot())
    with replacing(path) as temporary:
        figure.savefig(temporary)
