"""The primal and the dual bound of a solve over time, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coplug.figures import save_figure
from coplug.report import Number, Report
from coplug.scip.progress import Snapshot, finite

WIDTH = 9.0
"""In inches."""

_NEAR = 0.25  # of the last bounds

PRIMAL, DUAL = "#c0392b", "#35618f"


def draw_bounds(history: Sequence[Snapshot], report: Report, path: Path) -> None:
    """Draw how the bounds of a solve met, or did not.

    Parameters
    ----------
    history : sequence of Snapshot
        In the order of time.
    report : Report
        How the solve ended.
    path : Path
        See :func:`coplug.figures.save_figure`, as for what is raised.
    """
    end = (report.time_s, report.objective, report.bound)
    points = [(s.time_s, finite(s.primal_bound), finite(s.dual_bound)) for s in history] + [end]

    def draw(axes: Any) -> None:
        plot_bounds(axes, points)
        axes.set_title(f"{report.instance}: {report.status}", fontsize=10, wrap=True)
        axes.set_xlabel("time in s")
        axes.set_ylabel(f"objective ({report.sense})")

    save_figure(path, draw, WIDTH)


def plot_bounds(axes: Any, points: Sequence[tuple[float, Number | None, Number | None]]) -> None:
    """Plot both bounds as steps, with a legend.

    Parameters
    ----------
    axes : matplotlib axes
    points : sequence of (float, number or None, number or None)
        When, and the primal and the dual bound since then; None for no bound.
    """
    for label, color, values in (
        ("primal bound", PRIMAL, [(time, primal) for time, primal, _ in points]),
        ("dual bound", DUAL, [(time, dual) for time, _, dual in points]),
    ):
        times, known = _known(values)
        axes.plot(times, known, drawstyle="steps-post", color=color, label=label, marker=".", markersize=3)
    axes.legend()


def frame_bounds(axes: Any, bounds: Sequence[tuple[Number | None, Number | None]]) -> None:
    """Limit the objective's axis to what is near the last bounds: the first ones are often far off."""
    last = [value for value in bounds[-1] if value is not None] if bounds else []
    if not last:
        return
    reach = max(_NEAR * max(map(abs, last)), max(last) - min(last))
    near = [
        value
        for pair in bounds
        for value in pair
        if value is not None and min(last) - reach <= value <= max(last) + reach
    ]
    room = max(0.05 * (max(near) - min(near)), 1e-3 * max(map(abs, near)), 1e-6)
    axes.set_ylim(min(near) - room, max(near) + room)


def _known(values: Sequence[tuple[float, Number | None]]) -> tuple[list[float], list[Number]]:
    """Return times and bounds where these are finite."""
    known = [(time, value) for time, value in values if value is not None]
    return [time for time, _ in known], [value for _, value in known]
