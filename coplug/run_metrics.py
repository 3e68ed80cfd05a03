"""What a training run leaves for others to read: its recipe's file, and what it measured epoch by epoch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from coplug.errors import OutputError, UsageError, in_one_line

RECIPE_FILE = "recipe.toml"
METRICS_FILE = "metrics.jsonl"

ENVIRONMENT_STEPS = "environment_steps"
"""The measurement of a learner that acts: steps that it acted so far, all epochs together."""

SAMPLES = "samples"
"""The measurement of a learner that labels its own examples: how many so far, all epochs together."""

COUNTED = (ENVIRONMENT_STEPS, SAMPLES)
"""Measurements that say how far a run is, of which it has one at most; what it has is its axis."""

BASELINE = "baseline_"
"""What the measurement of a baseline begins with; its name follows."""

COMPARED = ("return", "log_reward", "ratio")
"""Metrics of which a baseline's measurement may be the mean; a run has one of them."""

Row = dict[str, float]


def read_metrics(directory: Path) -> list[Row]:
    """Return what the epochs of a run measured, in their order; each names its ``epoch``, counted from 0.

    Raises
    ------
    UsageError
        If the directory holds no run.
    OutputError
        If its metrics cannot be read.
    """
    path = directory / METRICS_FILE
    if not path.is_file():
        raise UsageError(f"{directory} holds no run with {METRICS_FILE}; give the --out of coplug train")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"cannot read {path}: {in_one_line(error)}") from error
    return [_row(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]


def position(row: Mapping[str, float]) -> int:
    """Return where an epoch stands on the axis of the run: what is counted, else the epoch."""
    return int(next((row[name] for name in COUNTED if name in row), row["epoch"]))


def _row(line: str, where: str) -> Row:
    try:
        found = json.loads(line)
        row = {str(name): float(value) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise OutputError(f"{where} is damaged: {in_one_line(error)}; delete that line") from error
    if "epoch" not in row:
        raise OutputError(f"{where} names no epoch; delete that line")
    return row
