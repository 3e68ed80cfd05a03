"""Curves of training runs: means over seeds with their intervals, baselines as lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.evaluation.returns import half_width
from coplug.run_metrics import BASELINE, COMPARED, COUNTED, RECIPE_FILE, Row, read_metrics
from coplug.training.recipe_files import read_toml

AXES = (*COUNTED, "epoch", "time_s")

APART = frozenset({"seed", "out", "device", "jobs", "threads", "checkpoint_s", "keep_best", "keep_last"})
"""Keys in which runs of one curve may differ."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A metric of runs that differ in nothing but their seeds.

    Attributes
    ----------
    label : str
        In which keys of the recipe these runs differ from the others.
    n_runs : int
        How many runs.
    x : float64, shape (n_epochs,)
        Where the epochs stand, means over the runs; as many epochs as every run has.
    mean, half : float64, shape (n_epochs,)
        Mean over the runs, and half the width of its interval of 95 %, NaN for one run.
    baselines : mapping from str to float
        What baselines reach, means over the runs.
    """

    label: str
    n_runs: int
    x: NDArray[np.float64]
    mean: NDArray[np.float64]
    half: NDArray[np.float64]
    baselines: Mapping[str, float]


def curves(directories: Sequence[Path], metric: str = "", axis: str = "") -> tuple[str, str, list[Curve]]:
    """Return curves of runs, a curve for those that differ in nothing but their seeds.

    Parameters
    ----------
    directories : sequence of Path
        Run directories.
    metric : str
        Such as ``valid_return``; by default the first of the evaluation.
    axis : str
        One of :data:`AXES`; by default environment steps or samples where all runs have them, else epochs.

    Returns
    -------
    metric, axis : str
    curves : list of Curve

    Raises
    ------
    UsageError
        If a directory holds no run or no epoch, or a run lacks the metric or the axis.
    RecipeError, OutputError
        If a file of a run cannot be read.
    """
    runs = {directory: read_metrics(directory) for directory in dict.fromkeys(directories)}
    for directory, rows in runs.items():
        if not rows:
            raise UsageError(f"{directory} has finished no epoch yet")
    first = next(iter(runs.values()))[0]
    metric = metric or next((name for name in first if name.startswith("valid_")), "")
    axis = axis or next((name for name in COUNTED if all(name in rows[0] for rows in runs.values())), "epoch")
    for directory, rows in runs.items():
        _require(directory, rows, metric)
        _require(directory, rows, axis)
    recipes = {directory: _flat(read_toml(directory / RECIPE_FILE)) for directory in runs}
    groups: dict[tuple[tuple[str, str], ...], list[Path]] = {}
    for directory, recipe in recipes.items():
        groups.setdefault(tuple(sorted(recipe.items())), []).append(directory)
    labels = _labels([dict(key) for key in groups])
    return (
        metric,
        axis,
        [
            _curve(label, [runs[directory] for directory in members], metric, axis)
            for label, members in zip(labels, groups.values(), strict=True)
        ],
    )


def draw_curves(axes: Any, metric: str, axis: str, found: Sequence[Curve]) -> None:
    """Draw curves with bands, and their baselines as dashed lines, into matplotlib's axes."""
    for number, curve in enumerate(found):
        runs = f" ({curve.n_runs} seeds)" if curve.n_runs > 1 else ""
        axes.plot(curve.x, curve.mean, color=f"C{number}", label=(curve.label or "learned") + runs)
        if curve.n_runs > 1:
            low, high = curve.mean - curve.half, curve.mean + curve.half
            axes.fill_between(curve.x, low, high, color=f"C{number}", alpha=0.2, linewidth=0)
    for number, (name, value) in enumerate(_baselines(found, metric).items(), len(found)):
        axes.axhline(value, color=f"C{number}", linestyle="--", linewidth=1, label=name)
    axes.set_xlabel(axis.replace("_", " "))
    axes.set_ylabel(metric.replace("_", " "))
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)


def curves_csv(metric: str, axis: str, found: Sequence[Curve]) -> str:
    """Return curves as CSV: a row an epoch of a curve."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["curve", "runs", axis, metric, "half_width"])
    for curve in found:
        for x, mean, half in zip(curve.x, curve.mean, curve.half, strict=True):
            writer.writerow([curve.label or "learned", curve.n_runs, f"{x:g}", f"{mean:.6g}", f"{half:.6g}"])
    return text.getvalue()


def _require(directory: Path, rows: Sequence[Row], name: str) -> None:
    if any(name not in row for row in rows):
        raise UsageError(f"{directory} has no {name!r}; it has {', '.join(rows[0])}")


def _curve(label: str, runs: Sequence[Sequence[Row]], metric: str, axis: str) -> Curve:
    n = min(map(len, runs))
    values = np.array([[row[metric] for row in rows[:n]] for rows in runs])
    x = np.array([[row[axis] for row in rows[:n]] for rows in runs]).mean(axis=0)
    half = np.array([half_width(column) for column in values.T])
    names = [name for name in runs[0][0] if name.startswith(BASELINE)]
    baselines = {
        name.removeprefix(BASELINE): float(np.mean([rows[0].get(name, np.nan) for rows in runs]))
        for name in names
    }
    return Curve(label, len(runs), x, values.mean(axis=0), half, baselines)


def _baselines(found: Sequence[Curve], metric: str) -> dict[str, float]:
    """Return the baselines of a metric that they are measured by, of the first curve that has one of a name."""
    if metric.partition("_")[2] not in COMPARED:
        return {}
    return {name: value for curve in reversed(found) for name, value in curve.baselines.items()}


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the keys of a recipe that tell runs of different curves apart, dotted, and their values as text."""
    found: dict[str, str] = {}
    for key, value in table.items():
        if prefix == "" and key in APART:
            continue
        found |= (
            _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": str(value)}
        )
    return found


def _labels(recipes: Sequence[Mapping[str, str]]) -> list[str]:
    """Return for each recipe the keys in which it differs from another."""
    keys = sorted({key for recipe in recipes for key in recipe})
    apart = [key for key in keys if len({recipe.get(key) for recipe in recipes}) > 1 and key != "description"]
    return [", ".join(f"{key} {recipe[key]}" for key in apart if key in recipe) for recipe in recipes]
