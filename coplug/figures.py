"""Pictures in files, without a window and without pyplot's global state; they need the extra ``plot``."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coplug.errors import UsageError
from coplug.extras import install_command
from coplug.files import check_writable, replacing

SIZE = 6.0
"""Of a picture, both ways, in inches."""

PANEL_WIDTH, PANEL_HEIGHT = 4.2, 3.8
"""Of one of several panels side by side, in inches."""

SUFFIXES = (".png", ".pdf", ".svg")

Draw = Callable[[Any], None]
"""Draws on matplotlib's axes."""


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


def save_figure(path: Path, draw: Draw, width: float = SIZE) -> None:
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
    _save(path, _figure([draw], width, SIZE))


def save_panels(path: Path, draws: Sequence[Draw]) -> None:
    """Write a picture of several panels side by side; see :func:`save_figure`."""
    _save(path, _figure(draws, PANEL_WIDTH * len(draws), PANEL_HEIGHT))


def panels_svg(draws: Sequence[Draw]) -> str:
    """Return panels side by side as an ``<svg>`` element for a page, the same text for the same picture.

    Raises
    ------
    UsageError
        If matplotlib is missing.
    """
    figure = _figure(draws, PANEL_WIDTH * len(draws), PANEL_HEIGHT)
    import matplotlib as mpl

    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "coplug"}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]


def _figure(draws: Sequence[Draw], width: float, height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UsageError(f"pictures need matplotlib: {install_command('plot')}") from error

    figure = Figure(figsize=(width, height), dpi=100, layout="constrained")
    for draw, axes in zip(draws, figure.subplots(1, len(draws), squeeze=False)[0], strict=True):
        draw(axes)
    return figure


def _save(path: Path, figure: Any) -> None:
    with replacing(path) as temporary:
        figure.savefig(temporary)
