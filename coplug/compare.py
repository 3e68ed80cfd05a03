"""Comparing policies: the same instances and seeds, in turn, one CSV row a run, shifted geometric means."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from coplug.errors import OutputError, UsageError
from coplug.files import write_atomically
from coplug.parallel import Workers, run_unordered
from coplug.policy import BranchingPolicy, PolicySelector, load_policy
from coplug.scip.dual_task import include_dual_task
from coplug.scip.interrupt import optimize_interruptibly
from coplug.scip.progress import snapshot
from coplug.scip.settings import DUAL_TASK, PROTOCOLS, Parameters
from coplug.scip.solve import SolveOptions, open_model, prepare
from coplug.warm_up import warm_up

TIME_SHIFT_S = 1.0
NODE_SHIFT = 100.0
OBJECTIVE_TOLERANCE = 1e-6

SETTINGS_OF = "@"
"""Between a policy's name, or ``none``, and that of another: the first under the parameters of the second."""


@dataclass(frozen=True)
class Run:
    """One solve: a row of the CSV.

    Times are seconds on SCIP's clock; ``objective`` is NaN without a solution. ``bound_integral`` is that of the dual
    bound over the time limit, from the first branching decision on, under protocol ``ml4co`` (the larger the better,
    see :class:`coplug.scip.dual_task.DualBoundRecord`); NaN under others.
    """

    instance: str
    seed: int
    policy: str
    status: str
    objective: float
    bound: float
    nodes: int
    time_s: float
    policy_calls: int
    policy_time_s: float
    fallbacks: int
    bound_integral: float = math.nan

    @property
    def solved(self) -> bool:
        """Whether the run ended with a proof."""
        return self.status in ("optimal", "infeasible", "unbounded", "inforunbd")


@dataclass(frozen=True)
class Plan:
    """What to compare.

    Attributes
    ----------
    instances : tuple of str
        Instance files.
    policies : tuple of str
        Names as in ``coplug solve --policy``, or ``NAME@OWNER`` for a policy, or ``none``, under the parameters that
        come with the policy OWNER instead of its own; the first is what the others are measured against.
    seeds : tuple of int
        SCIP seeds.
    protocol : str
        ``default``, ``gasse`` or ``ml4co``, see :data:`coplug.scip.settings.PROTOCOLS`; all count CPU seconds.
    time_limit_s : float
        For each run; from the first branching decision on under ``ml4co``.
    keep_settings : bool
        Do not set the SCIP parameters that come with a policy. (The protocol's parameters always stand.)
    """

    instances: tuple[str, ...]
    policies: tuple[str, ...]
    seeds: tuple[int, ...]
    protocol: str = "default"
    time_limit_s: float = 3600.0
    keep_settings: bool = False

    def __post_init__(self) -> None:
        if len(set(self.policies)) != len(self.policies) or not self.policies:
            raise UsageError(f"--policies {','.join(self.policies)}: expected different names")
        names = [Path(instance).name for instance in self.instances]
        doubled = next((name for name in names if names.count(name) > 1), None)
        if doubled is not None:
            raise UsageError(
                f"two instances are called {doubled}, and a row names only the file; rename or leave out one"
            )
        if not self.seeds:
            raise UsageError("at least one seed is needed")
        if self.protocol not in PROTOCOLS:
            raise UsageError(f"--settings {self.protocol} is unknown; choose from {', '.join(PROTOCOLS)}")
        for policy in self.policies:
            load_entrant(policy)


@dataclass(frozen=True)
class Entrant:
    """Who takes part in a comparison.

    Attributes
    ----------
    policy : BranchingPolicy, PolicySelector or None
        What branches; SCIP's own rule if None.
    parameters : mapping
        SCIP parameters instead of those that come with the policy; None leaves it those.
    """

    policy: BranchingPolicy | PolicySelector | None
    parameters: Parameters | None = None


def load_entrant(name: str) -> Entrant:
    """Return the entrant of a name as in :class:`Plan`.

    Raises
    ------
    UsageError
        If ``NAME@OWNER`` names an owner that brings no parameters.
    PolicyError
        As :func:`coplug.policy.load_policy`.
    """
    own, found, owner = name.partition(SETTINGS_OF)
    if not found or Path(name).is_dir():
        return Entrant(load_policy(name))
    parameters: Parameters = getattr(load_policy(owner), "scip_parameters", {})
    if not parameters:
        raise UsageError(f"{name}: {owner} brings no SCIP parameters; name a policy that does")
    return Entrant(load_policy(own), parameters)


def run_pair(plan: Plan, instance: str, seed: int, policies: Sequence[str]) -> list[Run]:
    """Solve one instance under one seed with each policy in turn."""
    return [run_once(plan, instance, seed, policy) for policy in policies]


def run_once(plan: Plan, instance: str, seed: int, name: str) -> Run:
    """Solve one instance under one seed with one policy."""
    entrant = load_entrant(name)
    if entrant.policy is not None:
        warm_up(entrant.policy, lambda: None)
    dual_task = plan.protocol == DUAL_TASK
    options = SolveOptions(
        time_limit_s=None if dual_task else plan.time_limit_s,
        seed=seed,
        parameters={**(entrant.parameters or {}), **PROTOCOLS[plan.protocol](seed)},
        keep_settings=plan.keep_settings or entrant.parameters is not None,
    )
    with open_model(Path(instance)) as model:
        rule = prepare(model, entrant.policy, options)
        record = include_dual_task(model, plan.time_limit_s) if dual_task else None
        if optimize_interruptibly(model) is not None:
            raise KeyboardInterrupt  # a run cut short is no run
        final = snapshot(model, rule)
        return Run(
            instance=Path(instance).name,
            seed=seed,
            policy=name,
            status=model.getStatus(),
            objective=final.primal_bound if model.getNSols() else math.nan,
            bound=final.dual_bound,
            nodes=final.nodes,
            time_s=final.time_s,
            policy_calls=final.policy_calls,
            policy_time_s=final.policy_time_s,
            fallbacks=rule.statistics.fallbacks if rule is not None else 0,
            bound_integral=record.integral() if record is not None else math.nan,
        )


