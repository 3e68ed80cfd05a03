"""Measure how much SCIP's settings matter on a family: what `coplug/Configuring-v0` is made of.

Random settings of the environment's default parameters, and SCIP's own, solve the same instances of a family, which are
drawn as everywhere. Of each solve the row has what the rewards count: LP iterations, nodes and CPU seconds. Shown
are, of geometric means over the instances, the ratio of the worst to the best setting, that of SCIP's own to the best,
and how much of the variance of the logarithm the settings explain that is left when each instance's mean is taken off.

    python scripts/bench_settings.py [FAMILY ...] [--settings 15] [--instances 8]
    python scripts/bench_settings.py --show

Rows go to docs/data/configuring-spread.csv; families that are there are not measured again.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

import coplug.envs  # noqa: F401 # registers
from coplug.envs.scip.baselines import scip_defaults
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.families.facilities import FacilityLocation
from coplug.problems.milp.families.independent_set import IndependentSet
from coplug.problems.milp.families.multiple_knapsack import MultipleKnapsack
from coplug.problems.milp.families.setcover import SetCover

FAMILIES: dict[str, Any] = {
    "auctions, 40 items, 150 bids": CombinatorialAuction(n_items=40, n_bids=150),
    "set cover, 100 rows, 200 columns": SetCover(n_rows=100, n_columns=200),
    "set cover, 150 rows, 300 columns": SetCover(n_rows=150, n_columns=300),
    "facilities, 20 customers, 15 places": FacilityLocation(n_customers=20, n_facilities=15),
    "independent set, 150 nodes": IndependentSet(n_nodes=150),
    "independent set, 60 nodes, Erdos-Renyi 0.25": IndependentSet(n_nodes=60, erdos_renyi=True),
    "multiple knapsack, 30 items, 4 knapsacks": MultipleKnapsack(n_items=30, n_knapsacks=4),
    "multiple knapsack, 40 items, 4 knapsacks": MultipleKnapsack(n_items=40, n_knapsacks=4),
    "multiple knapsack, 60 items, 6 knapsacks": MultipleKnapsack(n_items=60, n_knapsacks=6),
}

TIME_LIMIT_S = 60.0

DATA = Path(__file__).parent.parent / "docs" / "data" / "configuring-spread.csv"

FIELDS = ("family", "instance", "setting", "lp_iterations", "nodes", "time_s")

MEASURES = FIELDS[3:]


def solves(family: str, n_instances: int, n_settings: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each instance and setting; setting 0 is SCIP's own."""
    env: Any = gymnasium.make(
        "coplug/Configuring-v1",
        instance=FAMILIES[family],
        reward="lp-iterations",
        scip_params={"limits/time": TIME_LIMIT_S},
    ).unwrapped
    env.action_space.seed(0)
    settings = [scip_defaults(env, None, np.random.default_rng(0))]
    settings += [env.action_space.sample() for _ in range(n_settings)]
    for instance in range(n_instances):
        for number, setting in enumerate(settings):
            env.reset(seed=instance)
            begin = time.process_time()
            _, reward, *_, info = env.step(setting)
            spent = time.process_time() - begin
            yield dict(
                zip(
                    FIELDS,
                    (family, instance, number, round(-reward), info["n_nodes"], round(spent, 4)),
                    strict=True,
                )
            )
    env.close()


def table(rows: Sequence[dict[str, Any]], family: str, measure: str) -> NDArray[np.float64]:
    """Return the logarithm of a measure, shape (n_instances, n_settings)."""
    found = {
        (int(r["instance"]), int(r["setting"])): float(r[measure]) for r in rows if r["family"] == family
    }
    n_instances, n_settings = (1 + max(key[axis] for key in found) for axis in (0, 1))
    values = np.array([[found[i, s] for s in range(n_settings)] for i in range(n_instances)])
    logs: NDArray[np.float64] = np.log(np.maximum(values, 1.0 if measure != "time_s" else 1e-3))
    return logs


def summary(logs: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return worst over best setting, SCIP's own over the best, and the share of variance that settings explain."""
    means = logs.mean(axis=0)
    within = logs - logs.mean(axis=1, keepdims=True)
    share = within.mean(axis=0).var() / max(within.var(), 1e-12)
    return float(np.exp(np.ptp(means))), float(np.exp(means[0] - means.min())), float(share)


def show(rows: Sequence[dict[str, Any]]) -> None:
    """Print the table of the documentation."""
    print("| family | LP iterations | worst : best | SCIP's : best | share | nodes | CPU time, s |")
    print("|---|---|---|---|---|---|---|")
    for family in dict.fromkeys(row["family"] for row in rows):
        logs = {measure: table(rows, family, measure) for measure in MEASURES}
        found = {measure: summary(values) for measure, values in logs.items()}
        own = np.exp(logs["lp_iterations"][:, 0].mean())
        seconds = np.exp(logs["time_s"][:, 0].mean())
        worst, best, share = found["lp_iterations"]
        nodes, spent = found["nodes"][0], found["time_s"][0]
        print(
            f"| {family} | {own:,.0f} | {worst:.1f} | {best:.2f} | {share:.0%} | {nodes:.1f} | "
            f"{seconds:.2f}, {spent:.1f} |"
        )


def main() -> None:
    """Measure or show."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument(
        "families", nargs="*", default=list(FAMILIES), metavar="FAMILY", help="all by default"
    )
    parser.add_argument("--settings", type=int, default=15)
    parser.add_argument("--instances", type=int, default=8)
    parser.add_argument("--show", action="store_true", help="show what was measured before")
    options = parser.parse_args()
    rows = _measured()
    there = {row["family"] for row in rows}
    for family in options.families:
        if options.show or family in there:
            continue
        rows += solves(family, options.instances, options.settings)
        with DATA.open("w", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"measured: {family}", flush=True)
    show(rows)


def _measured() -> list[dict[str, Any]]:
    if not DATA.exists():
        return []
    with DATA.open(newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
