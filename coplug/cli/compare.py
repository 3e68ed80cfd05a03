"""``coplug compare``: policies against each other on the same instances and seeds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coplug.cli.options import Address, Backend

if TYPE_CHECKING:
    from coplug.comparison import Summary
    from coplug.measurement import Run


def compare(
    instances: Annotated[list[Path], typer.Argument(help="Instance files or directories of them.")],
    policies: Annotated[
        str,
        typer.Option(
            help="Comma-separated; the first is the reference. NAME@OWNER: NAME, or none, under OWNER's settings."
        ),
    ] = "none,auto",
    seeds: Annotated[int, typer.Option(min=1, help="How many SCIP seeds, 0, 1, 2, ...")] = 5,
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV of all runs; continued if it exists.")] = Path(
        "compare.csv"
    ),
    settings: Annotated[
        str,
        typer.Option(
            help="default: SCIP as it comes; gasse: cuts at the root, no restarts, permuted by seed; ml4co: no "
            "heuristics, no restarts, time counts from the first branching."
        ),
    ] = "default",
    time_limit: Annotated[float, typer.Option(metavar="S", help="CPU seconds for each run.")] = 3600.0,
    keep_settings: Annotated[
        bool,
        typer.Option("--keep-settings", help="Leave SCIP's parameters alone even if a policy brings some."),
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes; 1 for times to trust.")] = 1,
    backend: Backend = "local",
    address: Address = "",
) -> None:
    """Solve each instance under each seed with the policies in turn, on SCIP's CPU clock.

    Exit status 1 if optimal runs of one instance disagree about the objective.
    """
    from coplug.comparison import compare as run
    from coplug.comparison import objective_mismatches, summarise

    names = [name.strip() for name in policies.split(",") if name.strip()]
    runs = run(
        instances,
        names,
        seeds=seeds,
        out=out,
        settings=settings,
        time_limit=time_limit,
        keep_settings=keep_settings,
        jobs=jobs,
        backend=backend,
        address=address,
        on_run=_show,
    )
    for line in summary_table(summarise(runs, names)):
        typer.echo(line)
    mismatches = objective_mismatches(runs)
    for line in mismatches:
        typer.echo(f"coplug: {line}", err=True)
    if mismatches:
        raise typer.Exit(1)


def _show(run: Run) -> None:
    typer.echo(
        f"{run.instance}  seed {run.seed}  {run.policy}: {run.status}, {run.time_s:.2f} s, {run.nodes} nodes, "
        f"objective {run.objective:.10g}"
    )


def summary_table(summaries: list[Summary]) -> list[str]:
    """Return the table of means as lines."""
    width = max(len(summary.policy) for summary in summaries)
    columns = (
        ("time s", 8),
        ("ratio", 6),
        ("nodes", 9),
        ("ratio", 6),
        ("wins", 5),
        ("solved", 9),
        ("policy", 7),
    )
    head = f"{'policy':<{width}}  " + " ".join(f"{name:>{size}}" for name, size in columns)
    return [head] + [
        f"{s.policy:<{width}}  {s.time_s:8.2f} {s.time_ratio:6.3f} {s.nodes:9.1f} {s.node_ratio:6.3f} {s.wins:5d} "
        f"{f'{s.solved}/{s.runs}':>9} {100 * s.policy_share:6.2f}%"
        for s in summaries
    ]
