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
        for label, color, values in (
            ("primal bound", PRIMAL, [(time, primal) for time, primal, _ in points]),
            ("dual bound", DUAL, [(time, dual) for time, _, dual in points]),
        ):
            times, known = _known(values)
            axes.plot(
                times, known, drawstyle="steps-post", color=color, label=label, marker=".", markersize=3
            )
        axes.set_title(f"{report.instance}: {report.status}", fontsize=10, wrap=True)
        axes.set_xlabel("time in s")
        axes.set_ylabel(f"objective ({report.sense})")
        axes.legend()

    save_figure(path, draw, WIDTH)


def _known(values: Sequence[tuple[float, Number | None]]) -> tuple[list[float], list[Number]]:
    """Return times and bounds where these are finite."""
    known = [(time, value) for time, value in values if value is not None]
    return [time for time, _ in known], [value for _, value in known]
