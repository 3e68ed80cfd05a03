"""The two synthetic families of the ML4CO competition's dual task: EI-OROAS and KIDA, measured against SCIP.

Each stage continues what it finds, so the script may be stopped and started again.

    python scripts/reproduce_ml4co.py FAMILY generate|tune|kida|ship|reference|bench [--runs runs/FAMILY] [--jobs 1]
                                                                             [--count 20]

``generate`` writes instances: the competition's own seeds for item placement; for load balancing, whose test seeds
are not public, seeds that training does not use. ``tune`` is the way of EI-OROAS (Huang et al., ML4CO: Is GCNN All
You Need?, 2021): the same network under several widths and ways of collecting, judged by the dual integral, not by
accuracy. ``kida`` trains in DAgger rounds and averages. ``ship`` copies the better of both into the zoo. ``reference``
looks for good solutions, by annealing, or by SCIP on a tight formulation: the dual integral is the area between the
dual bound and the best one. ``bench`` runs SCIP, SCIP with the policy's settings and the policy in turn, 60 s after the
root each, and prints the dual integrals: see :mod:`coplug.scip.dual_task`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from fingerprints import family_fingerprint
from numpy.typing import NDArray
from recipes import run_recipe

from coplug.comparison import Plan, run_plan
from coplug.contracts.node import COLUMN_FEATURES
from coplug.families import make_family
from coplug.files import visible, write_atomically
from coplug.inference.architecture import Tensors
from coplug.inference.weights import load_weights, save_weights
from coplug.inference.zoo import zoo_directory
from coplug.measurement import Conditions, Run, run_once
from coplug.problems.milp.families.item_placement import ItemPlacement
from coplug.problems.milp.families.item_placement_annealing import anneal
from coplug.problems.milp.files import write_instance
from coplug.scip.expert import Ties
from coplug.scip.settings import DUAL_TASK, ParameterValue
from coplug.solving import solve
from coplug.training.collect import CollectionSettings, collect

LIMIT_S = 60.0
REFERENCE_S = 90.0
ANNEALING_STEPS = 20_000_000
SELECT_S = 20.0
# Of what imitates the weights, which differ by little: softer targets would not tell them apart.
SOFT_TARGETS = 0.003
TUNE_TRAINING = (
    "epoch_steps=100",
    "max_epochs=20",
    "patience=5",
    "keep_best=1",
    "keep_last=1",
)


@dataclass(frozen=True)
class Variant:
    """One way of collecting and training: probability of strong branching, seconds an episode, samples, width.

    For ``expert``, strong branching if empty, ``ties`` and ``trial_iterations`` see
    :class:`coplug.training.collect.CollectionSettings`; for ``soft_targets``, the recipe ``branching-gcnn``.
    """

    probability: float
    episode_s: float
    n_samples: int
    width: int
    expert: str = ""
    ties: Ties = "record"
    trial_iterations: int = 0
    soft_targets: float = 0.0

    @property
    def name(self) -> str:
        """Of its directory, such as ``p0.05-20s-1200-w8-active-weights``."""
        expert = self.expert or "strong-branching"
        expert += f"-{self.trial_iterations}" if self.trial_iterations else ""
        return f"p{self.probability:g}-{self.episode_s:g}s-{self.n_samples}-w{self.width}-{expert}"


# The dual bound is that of the worst open node: plunging leaves it where it is.
BEST_FIRST = {
    "nodeselection/bfs/stdpriority": 1_000_000,
    "nodeselection/bfs/minplungedepth": 0,
    "nodeselection/bfs/maxplungedepth": 0,
}
# More than twice the nodes in the same time.
CUTS_AT_THE_ROOT = {"separating/maxrounds": 0}


@dataclass(frozen=True)
class Plans:
    """What is done for a family.

    Attributes
    ----------
    seeds : mapping of split to range
        The competition's seeds of the instances.
    settings : tuple of str
        Of ``coplug train branching-kida``.
    variants : tuple of Variant
        What ``tune`` tries.
    scip_parameters : mapping
        That come with the policy.
    training_size : mapping
        Parameters of the family in which training and validation instances differ from the easy ones.
    branching : mapping of str to int
        Of the shipped policy's configuration: ``shortlist`` and ``shortlist_iterations``, if they are not missing.
    """

    seeds: Mapping[str, range]
    settings: tuple[str, ...]
    variants: tuple[Variant, ...]
    scip_parameters: Mapping[str, ParameterValue]
    training_size: Mapping[str, float] = field(default_factory=dict)
    branching: Mapping[str, int] = field(default_factory=dict)


COMMON = (
    "protocol=ml4co",
    "select.by=bound_integral",
    "select.time_limit_s=20",
    "collect.candidates=lp",
    "rounds=4",
    "average_best=3",
    "learn.max_epochs=6",
    "learn.patience=3",
    "optimizer.learning_rate=2e-4",
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
            # Strong branching is a bad teacher: the relaxation is so loose that it often cannot tell any candidates
            # apart.
            "collect.expert=active-weights",
            f"learn.soft_targets={SOFT_TARGETS}",
            "collect.train=3000",
            "collect.valid=300",
            "collect.probability=0.05",
            "collect.episode_time_limit_s=10",
        ),
        variants=(
            Variant(0.12, 5, 8000, 32, expert="active-weights", soft_targets=SOFT_TARGETS),
            Variant(0.12, 5, 8000, 8, expert="active-weights", soft_targets=SOFT_TARGETS),
            Variant(0.3, 15, 2000, 32, ties="weight"),
        ),
        scip_parameters=BEST_FIRST | CUTS_AT_THE_ROOT,
    ),
    "load_balancing": Plans(
        seeds={
            "train": range(1, 81),
            "valid": range(10_001, 10_011),
            "select": range(18_110, 18_116),
            "test": range(30_000, 30_020),
        },
        settings=(
            *COMMON,
            "collect.train=600",
            "collect.valid=60",
            "collect.probability=0.4",
            "collect.trial_iterations=100",
            "collect.episode_time_limit_s=80",
        ),
        variants=(Variant(0.4, 80, 600, 32, trial_iterations=100),),
        scip_parameters=BEST_FIRST | CUTS_AT_THE_ROOT,
        # The root of an easy instance takes 37 s, that of these 10 s. As many pairs for each worker and each workload.
        training_size={
            "n_large_workers": 250,
            "n_small_workers": 250,
            "n_light_workloads": 25,
            "n_heavy_workloads": 5,
            "suited_probability": 0.2,
            "unsuited_probability": 0.02,
        },
        branching={"shortlist": 8, "shortlist_iterations": 100},
    ),
}


def generate(family: str, runs: Path) -> None:
    """Write the instances of all splits."""
    plans, easy = FAMILIES[family], make_family(family, "easy")
    for split, seeds in plans.seeds.items():
        (runs / split).mkdir(parents=True, exist_ok=True)
        source = replace(easy, **plans.training_size) if split in ("train", "valid") else easy
        for seed in seeds:
            instance = source.generate(np.random.RandomState([seed]))
            write_instance(instance, runs / split / f"{family}-{seed:05d}.mps.gz")


def tune(family: str, runs: Path, jobs: int) -> None:
    """Collect and train in all ways, and keep the mean dual-bound integrals on the selection instances."""
    path = runs / "tune.json"
    found: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    plans = FAMILIES[family]
    for variant in plans.variants:
        out = runs / "tune" / variant.name
        for seed, (split, n) in enumerate((("train", variant.n_samples), ("valid", variant.n_samples // 10))):
            settings = CollectionSettings(
                tuple(map(str, visible((runs / split).iterdir()))),
                seed=seed,
                probability=variant.probability,
                episode_time_limit_s=variant.episode_s,
                candidates="lp",
                expert=variant.expert,
                ties=variant.ties,
                trial_iterations=variant.trial_iterations,
                protocol=DUAL_TASK,
                scip_parameters=plans.scip_parameters,
            )
            collect(settings, out / split, n, jobs=jobs)
        policy = out / "run" / "policy"
        if not policy.exists():
            sets = (
                f"samples.train={out}/train",
                f"samples.valid={out}/valid",
                f"model.width={variant.width}",
                f"soft_targets={variant.soft_targets}",
            )
            run_recipe("branching-gcnn", out / "run", (*TUNE_TRAINING, *sets))
            tensors, config = load_weights(policy)
            save_weights(policy, tensors, config | {"scip_parameters": dict(plans.scip_parameters)})
        if variant.name not in found:
            found[variant.name] = mean_integral(runs, str(policy))
            write_atomically(path, (json.dumps(found, indent=1) + "\n").encode())
        print(f"{variant.name}: {found[variant.name]:.2f}", flush=True)


def mean_integral(runs: Path, policy: str) -> float:
    """Return the mean integral of the dual bound on the selection instances, the more the better."""
    conditions = Conditions(DUAL_TASK, SELECT_S)
    instances = visible((runs / "select").iterdir())
    return float(np.mean([run_once(conditions, str(i), 0, policy).bound_integral for i in instances]))


def tuned_policies(runs: Path) -> dict[str, float]:
    """Return the policies of ``tune`` and their integrals; none before that stage."""
    path = runs / "tune.json"
    found: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    return {str(runs / "tune" / name / "run" / "policy"): value for name, value in found.items()}


def ship(family: str, runs: Path) -> None:
    """Copy the better of KIDA's and EI-OROAS's policies into the zoo, with what it needs to be used."""
    scores: dict[str, float] = {}
    if (runs / "kida" / "policy").exists():
        scores[str(runs / "kida" / "policy")] = mean_integral(runs, str(runs / "kida" / "policy"))
    scores |= tuned_policies(runs)
    selected = max(scores, key=lambda path: scores[path])
    tensors, config = load_weights(selected)
    config["training"]["selected"] = str(Path(selected).relative_to(runs))
    config["training"]["bound_integrals"] = {str(Path(p).relative_to(runs)): v for p, v in scores.items()}
    bundle = {
        "candidates": "lp",
        **FAMILIES[family].branching,
        "scip_parameters": dict(FAMILIES[family].scip_parameters),
        "fingerprint": family_fingerprint(family),
    }
    save_weights(zoo_directory() / f"{family}-gcnn", without_incumbent(tensors), config | bundle)
    print(json.dumps(config["training"], indent=1))


def without_incumbent(tensors: Tensors) -> Tensors:
    """Return a network that does not see the incumbent: there was none while it learned, so it must not count."""
    first = tensors["column_embedding.0.weight"].copy()
    first[:, [COLUMN_FEATURES.index(name) for name in ("incumbent_value", "average_incumbent_value")]] = 0.0
    return tensors | {"column_embedding.0.weight": first}


def kida(family: str, runs: Path, jobs: int) -> None:
    """Train in DAgger rounds, each from the best network of ``tune``, and average.

    Rounds that began with random weights ended too far from each other: their mean was worse than any of them.
    """
    out = runs / "kida"
    tuned = tuned_policies(runs)
    if not tuned:
        raise SystemExit("kida goes on from the best network of tune; run that stage first")
    start = max(tuned, key=lambda path: tuned[path])
    folders = tuple(f"instances.{split}={runs / split}" for split in ("train", "valid", "select"))
    plans = FAMILIES[family]
    own = tuple(f"scip_parameters.{name}={value}" for name, value in plans.scip_parameters.items())
    settings = (*plans.settings, *own, *folders, f"model.weights={start}", f"collect.jobs={jobs}")
    run_recipe("branching-kida", out, settings)


def reference(family: str, runs: Path, count: int) -> dict[str, float]:
    """Return the objective of the best known solution of each of the first test instances."""
    path = runs / "references.json"
    found: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    for instance, seed in zip(test_instances(runs, count), FAMILIES[family].seeds["test"], strict=False):
        if instance.name not in found:
            found[instance.name] = annealed(seed) if family == "item_placement" else solved_tight(seed, runs)
            write_atomically(path, (json.dumps(found, indent=1) + "\n").encode())
            print(instance.name, found[instance.name], flush=True)
    return found


def annealed(seed: int) -> float:
    """Return the objective of what annealing finds for item placement; it is far ahead of SCIP's heuristics."""
    family = ItemPlacement()
    instance = family.generate(np.random.RandomState([seed]))
    return anneal(instance, family, ANNEALING_STEPS, np.random.default_rng(seed))[0]


