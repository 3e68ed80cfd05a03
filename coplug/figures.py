"""Pictures in files, without a window and without pyplot's global state; they need the extra ``plot``."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coplug.errors import UsageError
from coplug.extras import install_command
from coplug.files import check_writable, replacing

SIZE = 6.0
"""Of a picture, both ways, in inches."""

SUFFIXES = (".png", ".pdf", ".svg")


def check_picture_path(path: Path, option: str = "--plot") -> None:
    """Reject a picture, whose path an option named, before any work is done.

    Raises
    ------
    UsageError
        If its suffix names no format, or matplotlib is missing.
    OutputError
        If it cannot be written; its directory is created if missing.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"{option} {path}: expected a name that ends in {', '.join(SUFFIXES)}")
    if find_spec("matplotlib") is None:
        raise UsageError(f"{option} needs matplotlib: {install_command('plot')}")
    check_writable(path, option)


def save_figure(path: Path, draw: Callable[[Any], None], width: float = SIZE) -> None:
    """Write a picture, whole or not at all.

    Parameters
    ----------
    path : Path
        See :func:`check_picture_path`.
    draw : callable
        Called with matplotlib's axes.
    width : float
        In inches.

    Raises
    ------
    UsageError, OutputError
        If matplotlib is missing, or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(f"pictures need matplotlib: {install_command('plot')}") from error

    figure = Figure(figsize=(width, SIZE), dpi=100, layout="constrained")
    draw(figure.add_subplot())
    with replacing(path) as temporary:
        figure.savefig(temporary)
