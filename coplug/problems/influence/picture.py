"""Pictures: the spread by number of seeds, and small graphs with their seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from coplug.figures import SIZE, save_figure
from coplug.graphs.drawing import CHOSEN, NODE, draw_edges, draw_nodes
from coplug.graphs.layout import springs
from coplug.problems.influence.instance import InfluenceInstance
from coplug.report import Report

DRAWN_NODES = 200
"""Graphs up to this size are drawn beside the curve."""

CONFIDENCE = 1.96
"""Standard errors on either side of a mean that make an interval of 95 %."""


def draw_spread(instance: InfluenceInstance, report: Report, path: Path) -> None:
    """Draw the spread by number of seeds with an interval of 95 %, and a small graph with its seeds in red."""
    is_small = instance.graph.n_nodes <= DRAWN_NODES

    def draw(axes: Any) -> None:
        _draw_curve(axes, report)
        if is_small:
            left, right = axes.figure.add_gridspec(1, 2)
            axes.set_subplotspec(left)
            _draw_graph(axes.figure.add_subplot(right), instance, report)

    save_figure(path, draw, SIZE * (2 if is_small else 1))


def _draw_curve(axes: Any, report: Report) -> None:
    means = np.array(report.extra["curve"]["spread"])
    errors = CONFIDENCE * np.array(report.extra["curve"]["standard_error"])
    number = np.arange(len(means))
    axes.fill_between(number, means - errors, means + errors, color=NODE, alpha=0.3, linewidth=0)
    axes.plot(number, means, color=NODE)
    axes.set_xlabel("seeds")
    axes.set_ylabel("spread")
    axes.set_title(
        f"{report.instance}: {report.extra['method']}, {report.extra['diffusion']['model']}", fontsize=9
    )


def _draw_graph(axes: Any, instance: InfluenceInstance, report: Report) -> None:
    graph = instance.graph
    seeds = {str(name) for name in (*report.extra["seeds"], *report.extra["given"])}
    place = springs(graph)
    axes.set_axis_off()
    axes.set_aspect("equal")
    draw_edges(axes, place, graph.edges())
    draw_nodes(axes, place, [CHOSEN if str(name) in seeds else NODE for name in graph.names])
