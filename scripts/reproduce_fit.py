"""What ``coplug fit`` makes of eight families that nobody helps by hand, on instances that it has not seen.

    python scripts/reproduce_fit.py generate|fit|bench [--families setcover,...] [--budget 30m] [--runs runs/fit]
    python scripts/reproduce_fit.py table [--picture docs/images/fit-families.png]

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
from typing import Any

import numpy as np

from coplug.comparison import Plan, objective_mismatches, read_runs, run_plan
from coplug.comparison.bootstrap import Interval
from coplug.comparison.page import Table
from coplug.comparison.pairs import Pairs
from coplug.documents import read_object
from coplug.errors import OutputError
from coplug.families import generate_instances
from coplug.figures import save_figure
from coplug.files import write_atomically
from coplug.fitting.known import taken_by
from coplug.inference.bundles import ENVIRONMENT
from coplug.measurement import TIME_SHIFT_S, shifted_geometric_mean
from coplug.problems.milp.files import write_instance
from coplug.problems.milp.shuffle import shuffled

DATA = Path(__file__).parent.parent / "docs" / "data"
PARTS = {"train": (30, 1), "test": (15, 2)}
"""Of each family: how many instances, and their root seed."""
SEEDS = (0, 1)
LIMIT_S = 300.0
BARS = {
    "settings": ("settings alone", "tab:blue"),
    "fitted": ("what the fit ships", "tab:orange"),
    "zoo": ("policy made by hand", "tab:gray"),
}
"""Labels and colours of what is drawn of a family."""


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
    "p_median": Drawn(size="medium"),
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
    kept = {"family": family, "budget": budget, "spent_s": state["spent_s"], **_shipped(out)}
    write_atomically(DATA / f"fit-{family}.json", (json.dumps(kept, indent=1) + "\n").encode())


def _shipped(out: Path) -> dict[str, Any]:
    """Return what a fit decided, and which instances that are not its own its fingerprint takes."""
    if not (out / "config.json").exists():
        return {"fitted": None, "takes": None}
    config = read_object(out / "config.json", "fit again", OutputError)
    taken = taken_by(config["fingerprint"])
    takes = {"miplib": list(taken.miplib), "families": list(taken.families)}
    return {"fitted": config["fitted"], "takes": takes}


def _kept(family: str) -> dict[str, Any]:
    return read_object(DATA / f"fit-{family}.json", f"fit {family} again", OutputError)


def bench(family: str, runs: Path) -> None:
    """Solve the unseen instances."""
    folder = runs / family
    os.environ[ENVIRONMENT] = str(folder)
    fitted = folder / f"fit-{family}"
    if not fitted.is_dir():
        raise SystemExit(f"{family} is not fitted yet")
    shipped = _kept(family)["fitted"]
    winner = "scip" if shipped is None else shipped["decision"]["winner"]
    own = {"scip": (), "settings": (fitted.name,), "policy": (f"none@{fitted.name}", fitted.name)}[winner]
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


@dataclass(frozen=True)
class Judged:
    """What the rows of a family say.

    Attributes
    ----------
    n_runs : int
    scip_s : float
        1-shifted geometric mean.
    settings, fitted : Interval
        Time against SCIP as it comes; 1 where the fit left SCIP as it is.
    zoo : Interval or None
    n_lost : int
        Runs that SCIP as it comes solved, and the fitted policy did not.
    """

    n_runs: int
    scip_s: float
    settings: Interval
    fitted: Interval
    zoo: Interval | None
    n_lost: int

    @classmethod
    def of(cls, family: str) -> Judged | None:
        """Read a family's rows; None where there are none."""
        path = DATA / f"fit-{family}.csv"
        if not path.exists():
            return None
        made = read_runs(path)
        policies = tuple(dict.fromkeys(run.policy for run in made))
        pairs = Pairs.of(made, policies)
        found = dict(zip(policies, pairs.time_ratios(), strict=True))
        fitted = found.get(f"fit-{family}", Interval(1.0, 1.0, 1.0))
        column = policies.index(f"fit-{family}") if f"fit-{family}" in policies else 0
        return cls(
            n_runs=len(pairs),
            scip_s=shifted_geometric_mean(pairs.times[:, 0].tolist(), TIME_SHIFT_S),
            settings=found.get(f"none@fit-{family}", fitted),
            fitted=fitted,
            zoo=found.get(FAMILIES[family].zoo),
            n_lost=int(np.count_nonzero(pairs.solved[:, 0] & ~pairs.solved[:, column])),
        )


def table(picture: Path | None) -> None:
    """Print what the rows say, and draw it."""
    judged = {family: found for family in FAMILIES if (found := Judged.of(family)) is not None}
    rows = []
    for family, found in judged.items():
        against = "" if found.zoo is None else f"{found.fitted.value / found.zoo.value:.2f}"
        takes = _kept(family)["takes"] or {"miplib": [], "families": [family]}
        strangers = [*takes["miplib"], *(name for name in takes["families"] if name != family)]
        cells = (str(found.n_runs), f"{found.scip_s:.1f}", str(found.settings), str(found.fitted))
        rows.append(
            (
                _title(family),
                *cells,
                str(found.zoo or ""),
                against,
                str(found.n_lost),
                ", ".join(strangers) or "none",
            )
        )
    head = (
        "family",
        "runs",
        "SCIP, s",
        "settings alone",
        "fitted",
        "zoo",
        "fitted / zoo",
        "lost",
        "wrongly taken",
    )
    print(Table(head, rows).markdown())
    for name in ("settings", "fitted"):
        values = [getattr(found, name).value for found in judged.values()]
        print(f"{name}: geometric mean over {len(values)} families {_geometric_mean(values):.3f}")
    if picture is not None:
        draw(judged, picture)


def draw(judged: Mapping[str, Judged], path: Path) -> None:
    """Draw the ratios with their intervals, a group of bars a family."""

    def bars(axes: Any) -> None:
        for (name, (label, colour)), shift in zip(BARS.items(), (-0.25, 0.0, 0.25), strict=True):
            there = {k: ratio for k, one in enumerate(judged.values()) if (ratio := getattr(one, name))}
            values = [ratio.value for ratio in there.values()]
            reach = [
                [ratio.value - ratio.low for ratio in there.values()],
                [ratio.high - ratio.value for ratio in there.values()],
            ]
            axes.barh(
                [k + shift for k in there],
                values,
                0.23,
                color=colour,
                xerr=reach,
                ecolor="0.3",
                label=label,
            )
        axes.axvline(1.0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(judged)), [_title(family) for family in judged])
        axes.invert_yaxis()
        axes.set_xlabel("time to SCIP as it comes on unseen instances")
        axes.legend(frameon=False)

    save_figure(path, bars)


def _title(family: str) -> str:
    return {"setcover": "set cover", "p_median": "p-median"}.get(family, family.replace("_", " "))


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
    parser.add_argument("--picture", type=Path, help="of table")
    parser.add_argument("--runs", type=Path, default=Path("runs/fit"))
    arguments = parser.parse_args()
    if arguments.stage == "table":
        table(arguments.picture)
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
