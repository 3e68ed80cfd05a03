"""Seeds and what they reach, as text and as a picture; the picture needs matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.drawing import CHOSEN, NODE, draw_edges, draw_nodes, prepare
from coplug.graphs.graph import Graph
from coplug.graphs.layout import circle
from coplug.problems.influence.building import Building

from ..figure import rgb_array

SIZE = 6.0

APART = "#d0d0d0"
"""Colour of nodes that are reached in less than half of the worlds."""


def seeds_text(graph: Graph, building: Building) -> str:
    """Return two lines: how far the seeds spread, and which they are."""
    seeds = " ".join(str(node) for node in building.seeds) or "none"
    return f"{_title(graph, building)}\nseeds: {seeds}"


def draw_seeds(graph: Graph, building: Building) -> NDArray[np.uint8]:
    """Return a picture on a circle, uint8, shape (600, 600, 3); nodes that are mostly reached are blue, seeds red.

    Raises
    ------
    DependencyNotInstalled
        If matplotlib is missing.
    """

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        place = circle(graph.n_nodes)
        prepare(axes, _title(graph, building))
        draw_edges(axes, place, graph.edges(), width=0.3)
        colours = np.where(building.reached() >= 0.5, NODE, APART).astype(object)
        colours[building.seeds] = CHOSEN
        draw_nodes(axes, place, list(colours))

    return rgb_array(SIZE, SIZE, draw)


def _title(graph: Graph, building: Building) -> str:
    return f"{len(building.seeds)} seeds reach {building.spread:.2f} of {graph.n_nodes} nodes"
