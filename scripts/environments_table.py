"""Print the leaderboard of ``docs/results/environments.md`` from the rows in ``docs/data``; it measures nothing.

    python scripts/environments_table.py

The rows come from ``bench_environments.py`` (steps a second), ``bench_baselines.py``, ``bench_ppo.py`` (coplug's PPO)
and ``learn_with_sb3.py`` (MaskablePPO).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean, stdev

DATA = Path(__file__).resolve().parents[1] / "docs" / "data"
COLUMNS = (
    "id",
    "random",
    "by a rule",
    "best known",
    "coplug's policy",
    "MaskablePPO",
    "its steps, CPU s",
    "steps a CPU s: one, 64",
)
RULES = ("min-degree", "greedy", "pseudocost", "roll-outs")
BEST = ("best", "strong-branching")
KNOWN = {
    "coplug/Extremal16-v0": "28 (proved)",
    "coplug/Extremal64-v0": "230 (known)",
    "coplug/HyperGrid-v0": "2.6",
}
SHIPPED = "auctions-gcnn"

Table = list[dict[str, str]]


def rows(name: str) -> Table:
    """Return the rows of a file of ``docs/data``."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def leaderboard() -> list[str]:
    """Return the lines of the table."""
    baselines, trained = rows("environments-baselines.csv"), rows("ppo.csv")
    speeds = {
        (row["kind"], row["environment"]): row["steps_a_cpu_second"] for row in rows("environments-speed.csv")
    }
    lines = [_line(COLUMNS), "|" + "---|" * len(COLUMNS)]
    for row in rows("maskable-ppo.csv"):
        id_ = row["environment"]
        found = {line["policy"]: line for line in baselines if line["environment"] == id_}
        own = [
            float(line["return"])
            for line in trained
            if line["environment"] == id_ and line["learner"] == "coplug"
        ]
        cells = [
            f"`{id_}`",
            _first(found, ("random",), _with_error) or _both(row["random"], row["random_error"]),
            _first(found, RULES, _named),
            _first(found, BEST, _named) or KNOWN.get(id_, ""),
            _over_seeds(own) or _first(found, (SHIPPED,), _named),
            _both(row["learned"], row["learned_error"]),
            f"{int(row['steps']):,}, {float(row['cpu_s']):.0f}",
            ", ".join(f"{int(speeds[key, id_]):,}" for key in ("single", "batch") if (key, id_) in speeds),
        ]
        lines.append(_line(cells))
    return lines


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell or "-" for cell in cells) + " |"


def _first(
    found: dict[str, dict[str, str]], names: tuple[str, ...], shown: Callable[[dict[str, str]], str]
) -> str:
    return next((shown(found[name]) for name in names if name in found), "")


def _with_error(line: dict[str, str]) -> str:
    return _both(line["return"], line["error"])


def _both(value: str, error: str) -> str:
    digits = 3 if abs(float(value)) < 1.0 else 2
    return f"{float(value):,.{digits}f} ± {float(error):,.{digits}f}"


def _named(line: dict[str, str]) -> str:
    name = {"best": "proved" if line["optimal"] == "1" else "not proved"}.get(line["policy"], line["policy"])
    return f"{_with_error(line)} ({name})"


def _over_seeds(returns: list[float]) -> str:
    if len(returns) < 2:
        return ""
    return f"{mean(returns):.2f} ± {stdev(returns):.2f} ({len(returns)} seeds)"


if __name__ == "__main__":
    print("\n".join(leaderboard()))
