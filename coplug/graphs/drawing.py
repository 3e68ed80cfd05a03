"""A graph on matplotlib axes; whoever calls has imported matplotlib."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

NODE, CHOSEN, EDGE = "#35618f", "#c0392b", "#7a7a7a"
"""Colours of nodes and edges, and of nodes that are in a set."""


def circle(n: int) -> NDArray[np.float64]:
    """Return n places on a circle, shape (n, 2), the first on top and the others clockwise."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / max(n, 1)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def prepare(axes: Any, title: str) -> None:
    """Leave nothing on the axes but a title."""
    axes.set_title(title, fontsize=9)
    axes.set_axis_off()
    axes.set_aspect("equal")


def draw_edges(
    axes: Any, place: NDArray[np.float64], edges: NDArray[np.integer], color: str = EDGE, width: float = 0.6
) -> None:
    """Draw lines between places; edges are integers, shape (n_edges, 2)."""
    ends = np.full((len(edges), 3, 2), np.nan)  # the NaN lifts the pen
    ends[:, :2] = place[edges]
    line = ends.reshape(-1, 2)
    axes.plot(line[:, 0], line[:, 1], color=color, linewidth=width, zorder=1)


def draw_nodes(axes: Any, place: NDArray[np.float64], color: str | Sequence[str] = NODE) -> None:
    """Draw a dot at each place, all of one colour or each of its own."""
    size = max(4, 600 / max(len(place), 1))
    axes.scatter(place[:, 0], place[:, 1], s=size, color=color, zorder=2)
