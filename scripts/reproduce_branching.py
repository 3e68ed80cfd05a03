"""From nothing to a shipped branching policy: instances, samples, training, selection by solve time, weights, tables.

Each stage continues what it finds, so the script may be stopped and started again.

    python scripts/reproduce_branching.py FAMILY generate|collect|train|reinforce|test|select|ship
                                                 [--runs runs/FAMILY]
    python scripts/reproduce_branching.py FAMILY bench [--size easy] [--count 20] [--seeds 3] [--policy FAMILY-gcnn]

Sizes, seeds and stopping rules of each family are the constants below; the card of the policy says how long the stages
took. ``bench`` solves unseen instances, in turn on one core with the CPU clock: under the protocol of Gasse et al. 2019
(cuts at the root only, no restarts) with SCIP's branching and with the policy, and under SCIP's defaults with SCIP's
branching, with SCIP's branching under the policy's settings, and with the policy and its settings.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from fingerprints import family_fingerprint
from recipes import run_recipe

from coplug.cli.compare import summary_table
from coplug.comparison import Plan, objective_mismatches, run_plan, summarise
from coplug.contracts.policy import CandidateKind
from coplug.families import generate_instances, make_family
from coplug.files import visible
from coplug.inference.policy import load_kernel_policy
from coplug.inference.weights import load_weights, save_weights
from coplug.inference.zoo import zoo_directory
from coplug.problems.milp.files import write_instance
from coplug.scip.expert import Ties
from coplug.scip.settings import ParameterValue
from coplug.training.accuracy import accuracies
from coplug.training.collect import CollectionSettings, collect
from coplug.training.samples import SampleSet

FIRST_SEEDS = {"train": 1, "valid": 10_001, "test": 20_001}
"""Instance ``k`` of a split is drawn by ``RandomState(first seed + k)``."""

COLLECTION_SEEDS = {"train": 0, "valid": 1, "test": 2}
BENCH_SEED = 2026
"""Root seed of the instances in the tables."""

BENCH_LIMIT_S = 300.0
ENTRANTS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "gasse": lambda policy: ("none", policy),
    "default": lambda policy: ("none", f"none@{policy}", policy),
}
"""Who takes part under each protocol."""

SELECTION_SEEDS = (0,)
SCIP_PARAMETERS: dict[str, ParameterValue] = {"separating/maxrounds": 0, "presolving/maxrestarts": 0}
"""Of the protocol of Gasse et al., which come with every shipped policy."""
QUICK_FACILITIES: dict[str, ParameterValue] = {
    "lp/scaling": 0,
    "heuristics/alns/freq": -1,
    "heuristics/farkasdiving/freq": -1,
    "heuristics/intshifting/freq": -1,
}
"""Scaled, the LPs of facility location take twice the iterations; and these heuristics a third of what is left."""


@dataclass(frozen=True)
class Plans:
    """What is done for a family.

    Attributes
    ----------
    n_instances, n_samples : mapping of split to int
    probability : mapping of split to float
        Of asking strong branching at a node.
    trainings : mapping of name to settings
        Of ``coplug train branching-gcnn``.
    reinforcement : settings or None
        Of ``coplug train branching-rl``, which goes on from the first training; None where there is none.
    n_selection : int
        Validation instances that decide which policy is shipped.
    episode_s : float
        Seconds after which collecting from an instance stops, so that no single one fills the training set.
    exploration : str
        SCIP's rule at the nodes where strong branching is not asked.
    max_candidates : int
        Strong branching is asked about so many candidates, drawn anew at each node; 0 for all.
    test_candidates : "pseudo" or "lp"
        Which ones strong branching scores in test samples.
    ranking : bool
        Whether the shipped policy ranks the candidates, and most of those asked about are its first.
    ties : "record", "skip" or "weight"
        What becomes of nodes whose candidates all have the same score in training and validation.
    more_parameters : mapping of str to value
        SCIP parameters, besides SCIP_PARAMETERS, of collecting and of the shipped policy.
    branching : mapping of str to int
        Of the shipped policy's configuration: ``shortlist`` and ``shortlist_after``, if they are not missing.
    """

    n_instances: Mapping[str, int]
    n_samples: Mapping[str, int]
    probability: Mapping[str, float]
    trainings: Mapping[str, tuple[str, ...]]
    reinforcement: tuple[str, ...] | None = None
    n_selection: int = 10
    episode_s: float = 3600.0
    exploration: str = "pscost"
    max_candidates: int = 0
    test_candidates: CandidateKind = "pseudo"
    ranking: bool = False
    ties: Ties = "record"
    more_parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    branching: Mapping[str, int] = field(default_factory=dict)


def _everywhere(probability: float) -> dict[str, float]:
    return dict.fromkeys(FIRST_SEEDS, probability)


# Ties for the best are frequent (two in five samples of auctions, nine in ten of multiple knapsack).
COMMON = ("soft_targets=0.1", "epoch_steps=100", "keep_best=3", "keep_last=1")
REINFORCED = "rl"
FAMILIES = {
    "setcover": Plans(
        n_instances={"train": 500, "valid": 40, "test": 40},
        n_samples={"train": 20_000, "valid": 1000, "test": 500},
        probability={"train": 0.4, "valid": 0.3, "test": 0.3},
        trainings={"width-64": (*COMMON, "patience=8", "early_stop=20", "max_time_s=6000")},
        max_candidates=16,
        ranking=True,
    ),
    "auctions": Plans(
        n_instances={"train": 500, "valid": 40, "test": 40},
        n_samples={"train": 20_000, "valid": 1000, "test": 500},
        probability=_everywhere(0.15),
        trainings={"width-64": (*COMMON, "patience=8", "early_stop=20", "max_time_s=2400")},
        max_candidates=16,
        ranking=True,
    ),
    "facilities": Plans(
        n_instances={"train": 200, "valid": 40, "test": 40},
        # Three times the samples, with 8 candidates each, found the best more often and solved no faster, at width 32
        # as at 64. As many samples again, of instances a quarter as large, did not lower the validation loss.
        n_samples={"train": 2900, "valid": 300, "test": 300},
        # A solve takes so long that its nodes are used well.
        probability={"train": 0.8, "valid": 0.4, "test": 0.4},
        trainings={"width-32": (*COMMON, "model.width=32", "patience=8", "early_stop=20", "max_time_s=2400")},
        n_selection=6,
        test_candidates="lp",
        episode_s=150,
        more_parameters=QUICK_FACILITIES,
    ),
    "multiple_knapsack": Plans(
        n_instances={"train": 1000, "valid": 100, "test": 100},
        n_samples={"train": 6000, "valid": 600, "test": 500},
        probability=_everywhere(0.1),
        # Targets over all ties took 1.4 times the nodes of the expert's choice alone, on validation instances.
        trainings={
            "width-16": (
                *COMMON,
                "soft_targets=0",
                "model.width=16",
                "patience=8",
                "early_stop=20",
                "max_time_s=600",
            )
        },
        reinforcement=(
            "environment_arguments.size=easy",
            "environment_arguments.node_limit=1500",
            "environment_arguments.tree=true",
            "returns=log",
            "gae_lambda=0.9",
            "evaluation_episodes=64",
            "epoch_steps=10",
            "max_epochs=16",
            "minibatch=256",
            "entropy=0.0005",
            "optimizer.learning_rate=5e-4",
        ),
        n_selection=40,
    ),
    "independent_set": Plans(
        n_instances={"train": 500, "valid": 40, "test": 40},
        # Five times the samples, where the policy branches itself, found the best more often and solved no faster.
        n_samples={"train": 3000, "valid": 300, "test": 150},
        # Trees have a dozen nodes, and 385 candidates cost 2.4 s; with pseudocosts at the other nodes trees explode.
        probability=_everywhere(0.5),
        trainings={"width-32": (*COMMON, "model.width=32", "patience=8", "early_stop=20", "max_time_s=2400")},
        exploration="relpscost",
        max_candidates=48,
        episode_s=150,
        # The network is good for small trees, where strong branching does not pay, and too weak alone for large ones.
        branching={"shortlist": 8, "shortlist_after": 50},
    ),
}


def generate(family: str, runs: Path) -> None:
    """Write the instances of all splits."""
    for split, first in FIRST_SEEDS.items():
        (runs / split).mkdir(parents=True, exist_ok=True)
        for seed in range(first, first + FAMILIES[family].n_instances[split]):
            instance = make_family(family, "easy").generate(np.random.RandomState(seed))
            write_instance(instance, runs / split / f"{family}-{seed:05d}.lp.gz")


def collect_all(family: str, runs: Path, jobs: int, splits: Sequence[str]) -> None:
    """Collect the samples of splits."""
    plans = FAMILIES[family]
    for split in splits:
        settings = CollectionSettings(
            instances(runs, split),
            seed=COLLECTION_SEEDS[split],
            probability=plans.probability[split],
            candidates=plans.test_candidates if split == "test" else "lp",
            episode_time_limit_s=plans.episode_s,
            exploration=plans.exploration,
            max_candidates=0 if split == "test" else plans.max_candidates,
            ranking=f"{family}-gcnn" if plans.ranking and split != "test" else "",
            ties="record" if split == "test" else plans.ties,
            scip_parameters=plans.more_parameters,
        )
        total = collect(settings, runs / "samples" / split, plans.n_samples[split], jobs=jobs)
        print(f"{split}: {total} samples", flush=True)


def instances(runs: Path, split: str) -> tuple[str, ...]:
    """Return the instance files of a split."""
    return tuple(map(str, visible((runs / split).iterdir())))


def train(family: str, runs: Path) -> None:
    """Train one network for each of the settings."""
    samples = (f"samples.train={runs}/samples/train", f"samples.valid={runs}/samples/valid")
    for name, settings in FAMILIES[family].trainings.items():
        run_recipe("branching-gcnn", runs / name, (*settings, *samples))


def reinforce(family: str, runs: Path) -> None:
    """Go on from the first training by policy gradient."""
    plans = FAMILIES[family]
    if plans.reinforcement is None:
        raise SystemExit(f"there is no plan for reinforcement learning on {family}")
    start = (f"network_arguments.weights={runs / next(iter(plans.trainings)) / 'policy'}",)
    family_setting = (f"environment_arguments.family={family}",)
    run_recipe("branching-rl", runs / REINFORCED, (*plans.reinforcement, *family_setting, *start))


def candidates(family: str, runs: Path) -> list[str]:
    """Return the directories of the policies that training kept."""
    return [
        str(path)
        for name in (*FAMILIES[family].trainings, REINFORCED)
        for path in visible((runs / name / "policies").glob("epoch-*"))
    ]


def test(family: str, runs: Path) -> None:
    """Print the accuracies of all kept policies on unseen samples."""
    samples = SampleSet(runs / "samples" / "test")
    print(f"{len(samples)} unseen samples")
    shipped = zoo_directory() / f"{family}-gcnn"
    for directory in (*candidates(family, runs), *([str(shipped)] if shipped.is_dir() else [])):
        result = accuracies(load_kernel_policy(Path(directory)), samples, "lp")
        print(directory, {name: round(value, 4) for name, value in result.items()}, flush=True)


def select(family: str, runs: Path) -> str:
    """Return the policy with the least shifted mean time on validation instances, after printing the table."""
    plan = Plan(
        instances=instances(runs, "valid")[: FAMILIES[family].n_selection],
        policies=("none", *candidates(family, runs)),
        seeds=SELECTION_SEEDS,
        protocol="gasse",
    )
    summaries = summarise(run_plan(plan, runs / "selection.csv"), plan.policies)
    for summary in summaries:
        print(summary)
    return min(summaries[1:], key=lambda summary: summary.time_s).policy


def ship(family: str, runs: Path) -> None:
    """Copy the selected weights into the zoo, with what a policy needs to be used."""
    selected = Path(select(family, runs))
    tensors, config = load_weights(selected)
    config["training"]["selected"] = str(selected.relative_to(runs))
    bundle = {
        "candidates": "lp",
        "scip_parameters": {**SCIP_PARAMETERS, **FAMILIES[family].more_parameters},
        "fingerprint": family_fingerprint(family),
        **FAMILIES[family].branching,
    }
    save_weights(zoo_directory() / f"{family}-gcnn", tensors, config | bundle)
    print(json.dumps(config["training"], indent=1))


def bench(family: str, size: str, policy: str, count: int, seeds: int, protocols: Sequence[str]) -> None:
    """Run what the CSVs do not hold yet and print the table."""
    folder = Path("runs/bench") / f"{family}-{size}"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for drawn in generate_instances(family, count, BENCH_SEED, size):
        paths.append(folder / f"{drawn.name}.lp.gz")
        write_instance(drawn.instance, paths[-1])
    for protocol in protocols:
        plan = Plan(
            instances=tuple(map(str, paths)),
            policies=ENTRANTS[protocol](policy),
            seeds=tuple(range(seeds)),
            protocol=protocol,
            time_limit_s=BENCH_LIMIT_S,
            keep_settings=protocol == "gasse",
        )
        out = folder / f"{Path(policy).name}-{protocol}.csv"
        runs = run_plan(plan, out, on_run=lambda run: print(run, flush=True))
        print(f"{family}, {size}, {protocol}, limit {BENCH_LIMIT_S:.0f} s")
        print("\n".join(summary_table(summarise(runs, plan.policies))))
        print("\n".join(objective_mismatches(runs)) or "all optimal objectives agree within 1e-6")


def main() -> None:
    """Run one stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument(
        "stage", choices=("generate", "collect", "train", "reinforce", "test", "select", "ship", "bench")
    )
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--splits", default=",".join(reversed(FIRST_SEEDS)))
    parser.add_argument("--size", default="easy")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--policy", default="")
    parser.add_argument("--protocols", default=",".join(ENTRANTS))
    arguments = parser.parse_args()
    policy = arguments.policy or f"{arguments.family}-gcnn"
    family, runs = arguments.family, arguments.runs or Path("runs") / arguments.family
    stages: dict[str, Callable[[], object]] = {
        "generate": lambda: generate(family, runs),
        "collect": lambda: collect_all(family, runs, arguments.jobs, arguments.splits.split(",")),
        "train": lambda: train(family, runs),
        "reinforce": lambda: reinforce(family, runs),
        "test": lambda: test(family, runs),
        "select": lambda: print(select(family, runs)),
        "ship": lambda: ship(family, runs),
        "bench": lambda: bench(
            family, arguments.size, policy, arguments.count, arguments.seeds, arguments.protocols.split(",")
        ),
    }
    stages[arguments.stage]()


if __name__ == "__main__":
    main()