def compare(
    plan: Plan, out: Path, *, jobs: int | Workers = 1, on_run: Callable[[Run], None] | None = None
) -> list[Run]:
    """Run what ``out`` does not hold yet, adding rows as they come, and return all of the plan's runs.

    ``jobs`` is a number of processes, or where they run. Several share the machine's caches and memory bandwidth:
    use one where times are to be trusted. The workers of a cluster load the policies by their names themselves.

    Raises
    ------
    OutputError
        If ``out`` cannot be written, holds something else, or was measured under other conditions.
    """
    earlier = read_runs(out) if out.exists() else []
    _check_conditions(plan, out)
    kept = {(run.instance, run.seed, run.policy): run for run in earlier}
    _write_runs(out, kept.values())

    def pending() -> Iterator[tuple[Plan, str, int, list[str]]]:
        for instance in plan.instances:
            for seed in plan.seeds:
                missing = [p for p in plan.policies if (Path(instance).name, seed, p) not in kept]
                if missing:
                    yield plan, str(Path(instance).absolute()), seed, missing

    with (
        out.open("a", newline="", encoding="utf-8") as file,
        closing(run_unordered(run_pair, list(pending()), jobs)) as pairs,
    ):
        writer = csv.writer(file, lineterminator="\n")
        for runs in pairs:
            for run in runs:
                writer.writerow(asdict(run).values())
                file.flush()
                kept[run.instance, run.seed, run.policy] = run
                if on_run is not None:
                    on_run(run)
    names = {Path(instance).name for instance in plan.instances}
    return [
        run
        for run in kept.values()
        if run.instance in names and run.seed in plan.seeds and run.policy in plan.policies
    ]


_COLUMNS = [field.name for field in fields(Run)]


def read_runs(path: Path) -> list[Run]:
    """Read the rows of an earlier comparison; a last line that was cut short is left out.

    Raises
    ------
    OutputError
        If the file is not such a CSV.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutputError(f"{path} cannot be read: {error}") from error
    if rows and rows[0] not in (_COLUMNS, _COLUMNS[:-1]):  # the last column is younger than the others
        raise OutputError(f"{path} is not a result of coplug compare; choose another --out")
    types = {"str": str, "int": int, "float": float}
    casts = [types[str(field.type)] for field in fields(Run)]
    whole = [row for row in rows[1:] if len(row) == len(rows[0])]
    return [Run(*(cast(value) for cast, value in zip(casts, row, strict=False))) for row in whole]


def _write_runs(path: Path, runs: Iterable[Run]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(asdict(run).values() for run in runs)
    write_atomically(path, text.getvalue().encode())


def _check_conditions(plan: Plan, out: Path) -> None:
    """Refuse to add runs to a CSV whose runs were made under other conditions; they are kept beside it."""
    path = out.with_name(f"{out.name}.conditions.json")
    now = {
        "protocol": plan.protocol,
        "time_limit_s": plan.time_limit_s,
        "keep_settings": plan.keep_settings,
    }
    if out.exists() and path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        if before != now:
            raise OutputError(f"{out} was measured under {before}, not {now}; choose another --out")
    write_atomically(path, (json.dumps(now) + "\n").encode())


def shifted_geometric_mean(values: Sequence[float], shift: float) -> float:
    """Return ``exp(mean(log(values + shift))) - shift``; NaN for no values."""
    if not values:
        return math.nan
    return float(np.exp(np.mean(np.log(np.asarray(values) + shift))) - shift)


@dataclass(frozen=True)
class Summary:
    """One policy over all runs.

    Attributes
    ----------
    time_s : float
        1-shifted geometric mean over all runs; a run at a limit counts with its time.
    nodes : float
        100-shifted geometric mean over the (instance, seed) pairs that every policy solved.
    time_ratio, node_ratio : float
        Of these means to the first policy's.
    wins, solved, runs : int
        Pairs on which it was fastest among those that solved; solved runs; runs.
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
    runs: int
    policy_share: float


def summarise(runs: Sequence[Run], policies: Sequence[str]) -> list[Summary]:
    """Summarise the pairs of instance and seed that every policy has run."""
    table: dict[tuple[str, int], dict[str, Run]] = {}
    for run in runs:
        table.setdefault((run.instance, run.seed), {})[run.policy] = run
    pairs = [row for row in table.values() if all(policy in row for policy in policies)]
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
            runs=len(pairs),
            policy_share=sum(row[p].policy_time_s for row in pairs)
            / max(sum(row[p].time_s for row in pairs), 1e-9),
        )
        for p in policies
    ]


def objective_mismatches(runs: Sequence[Run]) -> list[str]:
    """Return a line for each instance on which optimal runs disagree by more than 1e-6, relative above 1."""
    optimal: dict[str, list[Run]] = {}
    for run in runs:
        if run.status == "optimal":
            optimal.setdefault(run.instance, []).append(run)
    lines = []
    for instance, group in optimal.items():
        low, high = min(run.objective for run in group), max(run.objective for run in group)
        if high - low > OBJECTIVE_TOLERANCE * max(1.0, abs(low)):
            lines.append(f"{instance}: optimal objectives between {low:.10g} and {high:.10g}")
    return lines
