"""Comparing policies: the same instances and seeds, in turn, one CSV row a run, shifted geometric means."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import msgspec

from coplug.documents import read_document
from coplug.errors import OutputError, UsageError
from coplug.files import write_atomically
from coplug.measurement import (
    NODE_SHIFT,
    TIME_SHIFT_S,
    Conditions,
    Run,
    load_entrant,
    run_once,
    shifted_geometric_mean,
)
from coplug.parallel import Workers, run_unordered
from coplug.scip.problem import find_instances

OBJECTIVE_TOLERANCE = 1e-6


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
        SCIP parameters of all policies, see :class:`coplug.measurement.Conditions`.
    time_limit_s : float
        Seconds of a run.
    keep_settings : bool
        Leave SCIP's parameters alone even if a policy brings some.

    Raises
    ------
    UsageError, PolicyError
        If the plan cannot mean anything, or a policy cannot be loaded.
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
        assert self.conditions  # refuses what is out of range
        for policy in self.policies:
            load_entrant(policy)

    @property
    def conditions(self) -> Conditions:
        """What is the same for all runs."""
        return Conditions(self.protocol, self.time_limit_s, self.keep_settings)


def run_pair(conditions: Conditions, instance: str, seed: int, policies: Sequence[str]) -> list[Run]:
    """Solve one instance under one seed with each policy in turn."""
    return [run_once(conditions, instance, seed, policy) for policy in policies]


def compare(
    instances: Iterable[str | Path],
    policies: Iterable[str] = ("none", "auto"),
    *,
    seeds: int | Iterable[int] = 5,
    out: str | Path = "compare.csv",
    settings: str = "default",
    time_limit: float = 3600.0,
    keep_settings: bool = False,
    jobs: int = 1,
    backend: str = "local",
    address: str = "",
    on_run: Callable[[Run], None] | None = None,
) -> list[Run]:
    """Solve each instance under each seed with the policies in turn, as ``coplug compare`` does.

    :func:`summarise` makes its table of the result, :func:`objective_mismatches` says where runs disagree.

    Parameters
    ----------
    instances : iterable of path
        Files, or directories of them.
    policies : iterable of str
        See :class:`Plan`.
    seeds : int or iterable of int
        How many, 0, 1, 2, ..., or which.
    out : path
        CSV of all runs; continued if it exists.
    settings : str
        ``default``, ``gasse`` or ``ml4co``, see :data:`coplug.scip.settings.PROTOCOLS`.
    time_limit : float
        CPU seconds of each run, at least 0.
    keep_settings : bool
        Leave SCIP's parameters alone even if a policy brings some.
    jobs, backend, address
        See :class:`coplug.parallel.Workers`; 1 job for times to trust.
    on_run : callable, optional
        Told of each run that was made now.

    Raises
    ------
    CoplugError
        If something that was given cannot be used.
    """
    plan = Plan(
        instances=find_instances([Path(path) for path in instances]),
        policies=tuple(policies),
        seeds=tuple(range(seeds) if isinstance(seeds, int) else seeds),
        protocol=settings,
        time_limit_s=time_limit,
        keep_settings=keep_settings,
    )
    return run_plan(plan, Path(out), jobs=Workers(jobs, backend, address), on_run=on_run)


def run_plan(
    plan: Plan, out: Path, *, jobs: int | Workers = 1, on_run: Callable[[Run], None] | None = None
) -> list[Run]:
    """Run what ``out`` does not hold yet, adding rows as they come, and return all of the plan's runs.

    ``jobs`` is a number of processes, or where they run. Several share the machine's caches and memory bandwidth:
    use one where times are to be trusted. The workers of a cluster load the policies by their names themselves.

    Raises
    ------
    OutputError
        If ``out`` cannot be written, is damaged, holds something else, or was measured under other conditions.
    """
    earlier = read_runs(out) if out.exists() else []
    _check_conditions(plan.conditions, out)
    kept = {(run.instance, run.seed, run.policy): run for run in earlier}
    _write_runs(out, kept.values())

    def pending() -> Iterator[tuple[Conditions, str, int, list[str]]]:
        for instance in plan.instances:
            for seed in plan.seeds:
                missing = [p for p in plan.policies if (Path(instance).name, seed, p) not in kept]
                if missing:
                    yield plan.conditions, str(Path(instance).absolute()), seed, missing

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
_HEADER = ",".join(_COLUMNS).encode()


def read_runs(path: Path) -> list[Run]:
    """Read the rows of an earlier comparison; a last line that was cut short, without its end, is left out.

    Raises
    ------
    OutputError
        If the file cannot be read, is not such a CSV, or a whole line of it is damaged.
    """
    try:
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1].decode()
        header, *rows = list(csv.reader(io.StringIO(whole, newline=""))) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutputError(f"{path} cannot be read: {error}; choose another --out") from error
    is_begun = not whole and _HEADER.startswith(data)
    if not is_begun and header not in (_COLUMNS, _COLUMNS[:-1]):  # the last column is younger than the others
        raise OutputError(f"{path} is not a result of coplug compare; choose another --out")
    return [_run(path, number, header, row) for number, row in enumerate(rows, 2)]


def _run(path: Path, number: int, header: Sequence[str], row: Sequence[str]) -> Run:
    try:
        return msgspec.convert(dict(zip(header, row, strict=True)), Run, strict=False)
    except ValueError as error:
        raise OutputError(
            f"{path}, line {number} is damaged ({error}); delete the line, and its run is made again"
        ) from error


def _write_runs(path: Path, runs: Iterable[Run]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(asdict(run).values() for run in runs)
    write_atomically(path, text.getvalue().encode())


def _check_conditions(now: Conditions, out: Path) -> None:
    """Refuse to add runs to a CSV whose runs were made under other conditions; they are kept beside it."""
    path = out.with_name(f"{out.name}.conditions.json")
    if out.exists() and path.exists():
        before = read_document(path, Conditions, "choose another --out", OutputError)
        if before != now:
            raise OutputError(
                f"{out} was measured under {asdict(before)}, not {asdict(now)}; choose another --out"
            )
    write_atomically(path, msgspec.json.encode(now) + b"\n")


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
        Runs that ended with a proof.
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
