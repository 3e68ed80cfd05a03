"""Measure what baselines return in each environment: that the return depends on the action, and what there is to beat.

All baselines of an id act in episodes of the same seeds (``coplug evaluate`` does the same for one id), and in
``Configuring`` the settings that were best and worst in ``bench_settings.py`` too, on other instances than there. The
table has mean returns with intervals of 95 %, and beside them that of the difference to ``random`` on the same seeds.

    python scripts/bench_returns.py [ID ...] [--seeds 50]
    python scripts/bench_returns.py --show

Rows go to docs/data/environments-returns.csv; ids that are there are not measured again.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

import coplug.envs  # noqa: F401 # registers
from coplug.evaluation.environments import evaluate_environment
from coplug.evaluation.returns import mean_of

IDS = (
    "coplug/PrimalSearch-v1",
    "coplug/PrimalSearch-v2",
    "coplug/Configuring-v0",
    "coplug/Configuring-v1",
    "coplug/Branching-v1",
    "coplug/IndependentSet-ER20-v0",
    "coplug/IndependentSet-ER50-v0",
    "coplug/IndependentSet-RB-tiny-v0",
    "coplug/IndependentSet-RB-small-v0",
    "coplug/Extremal16-v0",
)

SETTINGS = {"best of bench_settings": 6, "worst of bench_settings": 3}
"""Of independent sets of 150 nodes, by their number there."""

FIRST_SEED = 100

DATA = Path(__file__).parent.parent / "docs" / "data" / "environments-returns.csv"

FIELDS = ("environment", "policy", "seed", "return")

Row = dict[str, str]


def returns(name: str, n_seeds: int) -> Iterator[Row]:
    """Yield a row for each baseline and seed."""
    seeds = range(FIRST_SEED, FIRST_SEED + n_seeds)
    found = dict(evaluate_environment(name, seeds=seeds).returns)
    if "Configuring" in name:
        found |= {label: fixed(name, number, seeds) for label, number in SETTINGS.items()}
    for policy, values in found.items():
        for seed, value in zip(seeds, values, strict=True):
            yield dict(zip(FIELDS, (name, policy, str(seed), f"{value:.6g}"), strict=True))


def fixed(name: str, number: int, seeds: Sequence[int]) -> list[float]:
    """Return the returns of a setting of ``bench_settings.py``."""
    env: Any = gymnasium.make(name)
    env.action_space.seed(0)
    action = [env.action_space.sample() for _ in range(number)][-1]
    found = []
    for seed in seeds:
        env.reset(seed=seed)
        found.append(float(env.step(action)[1]))
    env.close()
    return found


def show(rows: Sequence[Row]) -> None:
    """Print the table of the documentation."""
    print("| id | policy | return | more than random |")
    print("|---|---|---|---|")
    for name in dict.fromkeys(row["environment"] for row in rows):
        of_name = [row for row in rows if row["environment"] == name]
        found = {
            policy: np.array([float(row["return"]) for row in of_name if row["policy"] == policy])
            for policy in dict.fromkeys(row["policy"] for row in of_name)
        }
        for policy, values in found.items():
            more = "" if policy == "random" else _interval(values - found["random"])
            print(f"| `{name}` | {policy} | {_interval(values)} | {more} |")


def _interval(values: np.ndarray) -> str:
    mean = mean_of(values)
    half = mean.high - mean.value
    digits = 0 if half >= 5 else 2 if half >= 0.05 else 3
    return f"{mean.value:,.{digits}f} ± {half:,.{digits}f}"


def main() -> None:
    """Measure or show."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("ids", nargs="*", default=IDS, metavar="ID")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--show", action="store_true", help="show what was measured before")
    options = parser.parse_args()
    rows = _measured()
    there = {row["environment"] for row in rows}
    for name in options.ids:
        if options.show or name in there:
            continue
        rows += returns(name, options.seeds)
        with DATA.open("w", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"measured: {name}", flush=True)
    show(rows)


def _measured() -> list[Row]:
    if not DATA.exists():
        return []
    with DATA.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
