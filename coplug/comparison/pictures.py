"""A comparison as pictures: performance profile, runs against runs, means with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.comparison.bootstrap import Interval
from coplug.comparison.pairs import Pairs
from coplug.figures import Draw
from coplug.report import Sense

COLOURS = ("#7a828c", "#1f4e8c", "#c8702a", "#4f8f6b", "#8a5a9e", "#b23a48", "#2f8f9d", "#9a8a2e")
"""Of the policies, the first of the reference; from the beginning again where there are more."""

_FINE = {"color": "#e6e8ea", "linewidth": 0.8}


def time_panels(pairs: Pairs) -> list[Draw]:
    """Return the panels of a comparison by time."""
    return [partial(_profile, pairs), partial(_scatter, pairs), partial(_time_means, pairs)]


def value_panels(pairs: Pairs, sense: Sense) -> list[Draw]:
    """Return the panels of a comparison by values reached in equal time."""
    return [
        partial(_value_profile, pairs, sense),
        partial(_value_scatter, pairs),
        partial(_value_means, pairs, sense),
    ]


def _profile(pairs: Pairs, axes: Any) -> None:
    """Draw which share of the runs each policy solved within a factor of the fastest one's time."""
    factors = pairs.time_factors()
    finite = factors[np.isfinite(factors)]
    last = max(2.0, float(finite.max(initial=1.0)) * 1.1)
    for policy, colour, column in _columns(pairs, factors):
        axes.step(*_steps(column, 1.0, last), where="post", color=colour, label=policy)
    axes.set_xscale("log", base=2)
    axes.set_xlim(1.0, last)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _frame(axes, "Performance profile", "time over the fastest", "share of runs solved")
    axes.set_ylim(0.0, 1.02)
    axes.legend(loc="lower right", fontsize=8, frameon=False)


def _scatter(pairs: Pairs, axes: Any) -> None:
    """Draw each run's time against that of the reference; hollow where one did not solve."""
    from matplotlib.ticker import LogLocator, NullFormatter

    times = np.maximum(pairs.times, 1e-2)
    for k, colour in _others(pairs):
        whole = pairs.solved[:, 0] & pairs.solved[:, k]
        for mask, face in ((whole, colour), (~whole, "none")):
            axes.scatter(times[mask, 0], times[mask, k], s=16, edgecolors=colour, facecolors=face, alpha=0.8)
    low, high = times.min(initial=1.0) * 0.8, times.max(initial=1.0) * 1.25
    axes.plot([low, high], [low, high], color="#b0b5bb", linewidth=1.0, zorder=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    _frame(axes, "Run against run", f"{pairs.policies[0]}, time in s", "the others, time in s")


def _time_means(pairs: Pairs, axes: Any) -> None:
    _intervals(axes, pairs, pairs.time_ratios(), 1.0)
    _frame(axes, "Shifted mean time, 95 % interval", f"over that of {pairs.policies[0]}", "")


def _value_profile(pairs: Pairs, sense: Sense, axes: Any) -> None:
    short = 100.0 * pairs.shortfalls(sense)
    last = max(1e-3, float(short[np.isfinite(short)].max(initial=0.0)) * 1.05)
    for policy, colour, column in _columns(pairs, short):
        axes.step(*_steps(column, 0.0, last), where="post", color=colour, label=policy)
    axes.set_xlim(0.0, last)
    axes.set_ylim(0.0, 1.02)
    _frame(axes, "Values reached", "within % of the best", "share of runs")
    axes.legend(loc="lower right", fontsize=8, frameon=False)


def _value_scatter(pairs: Pairs, axes: Any) -> None:
    values = pairs.objectives
    for k, colour in _others(pairs):
        axes.scatter(values[:, 0], values[:, k], s=16, color=colour, alpha=0.8)
    known = values[np.isfinite(values)]
    if known.size:
        ends = [float(known.min()), float(known.max())]
        axes.plot(ends, ends, color="#b0b5bb", linewidth=1.0, zorder=0)
    _frame(axes, "Run against run", f"{pairs.policies[0]}, objective", "the others, objective")


def _value_means(pairs: Pairs, sense: Sense, axes: Any) -> None:
    percent = [Interval(100.0 * i.value, 100.0 * i.low, 100.0 * i.high) for i in pairs.mean_shortfalls(sense)]
    _intervals(axes, pairs, percent, 0.0)
    _frame(axes, "Mean distance, 95 % interval", "% short of the best", "")


def _intervals(axes: Any, pairs: Pairs, intervals: Sequence[Interval], neutral: float) -> None:
    """Draw a bar and an interval for each policy, the first at the top."""
    largest = max((interval.high for interval in intervals), default=1.0)
    for k, interval in enumerate(intervals):
        colour = _colour(k)
        axes.barh(k, interval.value, color=colour, alpha=0.35, height=0.6)
        axes.plot([interval.low, interval.high], [k, k], color=colour, linewidth=2.0)
        end = np.nanmax([interval.high, interval.value, neutral if k == 0 else 0.0])
        axes.text(end + 0.03 * largest, k, f"{interval.value:.3g}", color=colour, fontsize=8, va="center")
    axes.axvline(neutral, color="#b0b5bb", linewidth=1.0)
    if np.isfinite(largest) and largest > 0.0:
        axes.set_xlim(0.0, 1.2 * largest)
    axes.set_yticks(range(len(intervals)), pairs.policies, fontsize=8)
    axes.invert_yaxis()


def _steps(values: NDArray[np.float64], first: float, last: float) -> tuple[list[float], list[float]]:
    """Return the distribution function of values as steps from ``first`` to ``last``."""
    known = np.sort(values[np.isfinite(values)])
    n = max(len(values), 1)
    shares = np.arange(1, len(known) + 1) / n
    return [first, *known.tolist(), last], [0.0, *shares.tolist(), len(known) / n]


def _columns(pairs: Pairs, table: NDArray[np.float64]) -> list[tuple[str, str, NDArray[np.float64]]]:
    return [(policy, _colour(k), table[:, k]) for k, policy in enumerate(pairs.policies)]


def _others(pairs: Pairs) -> list[tuple[int, str]]:
    return [(k, _colour(k)) for k in range(1, len(pairs.policies))]


def _colour(k: int) -> str:
    return COLOURS[k % len(COLOURS)]


def _frame(axes: Any, title: str, x: str, y: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xlabel(x, fontsize=9)
    axes.set_ylabel(y, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(**_FINE)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
