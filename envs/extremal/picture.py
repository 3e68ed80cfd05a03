"""A graph as text, and as a picture; the picture needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.drawing import EDGE, NODE, draw_edges, draw_legend, draw_nodes, number_circle, prepare
from coplug.graphs.graph import Graph
from coplug.graphs.layout import Places, circle

from ..figure import rgb_array

SIZE = 6.0

HARMFUL, LAST, MISSING = "#c0392b", "#2e8b57", "#c4c4c4"
"""Colours of edges of forbidden cycles, of the pair flipped last, and of nodes that are not available yet."""

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


def draw_graph(
    graph: Graph, title: str, harmful: NDArray[np.int64], last: NDArray[np.int64], n_available: int
) -> NDArray[np.uint8]:
    """Return a picture of the graph on a circle, uint8, shape (600, 600, 3).

    Parameters
    ----------
    graph : Graph
    title : str
    harmful : int64, shape (n, 2)
        Edges to draw in red.
    last : int64, shape (0 or 1, 2)
        The pair flipped last, in green: dashed where its edge is gone.
    n_available : int
        Nodes that are not grey, the first ones.

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """

    def draw(figure: Any) -> None:
        axes, place = figure.add_subplot(), circle(graph.n_nodes)
        draw_on(axes, graph, title, harmful, place)
        added = graph.adjacency()[last[:, 0], last[:, 1]].astype(bool)
        draw_edges(axes, place, last[added], LAST, 2.0)
        draw_edges(axes, place, last[~added], LAST, 1.5, "--")
        draw_nodes(axes, place[n_available:], MISSING)
        number_circle(axes, place)
        missing = {"not available yet": MISSING} if n_available < graph.n_nodes else {}
        lines = {"edge": EDGE, "of a forbidden cycle": HARMFUL, "added": LAST}
        draw_legend(figure, missing, lines, {"removed": LAST})

    return rgb_array(SIZE, SIZE, draw)


def draw_on(
    axes: Any,
    graph: Graph,
    title: str,
    harmful: NDArray[np.int64] | None = None,
    place: Places | None = None,
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
    draw_edges(axes, place, graph.edges(), width=0.8)
    if harmful is not None:
        draw_edges(axes, place, harmful, HARMFUL, 1.2)
    draw_nodes(axes, place, NODE)
