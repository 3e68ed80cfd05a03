"""Print the tables of ``docs/results/gflownets.md`` from the rows in ``docs/data``; it measures nothing.

    python scripts/gflownet_tables.py [FOLDER]   # docs/data if not given

The rows are those of ``reproduce_opgfn.py``, each run's last one.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from math import log
from pathlib import Path
from statistics import mean, stdev

DATA = Path(__file__).resolve().parents[1] / "docs" / "data"
TASKS = {"grid-2x32": "32 x 32", "grid-3x8": "8 x 8 x 8", "grid-4x8": "8 x 8 x 8 x 8", "bag": "Bag"}
METHODS = {
    "op-tb": "order, TB",
    "op-db": "order, DB",
    "op-subtb": "order, SubTB",
    "op-fm": "order, FM",
    "tb-beta-1": "TB",
    "tb-beta-2": "TB, R^2",
    "tb-beta-4": "TB, R^4",
    "tb-beta-16": "TB, R^16",
    "tb-beta-64": "TB, R^64",
    "db": "DB",
    "subtb": "SubTB",
    "max-entropy": "maximum entropy",
    "ppo": "PPO",
    "random": "random actions",
}
FRONT_METHODS = ("op", "op-global", "op-aug", "random")

Rows = dict[tuple[str, str], list[dict[str, str]]]


def last_rows(path: Path) -> Rows:
    """Return the last row of each run, by task and method."""
    with path.open(newline="") as file:
        last = {(row["task"], row["method"], row["seed"]): row for row in csv.DictReader(file)}
    found: Rows = defaultdict(list)
    for (task, method, _), row in last.items():
        found[task, method].append(row)
    return found


def numbers(rows: list[dict[str, str]], name: str) -> list[float]:
    """Return a column."""
    return [float(row[name]) for row in rows]


def spread(values: list[float]) -> str:
    """Return mean and standard deviation over seeds."""
    return f"{mean(values):.2f} ± {stdev(values) if len(values) > 1 else 0.0:.2f}"


def orders(folder: Path) -> None:
    """Print how likely a best object is, and how many were built."""
    found = last_rows(folder / "gflownet-orders.csv")
    print("| method |", " | ".join(TASKS.values()), "|\n|---|" + "---|" * len(TASKS))
    for method, label in METHODS.items():
        print(f"| {label} |", " | ".join(order_cell(found[task, method]) for task in TASKS), "|")
    print()
    for task, label in TASKS.items():
        counts = sorted({len(found[task, method]) for method in METHODS})
        print(f"{label}: {counts} seeds")


def order_cell(rows: list[dict[str, str]]) -> str:
    """Return a cell of the table of one objective."""
    if not rows:
        return "-"
    return f"{spread(numbers(rows, 'best'))}; {mean(numbers(rows, 'modes_built')):.0f} of {rows[0]['modes']}"


def fronts(folder: Path) -> None:
    """Print how much of each front a sample has, and then each method's means over the tasks."""
    found = last_rows(folder / "gflownet-fronts.csv")
    tasks = list(dict.fromkeys(task for task, _ in found))
    heads = ("objectives", "points", "of a sample: share of the front, mean (least)", "hypervolume, least")
    others = ("built in training, mean", "entropy, at most", "random actions: share, hypervolume")
    print("\n|", " | ".join((*heads, *others)), "|\n|---|---|---|---|---|---|---|")
    for task in tasks:
        rows, drawn = found[task, "op"], found[task, "random"]
        if rows and drawn:
            share, n_points = numbers(rows, "sampled"), int(rows[0]["front_points"])
            print(
                f"| {task.replace('-', ', ')} | {n_points} | {mean(share):.3f} ({min(share):.3f}) "
                f"| {min(numbers(rows, 'hypervolume')):.4f} | {mean(numbers(rows, 'built')):.3f} "
                f"| {mean(numbers(rows, 'entropy')):.2f}, {log(n_points):.2f} "
                f"| {mean(numbers(drawn, 'sampled')):.3f}, {mean(numbers(drawn, 'hypervolume')):.4f} |"
            )
    columns = ("sampled", "hypervolume", "gd_plus", "igd_plus", "entropy")
    for k, size in ((2, "pairs"), (3, "triples"), (4, "all four")):
        print(f"\n| {size} | runs | share of the front | hypervolume | GD+ | IGD+ | entropy |")
        print("|---|---|---|---|---|---|---|")
        for method in FRONT_METHODS:
            rows = [row for task in tasks if task.count("-") == k - 1 for row in found[task, method]]
            if rows:
                cells = " | ".join(f"{mean(numbers(rows, name)):.4f}" for name in columns)
                print(f"| {method} | {len(rows)} | {cells} |")


def main() -> None:
    """Print all tables."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    orders(folder)
    fronts(folder)


if __name__ == "__main__":
    main()
