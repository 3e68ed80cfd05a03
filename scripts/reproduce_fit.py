"""What ``coplug fit`` makes of eight families that nobody helps by hand, on instances that it has not seen.

    python scripts/reproduce_fit.py generate|fit|bench [--families setcover,...] [--budget 30m] [--runs runs/fit]
    python scripts/reproduce_fit.py table

For each family 30 instances are drawn to fit and 15 more to judge, with rows, columns and names shuffled. ``fit`` runs
``coplug fit`` on one core; ``bench`` solves the unseen instances under two seeds in turn, CPU clock, with SCIP as it
comes, with the fitted settings alone, with the fitted policy, and, where the zoo has one, with the policy that was
made by hand. Rows go to ``docs/data/fit-FAMILY.csv`` as they come, and what the fit decided to ``fit-FAMILY.json``.
``table`` reads these alone. Every stage goes on where it ended; a few families a day are enough.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from coplug.comparison import Plan, objective_mismatches, read_runs, run_plan
from coplug.comparison.bootstrap import Interval
from coplug.comparison.page import Table
from coplug.comparison.pairs import Pairs
from coplug.documents import read_object
from coplug.errors import OutputError
from coplug.families import generate_instances
from coplug.files import write_atomically
from coplug.inference.bundles import ENVIRONMENT
from coplug.problems.milp.files import write_instance
from coplug.problems.milp.shuffle import shuffled

DATA = Path(__file__).parent.parent / "docs" / "data"
PARTS = {"train": (30, 1), "test": (15, 2)}
"""Of each family: how many instances, and their root seed."""
SEEDS = (0, 1)
LIMIT_S = 300.0


@dataclass(frozen=True)
class Drawn:
    """How a family is drawn: sizes that SCIP solves in about 3 to 30 s, and the policy of the zoo for it."""

    size: str = "easy"
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    zoo: str = ""


FAMILIES = {
    "setcover": Drawn(zoo="setcover-gcnn"),
    "auctions": Drawn(parameters={"n_items": 150, "n_bids": 750}, zoo="auctions-gcnn"),
    "independent_set": Drawn(zoo="independent_set-gcnn"),
    "facilities": Drawn(parameters={"n_customers": 60, "n_facilities": 60}, zoo="facilities-gcnn"),
    "generalised_assignment": Drawn(),
    "lot_sizing": Drawn(),
    "p_median": Drawn(),
    "network_design": Drawn(),
}


def generate(family: str, runs: Path) -> None:
    """Draw the instances of both parts."""
    drawn = FAMILIES[family]
    for part, (count, seed) in PARTS.items():
        folder = runs / family / part
        folder.mkdir(parents=True, exist_ok=True)
        for k, one in enumerate(generate_instances(family, count, seed, drawn.size, drawn.parameters)):
            instance = shuffled(one.instance, np.random.default_rng([seed, k]))
            write_instance(instance, folder / f"{family}-{part}-{k:02d}.mps.gz")


def fit(family: str, runs: Path, budget: str) -> None:
    """Fit, or go on."""
    folder = runs / family
    if not (folder / "train").is_dir():
        generate(family, runs)
    out = folder / f"fit-{family}"
    command = [
        sys.executable,
        "-m",
        "coplug",
        "fit",
        str(folder / "train"),
        "--out",
        str(out),
        "--budget",
        budget,
    ]
    subprocess.run(command, check=True)
    state = read_object(folder / f"fit-{family}.fit" / "round-01" / "state.json", "fit again", OutputError)
    config = out / "config.json"
    fitted = read_object(config, "fit again", OutputError)["fitted"] if config.exists() else None
    kept = {"family": family, "budget": budget, "spent_s": state["spent_s"], "fitted": fitted}
    write_atomically(DATA / f"fit-{family}.json", (json.dumps(kept, indent=1) + "\n").encode())


def bench(family: str, runs: Path) -> None:
    """Solve the unseen instances."""
    folder = runs / family
    os.environ[ENVIRONMENT] = str(folder)
    fitted = folder / f"fit-{family}"
    if not fitted.is_dir():
        raise SystemExit(f"{family} is not fitted yet")
    own = (f"none@{fitted.name}", fitted.name) if (fitted / "config.json").exists() else ()
    zoo = (FAMILIES[family].zoo,) if FAMILIES[family].zoo else ()
    plan = Plan(
        instances=tuple(map(str, sorted((folder / "test").glob("*.mps.gz")))),
        policies=("none", *own, *zoo),
        seeds=SEEDS,
        time_limit_s=LIMIT_S,
    )
    out = DATA / f"fit-{family}.csv"
    made = run_plan(plan, out, on_run=lambda run: print(run, flush=True))
    print("\n".join(objective_mismatches(made)) or "all optimal objectives agree within 1e-6")


def table() -> None:
    """Print what the rows say."""
    rows: list[tuple[str, ...]] = []
    ratios: dict[str, list[float]] = {"settings": [], "policy": []}
    for family in FAMILIES:
        path = DATA / f"fit-{family}.csv"
        if not path.exists():
            continue
        made = read_runs(path)
        policies = tuple(dict.fromkeys(run.policy for run in made))
        pairs = Pairs.of(made, policies)
        found = dict(zip(policies, pairs.time_ratios(), strict=True))
        one = Interval(1.0, 1.0, 1.0)
        settings, policy = found.get(f"none@fit-{family}", one), found.get(f"fit-{family}", one)
        zoo = found.get(FAMILIES[family].zoo)
        against = "-" if zoo is None else f"{policy.value / zoo.value:.2f}"
        lost = int(np.count_nonzero(pairs.solved[:, 0] & ~pairs.solved[:, -1]))
        cells = (str(len(pairs)), str(settings), str(policy), str(zoo or "-"), against, str(lost))
        rows.append((family, *cells))
        ratios["settings"].append(settings.value)
        ratios["policy"].append(policy.value)
    head = ("family", "runs", "settings alone", "fitted", "zoo", "fitted / zoo", "lost")
    print(Table(head, rows).markdown())
    for name, values in ratios.items():
        print(f"{name}: geometric mean over {len(values)} families {_geometric_mean(values):.3f}")


def _geometric_mean(values: Sequence[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=("generate", "fit", "bench", "table"))
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--budget", default="30m")
    parser.add_argument("--runs", type=Path, default=Path("runs/fit"))
    arguments = parser.parse_args()
    if arguments.stage == "table":
        table()
        return
    for family in arguments.families.split(","):
        if arguments.stage == "generate":
            generate(family, arguments.runs)
        elif arguments.stage == "fit":
            fit(family, arguments.runs, arguments.budget)
        else:
            bench(family, arguments.runs)


if __name__ == "__main__":
    main()
