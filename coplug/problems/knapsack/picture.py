"""Pictures of solved knapsacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from coplug.figures import save_figure
from coplug.problems.knapsack.instance import KnapsackInstance
from coplug.report import Report

POINT, STAIRS, CHOSEN, LEFT = "#c0392b", "#7f8c8d", "#c0392b", "#bdc3c7"


def draw(instance: KnapsackInstance, report: Report, path: Path) -> None:
    """Draw the points of two objectives, a line for each point of more, or the items of a single objective."""
    drawers = {1: _draw_items, 2: _draw_plane}
    drawer = drawers.get(len(instance.objectives), _draw_lines)
    save_figure(path, lambda axes: drawer(axes, instance, report))


def _points(report: Report) -> Any:
    return np.array([point["objectives"] for point in report.extra["front"]], np.float64)


def _title(report: Report) -> str:
    n_points, method = report.extra["n_points"], report.extra["method"]
    words = "complete front" if report.extra["complete"] else "best known points"
    return f"{Path(report.instance).name}\n{words}, {n_points} in all, {method}"


def _draw_plane(axes: Any, instance: KnapsackInstance, report: Report) -> None:
    points = _points(report)  # by the first objective from the best down: the line first goes left, then up
    axes.step(points[:, 0], points[:, 1], where="post", color=STAIRS, linewidth=0.8)
    axes.scatter(points[:, 0], points[:, 1], s=12, color=POINT, zorder=3)
    axes.set(xlabel=instance.objectives[0], ylabel=instance.objectives[1], title=_title(report))


def _draw_lines(axes: Any, instance: KnapsackInstance, report: Report) -> None:
    """Draw each point as a line over the objectives, each as a share of its best."""
    points = _points(report)
    axes.plot((points / np.maximum(points.max(axis=0), 1e-300)).T, color=POINT, alpha=0.3, linewidth=0.8)
    axes.set_xticks(range(len(instance.objectives)), instance.objectives)
    axes.set(ylabel="share of the best", title=_title(report))


def _draw_items(axes: Any, instance: KnapsackInstance, report: Report) -> None:
    knapsack = instance.knapsack
    chosen = {str(name) for name in report.extra["front"][0]["items"]}
    share = (knapsack.weights / np.maximum(knapsack.capacities[:, None], 1)).max(axis=0)
    colours = [CHOSEN if str(name) in chosen else LEFT for name in instance.items]
    axes.scatter(share, knapsack.profits[0] * float(instance.units[0]), s=12, color=colours)
    axes.set(
        xlabel="weight as a share of the capacity",
        ylabel="profit",
        title=f"{Path(report.instance).name}\n{len(chosen)} items worth {report.objective}",
    )
