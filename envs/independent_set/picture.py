"""An independent set that is being built, as text and as a picture; the picture needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.drawing import (
    CHOSEN,
    NODE,
    draw_edges,
    draw_legend,
    draw_nodes,
    number_nodes,
    numbers_fit,
    prepare,
)
from coplug.graphs.graph import Graph
from coplug.graphs.layout import Places
from coplug.problems.mis.construction import Left

from ..figure import rgb_array

SIZE = 6.0

OUT, EDGE, BLOCKING = "#c4c4c4", "#8a8a8a", "#e3a59d"
"""Colours of nodes that are neither in the set nor left, of edges between nodes that are left, and of edges that keep
a node out."""

_MAX_LINES = 60


def set_text(title: str, left: Left) -> str:
    """Return the title and a line with the neighbours of each node that is left, cut with a count after 60 nodes."""
    nodes = left.nodes.values
    ends = np.split(nodes[left.edges.values[:, 1]], np.cumsum(left.degrees)[:-1]) if len(nodes) else []
    lines = [
        f"{node}: {' '.join(map(str, np.sort(others)))}".rstrip()
        for node, others in zip(nodes[:_MAX_LINES].tolist(), ends, strict=False)
    ]
    more = [f"... and {len(nodes) - _MAX_LINES} more nodes"] if len(nodes) > _MAX_LINES else []
    return "\n".join([title, *lines, *more])


def draw_set(
    title: str, graph: Graph, place: Places, chosen: NDArray[np.bool_], left: Left
) -> NDArray[np.uint8]:
    """Return a picture, uint8, shape (600, 600, 3).

    Parameters
    ----------
    title : str
    graph : Graph
    place : float64, shape (n_nodes, 2)
        In the unit disc.
    chosen : bool, shape (n_nodes,)
    left : Left

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """
    return rgb_array(SIZE, SIZE, lambda figure: _draw(figure, title, graph, place, chosen, left))


def _draw(
    figure: Any, title: str, graph: Graph, place: Places, chosen: NDArray[np.bool_], left: Left
) -> None:
    axes, nodes = figure.add_subplot(), left.nodes.values
    prepare(axes, title)
    edges = graph.edges()
    draw_edges(axes, place, edges[chosen[edges].any(axis=1)], BLOCKING, 0.6)
    draw_edges(axes, place, nodes[left.edges.values], EDGE, 0.5)
    colours = np.full(graph.n_nodes, OUT, dtype=object)
    colours[nodes] = NODE
    colours[chosen] = CHOSEN
    draw_nodes(axes, place, list(colours))
    number_nodes(axes, place, np.arange(graph.n_nodes) if numbers_fit(place) else np.flatnonzero(chosen))
    kinds = {"in the set": CHOSEN, "left": NODE, "out": OUT}
    shown = {name: colour for name, colour in kinds.items() if colour in set(colours)}
    draw_legend(figure, shown, {"edge that keeps a node out": BLOCKING} if chosen.any() else {})
