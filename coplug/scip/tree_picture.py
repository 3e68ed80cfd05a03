"""The search tree drawn by matplotlib."""

from __future__ import annotations

from typing import Any

import numpy as np

from coplug.scip.tree import TreeNode, children_of

_POINTS_PER_INCH = 72

Places = dict[int, tuple[float, float]]
"""Column and depth of each node, by number."""

COLORS = {
    "branched": "#35618f",
    "open": "#d9a441",
    "current": "#c0392b",
    "cut off": "#9a9a9a",
    "feasible": "#3f8f4f",
}
"""Fill of the nodes by kind."""

_LEAST_NUMBERED = 13.0  # points across
_MAX_LABELLED = 25


def draw_nodes(figure: Any, axes: Any, nodes: dict[int, TreeNode]) -> None:
    """Draw a tree into matplotlib's axes, the only ones of a figure.

    Parameters
    ----------
    figure, axes
    nodes : dict of int to TreeNode
        By number; may be empty.
    """
    axes.set_axis_off()
    if not nodes:
        return
    places = layout(nodes)
    ends = [
        (places[node.parent], places[node.number], (np.nan, np.nan))  # the NaN lifts the pen
        for node in nodes.values()
        if node.parent in places
    ]
    line = np.array(ends).reshape(-1, 2)
    axes.plot(line[:, 0], -line[:, 1], color="0.6", linewidth=0.8, zorder=1)
    diameter = _diameter(places, *figure.get_size_inches())
    kinds = {node.kind for node in nodes.values()}
    for kind, color in COLORS.items():
        if kind not in kinds:
            continue
        points = np.array([places[n.number] for n in nodes.values() if n.kind == kind]).reshape(-1, 2)
        axes.scatter(points[:, 0], -points[:, 1], s=diameter**2, linewidths=0, color=color, zorder=2)
        axes.scatter([], [], s=60, color=color, label=kind)
    if diameter >= _LEAST_NUMBERED:
        _write_numbers(axes, nodes, places)
    if len(nodes) <= _MAX_LABELLED:
        _write_changes(axes, nodes, places)
    figure.legend(loc="outside lower center", ncols=len(kinds), fontsize=8, frameon=False)
    axes.margins(0.05)


def _diameter(places: Places, figure_width: float, figure_height: float) -> float:
    """Return how large nodes can be, in points, without hiding each other and the edges."""
    width = max(column for column, _ in places.values()) + 1
    height = max(depth for _, depth in places.values()) + 1
    spacing = min(figure_width / width, 0.85 * figure_height / height) * _POINTS_PER_INCH
    return float(np.clip(0.7 * spacing, 2.0, 20.0))


def _write_numbers(axes: Any, nodes: dict[int, TreeNode], places: Places) -> None:
    for number in nodes:
        x, y = places[number]
        axes.text(x, -y, str(number), color="white", fontsize=7, ha="center", va="center", zorder=3)


def _write_changes(axes: Any, nodes: dict[int, TreeNode], places: Places) -> None:
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    for node in nodes.values():
        if node.parent not in places or not node.change:
            continue
        (x0, y0), (x1, y1) = places[node.parent], places[node.number]
        share = 0.38 if x1 < x0 else 0.62  # the labels of siblings stand at different heights
        x, y = x0 + share * (x1 - x0), y0 + share * (y1 - y0)
        axes.text(x, -y, node.change, fontsize=7, ha="center", va="center", zorder=3, bbox=box)


def layout(nodes: dict[int, TreeNode]) -> Places:
    """Return the place of each node: leaves side by side, parents above the middle of their children.

    Returns
    -------
    dict of int to (float, float)
        Column and depth by number.
    """
    children = children_of(nodes.values())
    column: dict[int, float] = {}
    n_leaves = 0
    stack = list(reversed(children.get(None, [])))
    while stack:
        node = stack[-1]
        below = children.get(node.number, [])
        waiting = [child for child in below if child.number not in column]
        if waiting:
            stack.append(waiting[0])
            continue
        stack.pop()
        if below:
            column[node.number] = sum(column[child.number] for child in below) / len(below)
        else:
            column[node.number] = float(n_leaves)
            n_leaves += 1
    return {number: (place, float(nodes[number].depth)) for number, place in column.items()}
