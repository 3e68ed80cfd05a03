"""The bounds of all runs of a race over time, and who found what, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coplug.figures import save_figure
from coplug.report import Report
from coplug.scip.bounds_picture import frame_bounds
from coplug.scip.progress import finite
from coplug.scip.race.outcome import Outcome

WIDTH = 9.0
"""In inches."""


def draw_race(outcomes: Sequence[Outcome], report: Report, path: Path) -> None:
    """Draw how the bounds of the runs met, or did not.

    Parameters
    ----------
    outcomes : sequence of Outcome
        With their histories.
    report : Report
        Of the whole race.
    path : Path
        See :func:`coplug.figures.save_figure`, as for what is raised.
    """

    def draw(axes: Any) -> None:
        for outcome in outcomes:
            _plot_run(axes, outcome)
        frame_bounds(axes, [*_bounds(outcomes), (report.objective, report.bound)])
        axes.set_title(
            f"{report.instance}: {report.status}, {report.details['race']}", fontsize=10, wrap=True
        )
        axes.set_xlabel("time in s")
        axes.set_ylabel(f"objective ({report.sense})")
        axes.plot([], [], color="gray", label="primal bound")
        axes.plot([], [], color="gray", linestyle=":", label="dual bound")
        axes.plot([], [], color="gray", marker="*", linestyle="", label="solution passed on")
        axes.legend(fontsize=8)

    save_figure(path, draw, WIDTH)


def _plot_run(axes: Any, outcome: Outcome) -> None:
    """Draw both bounds of a run as steps, and a star for each solution that was better than all others."""
    color = f"C{(outcome.number - 1) % 10}"
    steps: dict[str, Any] = {"drawstyle": "steps-post", "color": color}
    primal = [(s.time_s, finite(s.primal_bound)) for s in outcome.snapshots]
    dual = [(s.time_s, finite(s.dual_bound)) for s in outcome.snapshots]
    axes.plot(*_known(primal), label=outcome.title, **steps)
    axes.plot(*_known(dual), linestyle=":", **steps)
    axes.plot(*_known(outcome.finds), color=color, linestyle="", marker="*", markersize=9)


def _known(points: Sequence[tuple[float, float | None]]) -> tuple[list[float], list[float]]:
    known = [(time_s, value) for time_s, value in points if value is not None]
    return [time_s for time_s, _ in known], [value for _, value in known]


def _bounds(outcomes: Sequence[Outcome]) -> list[tuple[float | None, float | None]]:
    return [(finite(s.primal_bound), finite(s.dual_bound)) for outcome in outcomes for s in outcome.snapshots]
