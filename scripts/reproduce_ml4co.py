"""The two synthetic families of the ML4CO competition's dual task: KIDA, trained and measured against SCIP.

Each stage continues what it finds, so the script may be stopped and started again.

    python scripts/reproduce_ml4co.py FAMILY generate|kida|reference|bench [--runs runs/FAMILY] [--jobs 1]

``generate`` writes instances: the competition's own seeds for item placement; for load balancing, whose test seeds
are not public, seeds that training does not use. ``kida`` trains in DAgger rounds and averages. ``reference`` looks
for good solutions, with SCIP's heuristics on: the dual integral is the area between the dual bound and the best one.
``bench`` runs the policies in turn, 60 s after the root each, and prints the dual integrals: see
:mod:`coplug.scip.dual_task`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.compare import Plan, Run, compare
from coplug.files import write_atomically
from coplug.problems.families import make_family
from coplug.problems.milp_files import write_instance
from coplug.scip.solve import SolveOptions, solve

LIMIT_S = 60.0
REFERENCE_S = 90.0


@dataclass(frozen=True)
class Plans:
    """What is done for a family.

    Attributes
    ----------
    seeds : mapping of split to range
        The competition's seeds of the instances.
    settings : tuple of str
        Of ``coplug train branching-kida``.
    """

    seeds: Mapping[str, range]
    settings: tuple[str, ...]


COMMON = (
    "protocol=ml4co",
    "select.by=bound_integral",
    "select.time_limit_s=30",
    "collect.candidates=lp",
    "rounds=5",
    "average_best=3",
    # With its loose relaxation, strong branching often cannot tell any candidates apart, and has ties where it can.
    "collect.skip_ties=true",
    "learn.soft_targets=0.1",
    "learn.max_epochs=20",
)
FAMILIES = {
    "item_placement": Plans(
        seeds={
            "train": range(42, 242),
            "valid": range(9942, 9962),
            "select": range(9962, 9968),
            "test": range(20200, 20220),
        },
        settings=(
            *COMMON,
            "collect.train=1200",
            "collect.valid=150",
            "collect.probability=0.05",
            "collect.episode_time_limit_s=20",
            "model.width=32",
        ),
    ),
    "load_balancing": Plans(
        seeds={
            "train": range(10_100, 10_160),
            "valid": range(18_100, 18_110),
            "select": range(18_110, 18_116),
            "test": range(30_000, 30_020),
        },
        settings=(
            *COMMON,
            "collect.train=300",
            "collect.valid=60",
            "collect.probability=0.1",
            "collect.episode_time_limit_s=60",
            "model.width=16",
        ),
    ),
}


def generate(family: str, runs: Path) -> None:
    """Write the instances of all splits."""
    for split, seeds in FAMILIES[family].seeds.items():
        (runs / split).mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            instance = make_family(family, "easy").generate(np.random.RandomState([seed]))
            write_instance(instance, runs / split / f"{family}-{seed:05d}.mps.gz")


def kida(family: str, runs: Path, jobs: int) -> None:
    """Train in DAgger rounds and average."""
    out = runs / "kida"
    folders = tuple(f"instances.{split}={runs / split}" for split in ("train", "valid", "select"))
    settings = (*FAMILIES[family].settings, *folders, f"collect.jobs={jobs}")
    pairs = [argument for setting in settings for argument in ("--set", setting)]
    resume = ["--resume"] if (out / "recipe.toml").exists() else []
    command = [sys.executable, "-m", "coplug", "train", "branching-kida", "--out", str(out), *pairs, *resume]
    subprocess.run(command, check=True)


def reference(runs: Path) -> dict[str, float]:
    """Return the objective of the best known solution of each test instance."""
    path = runs / "references.json"
    found: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    for instance in sorted((runs / "test").iterdir()):
        if instance.name not in found:
            options = SolveOptions(time_limit_s=REFERENCE_S, parameters={"timing/clocktype": 1})
            result = solve(instance, None, options)
            found[instance.name] = result.document["objective"]
            write_atomically(path, (json.dumps(found, indent=1) + "\n").encode())
            print(instance.name, found[instance.name], flush=True)
    return found


def bench(family: str, runs: Path, policies: tuple[str, ...]) -> None:
    """Print the dual integrals of all policies and their ratios to SCIP's."""
    instances = tuple(map(str, sorted((runs / "test").iterdir())))
    plan = Plan(instances, policies, (0,), "ml4co", LIMIT_S)
    done = compare(plan, runs / "dual_task.csv", on_run=lambda run: print(run, flush=True))
    best = reference(runs)
    for run in done:
        best[run.instance] = min(best[run.instance], run.objective, key=lambda x: (np.isnan(x), x))
    print(f"{family}: dual integral over {LIMIT_S:.0f} s")
    integrals = {policy: _dual_integrals(done, policy, best) for policy in policies}
    for policy, values in integrals.items():
        ratio = values.mean() / integrals[policies[0]].mean()
        print(f"{policy}: {values.mean():.2f}, ratio {ratio:.3f}, {len(values)} instances")


def _dual_integrals(runs: list[Run], policy: str, best: Mapping[str, float]) -> NDArray[np.float64]:
    own = sorted((run for run in runs if run.policy == policy), key=lambda run: run.instance)
    return np.array([LIMIT_S * best[run.instance] - run.bound_integral for run in own])


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("stage", choices=("generate", "kida", "reference", "bench"))
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--policies", default="none,auto")
    arguments = parser.parse_args()
    family, runs = arguments.family, arguments.runs or Path("runs") / arguments.family
    stages: dict[str, Callable[[], object]] = {
        "generate": lambda: generate(family, runs),
        "kida": lambda: kida(family, runs, arguments.jobs),
        "reference": lambda: reference(runs),
        "bench": lambda: bench(family, runs, tuple(arguments.policies.split(","))),
    }
    stages[arguments.stage]()


if __name__ == "__main__":
    main()
