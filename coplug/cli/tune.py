"""``coplug tune``: settings of SCIP for a folder of instances."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coplug.cli.options import Address, Backend

if TYPE_CHECKING:
    from coplug.tuning.solves import Solve

Objective = Annotated[
    str,
    typer.Option(
        metavar="time|gap|primal-integral|dual-integral",
        help="What is made small.  [default: time where a quarter of the runs is solved in time, else gap]",
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        metavar="S", help="CPU seconds of a solve.  [default: a twentieth of the budget, at least 2]"
    ),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        help="Processes that solve at once; they disturb each other's times.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The seed of all random draws.")]


def tune(
    instances: Annotated[
        list[Path], typer.Argument(help="Instance files of one kind, or directories of them.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE.set",
            help="The settings file to write. An interrupted command goes on.",
        ),
    ] = Path("best.set"),
    budget: Annotated[
        str, typer.Option(help="CPU time for each of the jobs, such as 90s, 10m or 4h.")
    ] = "10m",
    objective: Objective = "",
    time_limit: TimeLimit = None,
    seed: Seed = 0,
    jobs: Jobs = 1,
    backend: Backend = "local",
    address: Address = "",
) -> None:
    """Look for settings of SCIP that are better for these instances than SCIP as it comes.

    Settings race on the same instances, permuted by the same seeds; what wins is judged on seeds that no race has
    seen. SCIP as it comes may be best: then the file has no settings. The file is for SCIP's own shell, too.

    Ctrl-C and kills lose at most the solve in progress; the same command goes on.
    """
    from coplug.tuning import tune as run

    try:
        tuned = run(
            instances,
            out,
            budget,
            objective=objective,
            time_limit=time_limit,
            seed=seed,
            jobs=jobs,
            backend=backend,
            address=address,
            on_solve=lambda solve, settings: typer.echo(solve_line(solve, len(settings))),
            say=lambda line: typer.echo(f"coplug: {line}"),
        )
    except KeyboardInterrupt as interrupt:
        typer.echo(
            f"coplug: interrupted; the solves are kept beside {out}, the same command goes on", err=True
        )
        raise typer.Exit(128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)) from None
    typer.echo(tuned.found.reason)
    for name, value in sorted(tuned.settings.items()):
        typer.echo(f"  {name} = {value}")
    what = (
        "settings"
        if tuned.settings
        else "no settings, as SCIP as it comes is best as far as this budget shows"
    )
    typer.echo(f"{what}: {tuned.out}  ({tuned.spent_s:.0f} s of CPU time)")


def solve_line(solve: Solve, n_settings: int) -> str:
    """Return a solve as a line."""
    who = f"{n_settings} parameter{'s' if n_settings > 1 else ''} set" if n_settings else "SCIP as it comes"
    status = "stopped" if solve.status == "timelimit" else solve.status
    return f"{solve.instance}  seed {solve.seed}  {who}: {status}, {solve.time_s:.2f} s, {solve.nodes} nodes"
