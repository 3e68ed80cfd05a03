"""Pictures: a network, and the route of a packet in it beside the shortest one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.figures import save_figure
from coplug.graphs.drawing import CHOSEN, EDGE, NODE, draw_edges, draw_nodes, prepare
from coplug.report import Report

from .instance import RoutingInstance
from .network import Network
from .shortest import shortest_to

BEST = "#2e8b57"
"""Colour of the shortest route."""


def drawn_places(network: Network) -> NDArray[np.float64]:
    """Return where nodes are drawn, float64, shape (n_nodes, 2): within -1..1, around their middle."""
    place = network.positions - network.positions.mean(axis=0)
    scaled: NDArray[np.float64] = place / max(float(np.abs(place).max(initial=0.0)), 1e-12)
    return scaled


def draw_route(instance: RoutingInstance, report: Report, path: Path) -> None:
    """Draw the network; of one packet the route in red over the shortest in green, ends numbered."""
    network = instance.network
    number = {str(name): node for node, name in enumerate(network.names)}
    place = drawn_places(network)

    def draw(axes: Any) -> None:
        prepare(axes, _title(report))
        draw_edges(axes, place, network.edges)
        draw_nodes(axes, place, NODE if instance.origin is None else EDGE)
        if instance.origin is None or instance.dest is None:
            return
        _draw_path(axes, place, _shortest(instance), BEST, 4.0, "shortest")
        route = [number[str(name)] for name in report.extra["path"]]
        _draw_path(axes, place, route, CHOSEN, 1.6, "route")
        for node in (instance.origin, instance.dest):
            axes.plot(*place[node], "o", color=CHOSEN, markersize=7, zorder=4)
            axes.annotate(
                str(network.names[node]),
                place[node],
                xytext=(5, 5),
                textcoords="offset points",
                fontsize=9,
                zorder=5,
                bbox={"boxstyle": "round,pad=0.1", "color": "white", "alpha": 0.7},
            )
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="lower right", fontsize=8, frameon=False)

    save_figure(path, draw)


def _draw_path(axes: Any, place: Any, nodes: list[int], color: str, width: float, label: str) -> None:
    if nodes:
        axes.plot(*place[nodes].T, "-", color=color, linewidth=width, label=label, zorder=3)


def _shortest(instance: RoutingInstance) -> list[int]:
    assert instance.origin is not None
    assert instance.dest is not None
    following = shortest_to(instance.network.links, instance.dest)[1]
    nodes = [instance.origin]
    while nodes[-1] != instance.dest and following[nodes[-1]] >= 0:
        nodes.append(int(following[nodes[-1]]))
    return nodes if nodes[-1] == instance.dest else []


def _title(report: Report) -> str:
    extra = report.extra
    if "path" in extra:
        result = "there is no route" if extra["shortest"] is None else "the packet is lost"
        if extra["stretch"] is not None:
            result = f"stretch {extra['stretch']:.3f}"
        return f"{report.instance}: {extra['method']}, {result}"
    stretch = "" if extra["mean_stretch"] is None else f", mean stretch {extra['mean_stretch']:.3f}"
    return f"{report.instance}: {extra['method']}, delivery {extra['delivery']:.3f}{stretch}"
