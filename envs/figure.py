"""A matplotlib figure as an array of pixels, without a window and without pyplot's global state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.error import DependencyNotInstalled
from numpy.typing import NDArray

from coplug.extras import install_command

DPI = 100


def rgb_array(width: float, height: float, draw: Callable[[Any], None]) -> NDArray[np.uint8]:
    """Return a picture, uint8, shape (100 height, 100 width, 3).

    Parameters
    ----------
    width, height : float
        In inches, of 100 pixels each.
    draw : callable
        Called with the figure, which has no axes yet.

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise DependencyNotInstalled(
            f"rendering to rgb_array needs matplotlib: {install_command('plot')}"
        ) from error
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    canvas: Any = FigureCanvasAgg(figure)
    draw(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
