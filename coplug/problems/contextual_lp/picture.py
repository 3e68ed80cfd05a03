"""Pictures of decisions for contexts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from coplug.figures import save_figure
from coplug.problems.contextual_lp.instance import ContextualInstance
from coplug.report import Report

BAR, LINE = "#2c7fb8", "#c0392b"
MOST_VARIABLES = 40


def draw(instance: ContextualInstance, report: Report, path: Path) -> None:
    """Draw the regrets where true costs are known; else predicted objectives, or the values of one decision."""
    regrets = report.extra["regrets"]
    objectives = np.array([value for value in report.extra["objectives"] if value is not None])
    if regrets:
        save_figure(path, lambda axes: _regrets(axes, np.array(regrets), report))
    elif len(objectives) > 1:
        save_figure(path, lambda axes: _objectives(axes, objectives, report))
    else:
        save_figure(path, lambda axes: _values(axes, report))


def _regrets(axes: Any, regrets: Any, report: Report) -> None:
    share = 100 * np.arange(1, len(regrets) + 1) / len(regrets)
    axes.step(np.sort(regrets), share, where="post", color=BAR)
    axes.axvline(regrets.mean(), color=LINE, linewidth=0.8, label=f"mean {regrets.mean():.4g}")
    axes.set(
        xlabel="regret: how much worse than the best decision at the true costs",
        ylabel="contexts with at most this regret, %",
        ylim=(0, 101),
        title=f"{Path(report.instance).name}, {report.extra['predictor']}\n"
        f"normalised regret {100 * report.extra['normalised_regret']:.2f} %",
    )
    axes.legend(loc="lower right")


def _objectives(axes: Any, objectives: Any, report: Report) -> None:
    axes.hist(objectives, bins=min(40, max(5, len(objectives) // 5)), color=BAR)
    axes.set(
        xlabel="predicted objective of the decision",
        ylabel="contexts",
        title=f"{Path(report.instance).name}, {report.extra['predictor']}\n{len(objectives)} decisions",
    )


def _values(axes: Any, report: Report) -> None:
    solution = report.solution if isinstance(report.solution, dict) else {}
    largest = sorted(solution.items(), key=lambda item: -abs(item[1]))[:MOST_VARIABLES]
    axes.barh([name for name, _ in largest], [value for _, value in largest], color=BAR)
    axes.invert_yaxis()
    axes.set(xlabel="value", title=f"{Path(report.instance).name}: values of the decision that are not 0")
