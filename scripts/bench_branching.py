"""Solve time of a policy against SCIP's default branching, under the protocol of Gasse et al. 2019.

20 unseen instances x 3 seeds, in turn on one core, CPU clock, cuts at the root only, no restarts; the table has the
1-shifted geometric means. The instances are drawn from a root seed that neither training nor selection has used.

    python scripts/bench_branching.py FAMILY [--size easy|medium] [--policy FAMILY-gcnn] [--count 20] [--seeds 3]
                                     [--settings gasse|default] [--out FILE.csv] [--root-seed 2026]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from coplug.cli.compare import summary_table
from coplug.compare import Plan, compare, objective_mismatches, summarise
from coplug.problems.families import generate_instances
from coplug.problems.milp_files import write_instance


def main() -> None:
    """Run what the CSV does not hold yet and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("family")
    parser.add_argument("--size", default="easy")
    parser.add_argument("--policy")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--settings", default="gasse")
    parser.add_argument("--time-limit", type=float, default=3600.0)
    parser.add_argument("--root-seed", type=int, default=2026)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    family, policy = arguments.family, arguments.policy or f"{arguments.family}-gcnn"

    folder = Path("runs/bench") / f"{family}-{arguments.size}-{arguments.root_seed}"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for instance in generate_instances(family, arguments.count, arguments.root_seed, arguments.size):
        paths.append(folder / f"{instance.name}.lp.gz")
        write_instance(instance, paths[-1])
    out = arguments.out or folder / f"{Path(policy).name}-{arguments.settings}.csv"
    plan = Plan(
        instances=tuple(str(path) for path in paths),
        policies=("none", policy),
        seeds=tuple(range(arguments.seeds)),
        protocol=arguments.settings,
        time_limit_s=arguments.time_limit,
    )
    runs = compare(plan, out, on_run=lambda run: print(run, flush=True))
    print("\n".join(summary_table(summarise(runs, plan.policies))))
    print("\n".join(objective_mismatches(runs)) or "all optimal objectives agree within 1e-6")


if __name__ == "__main__":
    main()
