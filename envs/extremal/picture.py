"""A graph as text, and as a picture; the picture needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.problems.extremal.graph import Graph

from ..figure import rgb_array

SIZE = 6.0

NODE, EDGE, HARMFUL = "#35618f", "#7a7a7a", "#c0392b"
"""Colours of nodes, edges, and edges of forbidden cycles."""

_MAX_LINES = 60


def graph_text(graph: Graph, title: str) -> str:
    """Return the title and a line for each node with its neighbours, cut with a count after 60 nodes."""
    matrix = graph.adjacency()
    lines = [
        f"{node}: {' '.join(map(str, np.flatnonzero(row)))}".rstrip()
        for node, row in enumerate(matrix[:_MAX_LINES])
    ]
    more = [f"... and {graph.n - _MAX_LINES} more nodes"] if graph.n > _MAX_LINES else []
    return "\n".join([title, *lines, *more])


def draw_graph(graph: Graph, title: str, harmful: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return a picture of the graph on a circle, uint8, shape (600, 600, 3).

    Parameters
    ----------
    graph : Graph
    title : str
    harmful : int64, shape (n, 2)
        Edges to draw in red.

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """
    return rgb_array(SIZE, SIZE, lambda _, axes: draw_on(axes, graph, title, harmful))


def circle(n: int) -> NDArray[np.float64]:
    """Return n places on a circle, shape (n, 2), the first on top and the others clockwise."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(n) / max(n, 1)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def draw_on(
    axes: Any,
    graph: Graph,
    title: str,
    harmful: NDArray[np.int64] | None = None,
    place: NDArray[np.float64] | None = None,
) -> None:
    """Draw a graph on matplotlib axes, by default on a circle.

    Parameters
    ----------
    axes : matplotlib axes
    graph : Graph
    title : str
    harmful : int64, shape (n, 2), optional
        Edges to draw in red.
    place : float64, shape (n_nodes, 2), optional
    """
    if place is None:
        place = circle(graph.n)
    axes.set_title(title, fontsize=9)
    axes.set_axis_off()
    axes.set_aspect("equal")
    red = harmful if harmful is not None else graph.edges[:0]
    for edges, color, width in ((graph.edges, EDGE, 0.6), (red, HARMFUL, 1.0)):
        ends = np.full((len(edges), 3, 2), np.nan)  # the NaN lifts the pen
        ends[:, :2] = place[edges]
        line = ends.reshape(-1, 2)
        axes.plot(line[:, 0], line[:, 1], color=color, linewidth=width, zorder=1)
    axes.scatter(place[:, 0], place[:, 1], s=max(4, 600 / max(graph.n, 1)), color=NODE, zorder=2)
