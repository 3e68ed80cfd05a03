"""An independent set that is being built, as text and as a picture; the picture needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.drawing import CHOSEN, NODE, circle, draw_edges, draw_nodes, prepare
from coplug.graphs.graph import Graph
from coplug.problems.mis.construction import Left

from ..figure import rgb_array

SIZE = 6.0

GONE, EDGE = "#d0d0d0", "#9a9a9a"
"""Colours of nodes that are neither in the set nor left, and of edges between nodes that are left."""

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


def draw_set(title: str, graph: Graph, chosen: NDArray[np.bool_], left: Left) -> NDArray[np.uint8]:
    """Return a picture on a circle, uint8, shape (600, 600, 3).

    Parameters
    ----------
    title : str
    graph : Graph
    chosen : bool, shape (n_nodes,)
    left : Left

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """
    return rgb_array(SIZE, SIZE, lambda _, axes: _draw(axes, title, graph, chosen, left))


def _draw(axes: Any, title: str, graph: Graph, chosen: NDArray[np.bool_], left: Left) -> None:
    place, nodes = circle(graph.n_nodes), left.nodes.values
    prepare(axes, title)
    draw_edges(axes, place, nodes[left.edges.values], EDGE, 0.3)
    colours = np.full(graph.n_nodes, GONE, dtype=object)
    colours[nodes] = NODE
    colours[chosen] = CHOSEN
    draw_nodes(axes, place, list(colours))