def solved_tight(seed: int, runs: Path) -> float:
    """Return the objective that SCIP finds for load balancing, written with a tight relaxation."""
    tight = replace(make_family("load_balancing", "easy"), tight=True)
    path = runs / "tight" / f"load_balancing-{seed:05d}.mps.gz"
    path.parent.mkdir(exist_ok=True)
    write_instance(tight.generate(np.random.RandomState([seed])), path)
    report = solve(path, policy="none", time_limit=REFERENCE_S, parameter={"timing/clocktype": 1})
    if report.signal is not None or report.objective is None:
        raise KeyboardInterrupt  # a solution cut short is no reference
    return report.objective


def entrants(family: str) -> tuple[str, ...]:
    """Return SCIP, SCIP and the rule without learning under the policy's settings, and the shipped policy."""
    own = f"{family}-gcnn"
    return ("none", f"none@{own}", f"active-weights@{own}", own)


def test_instances(runs: Path, count: int) -> list[Path]:
    """Return the first test instances."""
    return visible((runs / "test").iterdir())[:count]


def bench(family: str, runs: Path, policies: tuple[str, ...], count: int) -> None:
    """Print the dual integrals of all policies and their ratios to SCIP's."""
    policies = policies or entrants(family)
    instances = tuple(map(str, test_instances(runs, count)))
    plan = Plan(instances, policies, (0,), DUAL_TASK, LIMIT_S)
    done = run_plan(plan, runs / "dual_task.csv", on_run=lambda run: print(run, flush=True))
    best = reference(family, runs, count)
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
    parser.add_argument("stage", choices=("generate", "tune", "kida", "ship", "reference", "bench"))
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--policies", default="")
    parser.add_argument("--count", type=int, default=20)
    arguments = parser.parse_args()
    family, runs = arguments.family, arguments.runs or Path("runs") / arguments.family
    stages: dict[str, Callable[[], object]] = {
        "generate": lambda: generate(family, runs),
        "tune": lambda: tune(family, runs, arguments.jobs),
        "ship": lambda: ship(family, runs),
        "kida": lambda: kida(family, runs, arguments.jobs),
        "reference": lambda: reference(family, runs, arguments.count),
        "bench": lambda: bench(
            family, runs, tuple(filter(None, arguments.policies.split(","))), arguments.count
        ),
    }
    stages[arguments.stage]()


if __name__ == "__main__":
    main()
