"""The table of a comparison of models, by times and nodes, and seeing that its runs agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from coplug.measurement import NODE_SHIFT, OPTIMAL, TIME_SHIFT_S, Run, shifted_geometric_mean
from coplug.scip.stage import SETTLED

OBJECTIVE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Summary:
    """One policy over all runs.

    Attributes
    ----------
    time_s : float
        1-shifted geometric mean over all runs; a run at a limit counts with its time.
    nodes : float
        100-shifted geometric mean over the (instance, seed) pairs that every policy solved.
    time_ratio : float
        Of ``time_s`` to the first policy's.
    node_ratio : float
        Of ``nodes`` to the first policy's.
    wins : int
        Pairs on which it was the fastest of those that solved.
    solved : int
        Runs that ended with a solution proved optimal.
    without_optimum : int
        Runs that ended with the proof that there is none: infeasible or unbounded.
    runs : int
        Runs in all.
    policy_share : float
        Time in the policy over time, from sums.
    """

    policy: str
    time_s: float
    nodes: float
    time_ratio: float
    node_ratio: float
    wins: int
    solved: int
    without_optimum: int
    runs: int
    policy_share: float


def complete_pairs(runs: Sequence[Run], policies: Sequence[str]) -> list[dict[str, Run]]:
    """Return the runs of each pair of instance and seed, by policy; pairs that a policy has not run are left out."""
    table: dict[tuple[str, int], dict[str, Run]] = {}
    for run in runs:
        table.setdefault((run.instance, run.seed), {})[run.policy] = run
    return [row for row in table.values() if all(policy in row for policy in policies)]


def summarise(runs: Sequence[Run], policies: Sequence[str]) -> list[Summary]:
    """Summarise the pairs of instance and seed that every policy has run."""
    pairs = complete_pairs(runs, policies)
    common = [row for row in pairs if all(row[policy].solved for policy in policies)]
    winners = [
        min(solved, key=lambda run: run.time_s).policy
        for row in pairs
        if (solved := [row[policy] for policy in policies if row[policy].solved])
    ]
    times = {p: shifted_geometric_mean([row[p].time_s for row in pairs], TIME_SHIFT_S) for p in policies}
    nodes = {p: shifted_geometric_mean([row[p].nodes for row in common], NODE_SHIFT) for p in policies}
    first = policies[0]
    return [
        Summary(
            policy=p,
            time_s=times[p],
            nodes=nodes[p],
            time_ratio=times[p] / times[first] if times[first] else math.nan,
            node_ratio=nodes[p] / nodes[first] if nodes[first] else math.nan,
            wins=winners.count(p),
            solved=sum(row[p].solved for row in pairs),
            without_optimum=sum(row[p].settled and not row[p].solved for row in pairs),
            runs=len(pairs),
            policy_share=sum(row[p].policy_time_s for row in pairs)
            / max(sum(row[p].time_s for row in pairs), 1e-9),
        )
        for p in policies
    ]


class Ended(Protocol):
    """How a run of an instance ended."""

    @property
    def instance(self) -> str:
        """The file's name."""
        ...

    @property
    def status(self) -> str:
        """SCIP's, or that of another method."""
        ...

    @property
    def objective(self) -> float:
        """Of the best solution."""
        ...


def objective_mismatches(runs: Iterable[Ended]) -> list[str]:
    """Return a line for each instance on which runs with a proof disagree.

    Optimal objectives may differ by 1e-6, relative above 1; where one run is optimal, none is infeasible or unbounded.
    """
    settled: dict[str, list[Ended]] = {}
    for run in runs:
        if run.status in SETTLED:
            settled.setdefault(run.instance, []).append(run)
    lines = []
    for instance, group in settled.items():
        optimal = [run.objective for run in group if run.status == OPTIMAL]
        others = sorted({run.status for run in group if run.status != OPTIMAL})
        low, high = min(optimal, default=0.0), max(optimal, default=0.0)
        if high - low > OBJECTIVE_TOLERANCE * max(1.0, abs(low)):
            lines.append(f"{instance}: optimal objectives between {low:.10g} and {high:.10g}")
        if optimal and others:
            lines.append(f"{instance}: optimal in one run, {' and '.join(others)} in another")
    return lines
