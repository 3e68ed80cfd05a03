"""Measure what environments' baselines reach, in the episodes in which ``learn_with_sb3.py`` compares.

Every baseline that an environment names acts in episodes of the same seeds, from 1,000,000 on. Of independent sets
``best`` is the size of the largest set by ``coplug solve --problem mis``, with its proof where ``optimal`` is 1. In
auctions a shipped branching policy acts, too, among the variables that are fractional.

    python scripts/bench_baselines.py [--episodes 200] [--out docs/data/environments-baselines.csv] ID...
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np

import coplug
import coplug.envs
from coplug.contracts.node import COLUMN_FEATURES
from coplug.ecole.agent import PolicyAgent
from coplug.envs.rules import return_by
from coplug.evaluation.environments import evaluate_environment
from coplug.evaluation.returns import mean_of

FRESH = 10**6
"""Seed of the first episode."""

SHIPPED = "auctions-gcnn"

FRACTIONALITY = COLUMN_FEATURES.index("solution_frac")

Row = tuple[str, str, int, float, float, str]


def measured(id_: str, policies: Sequence[str], episodes: int) -> list[Row]:
    """Return a row a baseline: id, name, episodes, mean return, its standard error, whether it is proved best."""
    found = evaluate_environment(id_, policies, range(FRESH, FRESH + episodes)).returns
    rows = [_row(id_, name, values, "") for name, values in found.items()]
    env: Any = gymnasium.make(id_)
    if "IndependentSet" in id_:
        reports = [_largest_set(env, FRESH + k) for k in range(episodes)]
        proved = all(status == "optimal" for _, status in reports)
        rows.append(_row(id_, "best", [size for size, _ in reports], str(int(proved))))
    if "Branching" in id_:
        returns = [return_by(env, _Shipped(), FRESH + k) for k in range(episodes)]
        rows.append(_row(id_, SHIPPED, returns, ""))
    env.close()
    return rows


class _Shipped:
    """A shipped policy as a rule of the environment."""

    def __init__(self) -> None:
        self.agent = PolicyAgent(SHIPPED)

    def __call__(self, environment: Any, observation: Any, rng: np.random.Generator) -> int:
        n, m, k = (int(observation[name][0]) for name in ("n_variables", "n_rows", "n_edges"))
        edges = SimpleNamespace(
            values=observation["edge_values"][:k], indices=observation["edge_indices"][:, :k], shape=(m, n)
        )
        seen = SimpleNamespace(
            variable_features=observation["variable_features"][:n],
            row_features=observation["row_features"][:m],
            edge_features=edges,
        )
        legal = np.flatnonzero(environment.action_masks()[:n])
        fractional = legal[seen.variable_features[legal, FRACTIONALITY] > 0.0]
        return int(self.agent(seen, fractional if len(fractional) else legal))


def _largest_set(env: Any, seed: int) -> tuple[float, str]:
    env.reset(seed=seed)
    report = coplug.solve(env.unwrapped.graph, "mis", time_limit=10.0)
    assert report.objective is not None
    return report.objective, report.status


def _row(id_: str, name: str, returns: Sequence[float], optimal: str) -> Row:
    mean, values = mean_of(returns), np.asarray(returns, np.float64)
    error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return id_, name, len(values), round(mean.value, 3), round(error, 3), optimal


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("ids", nargs="+", metavar="ID")
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--policies", default="", help="names with commas between them; all by default")
    parser.add_argument("--out", type=Path, help="CSV file, to which rows are added")
    options = parser.parse_args()
    policies = options.policies.split(",") if options.policies else []
    for id_ in options.ids:
        rows = measured(id_, policies, options.episodes)
        for row in rows:
            print(*row, flush=True)
        if options.out:
            add(options.out, rows)


def add(path: Path, rows: Sequence[Row]) -> None:
    """Add rows to a CSV file, which is begun if it is not there."""
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(("environment", "policy", "episodes", "return", "error", "optimal"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
