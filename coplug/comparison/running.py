"""Running a comparison: what its CSV does not hold yet, policies in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from coplug.comparison.journal import check_conditions, read_runs, row_of, write_conditions, write_runs
from coplug.comparison.plan import Plan, make_plan
from coplug.files import appending
from coplug.measurement import Conditions, Run, check_instance, run_once
from coplug.parallel import Workers, run_unordered


def compare(
    instances: str | Path | Iterable[str | Path],
    policies: Iterable[str] = ("none", "auto"),
    *,
    problem: str | None = None,
    seeds: int | Iterable[int] = 5,
    out: str | Path = "compare.csv",
    settings: str = "default",
    time_limit: float | None = None,
    keep_settings: bool = False,
    options: Mapping[str, object] | None = None,
    jobs: int = 1,
    backend: str = "local",
    address: str = "",
    on_run: Callable[[Run], None] | None = None,
) -> list[Run]:
    """Solve each instance under each seed with the policies in turn, as ``coplug compare`` does.

    :func:`~coplug.comparison.means.summarise` makes the table of models' runs,
    :func:`~coplug.comparison.values.summarise_values` that of other problems, and
    :func:`~coplug.comparison.means.objective_mismatches` says where runs disagree.

    Parameters
    ----------
    instances : path, or iterable of paths
        Files, or directories of them.
    policies : iterable of str
        See :class:`~coplug.comparison.plan.Plan`.
    problem : str, optional
        Of all instances; only needed where a file may be of several, or a directory holds no models.
    seeds : int or iterable of int
        How many, 0, 1, 2, ..., or which.
    out : path
        CSV of all runs; continued if it exists.
    settings : str
        ``default``, ``permuted``, ``gasse`` or ``ml4co``, see :data:`coplug.scip.settings.PROTOCOLS`; for models.
    time_limit : float, optional
        Seconds of each run, at least 0: CPU time of models, by default 3600; wall-clock time of other problems, by
        default 10.
    keep_settings : bool
        Leave SCIP's parameters alone even if a policy brings some.
    options : mapping, optional
        Of the problem, for other problems than models: ``{"budget": 50}``.
    jobs, backend, address
        See :class:`coplug.parallel.Workers`; 1 job for times to trust.
    on_run : callable, optional
        Told of each run that was made now.

    Raises
    ------
    CoplugError
        If something that was given cannot be used.
    """
    plan = make_plan(
        [instances] if isinstance(instances, str | Path) else instances,
        policies,
        problem=problem,
        seeds=seeds,
        settings=settings,
        time_limit=time_limit,
        keep_settings=keep_settings,
        options={word: str(value) for word, value in (options or {}).items()},
    )
    return run_plan(plan, Path(out), jobs=Workers(jobs, backend, address), on_run=on_run)


def run_plan(
    plan: Plan, out: Path, *, jobs: int | Workers = 1, on_run: Callable[[Run], None] | None = None
) -> list[Run]:
    """Run what ``out`` does not hold yet, adding rows as they come, and return all of the plan's runs.

    Instances that are still to be run are read first, so that one which cannot be read ends nothing in the middle;
    nothing is written before. ``jobs`` is a number of processes, or where they run. Several share the machine's caches
    and memory bandwidth: use one where times are to be trusted. The workers of a cluster load the policies by their
    names themselves.

    Raises
    ------
    OutputError
        If ``out`` cannot be written, is damaged, holds something else, or was measured under other conditions.
    InstanceError
        If an instance cannot be read.
    """
    earlier = read_runs(out) if out.exists() else []
    if earlier:
        check_conditions(plan.conditions, out)
    kept = {(run.instance, run.seed, run.policy): run for run in earlier}
    pending = _pending(plan, kept)
    for instance in dict.fromkeys(instance for _, instance, _, _ in pending):
        check_instance(plan.conditions, instance)
    write_runs(out, kept.values())
    write_conditions(plan.conditions, out)
    with appending(out) as append, closing(run_unordered(run_pair, pending, jobs)) as pairs:
        for runs in pairs:
            for run in runs:
                append(row_of(run))
                kept[run.instance, run.seed, run.policy] = run
                if on_run is not None:
                    on_run(run)
    return _of_plan(plan, kept.values())


def run_pair(conditions: Conditions, instance: str, seed: int, policies: Sequence[str]) -> list[Run]:
    """Solve one instance under one seed with each policy in turn."""
    return [run_once(conditions, instance, seed, policy) for policy in policies]


def runs_so_far(plan: Plan, out: Path) -> list[Run]:
    """Return the runs of a plan that a CSV holds; none if there is no CSV.

    Raises
    ------
    OutputError
        As :func:`~coplug.comparison.journal.read_runs`.
    """
    return _of_plan(plan, read_runs(out)) if out.exists() else []


def _pending(
    plan: Plan, kept: dict[tuple[str, int, str], Run]
) -> list[tuple[Conditions, str, int, list[str]]]:
    pending = []
    for instance in plan.instances:
        for seed in plan.seeds:
            missing = [p for p in plan.policies if (Path(instance).name, seed, p) not in kept]
            if missing:
                pending.append((plan.conditions, str(Path(instance).absolute()), seed, missing))
    return pending


def _of_plan(plan: Plan, runs: Iterable[Run]) -> list[Run]:
    names = {Path(instance).name for instance in plan.instances}
    return [
        run
        for run in runs
        if run.instance in names and run.seed in plan.seeds and run.policy in plan.policies
    ]
