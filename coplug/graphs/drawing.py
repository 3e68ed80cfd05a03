"""A graph on matplotlib axes; whoever calls has imported matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.layout import Places

NODE, CHOSEN, EDGE = "#35618f", "#c0392b", "#7a7a7a"
"""Colours of nodes and edges, and of nodes that are in a set."""

NOTHING: Mapping[str, str] = MappingProxyType({})

_RADIUS = 185.0  # of the unit disc in a square picture of six inches, in points
_LARGEST, _SMALLEST = 19.0, 2.0
_LEAST_NUMBERED = 10.0


def prepare(axes: Any, title: str) -> None:
    """Leave nothing on the axes but a title."""
    axes.set_title(title, fontsize=10)
    axes.set_axis_off()
    axes.set_aspect("equal")
    axes.margins(0.08)


def draw_edges(
    axes: Any,
    place: Places,
    edges: NDArray[np.integer],
    color: str = EDGE,
    width: float = 0.6,
    style: str = "-",
) -> None:
    """Draw lines between places; edges are integers, shape (n_edges, 2). The more they are, the fainter."""
    ends = np.full((len(edges), 3, 2), np.nan)  # the NaN lifts the pen
    ends[:, :2] = place[edges]
    line = ends.reshape(-1, 2)
    opacity = min(1.0, max(0.12, 12.0 / np.sqrt(max(len(edges), 1))))
    axes.plot(line[:, 0], line[:, 1], style, color=color, linewidth=width, alpha=opacity, zorder=1)


def diameter(place: Places) -> float:
    """Return how large nodes can be, in points, without hiding each other."""
    nearest = [1.0]
    if len(place) > 1:
        nearest = [np.partition(np.linalg.norm(place - point, axis=1), 1)[1] for point in place]
    return float(np.clip(0.8 * _RADIUS * np.median(nearest), _SMALLEST, _LARGEST))


def draw_nodes(axes: Any, place: Places, color: str | Sequence[str] = NODE) -> None:
    """Draw a dot at each place, all of one colour or each of its own."""
    if len(place):
        axes.scatter(place[:, 0], place[:, 1], s=diameter(place) ** 2, color=color, linewidths=0, zorder=2)


def number_nodes(axes: Any, place: Places, which: NDArray[np.integer]) -> None:
    """Write the numbers of some nodes into their dots, if these are large enough, else beside them."""
    size = diameter(place) if len(place) else 0.0
    inside = size >= _LEAST_NUMBERED
    for node in which.tolist():
        x, y = place[node]
        if inside:
            axes.text(
                x, y, str(node), color="white", fontsize=0.45 * size, ha="center", va="center", zorder=3
            )
        else:
            axes.annotate(
                str(node),
                (x, y),
                xytext=(0, 0.5 * size + 1),
                textcoords="offset points",
                fontsize=7,
                ha="center",
                va="bottom",
                zorder=3,
                bbox={"boxstyle": "round,pad=0.05", "facecolor": "white", "edgecolor": "none", "alpha": 0.7},
            )


def numbers_fit(place: Places) -> bool:
    """Tell whether the numbers of all nodes can be read."""
    return len(place) > 0 and diameter(place) >= _LEAST_NUMBERED


def number_circle(axes: Any, place: Places) -> None:
    """Write the numbers of nodes on a circle into their dots, or outside of it, every so many if they are too many."""
    if numbers_fit(place):
        number_nodes(axes, place, np.arange(len(place)))
        return
    every, distance = 1 + len(place) // 100, 9.0
    for node in range(0, len(place), every):
        axes.annotate(
            str(node),
            place[node],
            xytext=distance * place[node],
            textcoords="offset points",
            color="0.3",
            fontsize=6,
            ha="center",
            va="center",
            zorder=3,
        )


def draw_legend(
    figure: Any, nodes: Mapping[str, str], lines: Mapping[str, str], dashed: Mapping[str, str] = NOTHING
) -> None:
    """Say below the axes what colours mean.

    Parameters
    ----------
    figure : matplotlib figure
    nodes, lines, dashed : mapping of str to str
        Colour by what it means.
    """
    from matplotlib.lines import Line2D

    kinds: list[tuple[Mapping[str, str], dict[str, Any]]] = [
        (nodes, {"marker": "o", "linestyle": ""}),
        (lines, {}),
        (dashed, {"linestyle": "--"}),
    ]
    handles = [
        Line2D([], [], color=color, label=label, **style)
        for of_kind, style in kinds
        for label, color in of_kind.items()
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(len(handles), 5), fontsize=8, frameon=False
    )
