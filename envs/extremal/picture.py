"""A graph as text, and as a picture; the picture needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.drawing import circle, draw_edges, draw_nodes, prepare
from coplug.graphs.graph import Graph

from ..figure import rgb_array

SIZE = 6.0

HARMFUL = "#c0392b"
"""Colour of edges of forbidden cycles."""

_MAX_LINES = 60


def graph_text(graph: Graph, title: str) -> str:
    """Return the title and a line for each node with its neighbours, cut with a count after 60 nodes."""
    matrix = graph.adjacency()
    lines = [
        f"{node}: {' '.join(map(str, np.flatnonzero(row)))}".rstrip()
        for node, row in enumerate(matrix[:_MAX_LINES])
    ]
    more = [f"... and {graph.n_nodes - _MAX_LINES} more nodes"] if graph.n_nodes > _MAX_LINES else []
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
        place = circle(graph.n_nodes)
    prepare(axes, title)
    draw_edges(axes, place, graph.edges())
    if harmful is not None:
        draw_edges(axes, place, harmful, HARMFUL, 1.0)
    draw_nodes(axes, place)
