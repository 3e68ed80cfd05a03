"""``coplug fit``: from a folder of instances to a solver that is faster on the next one."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from coplug.cli.options import Address, Backend
from coplug.cli.tune import Jobs, Objective, Seed, TimeLimit, solve_line


def fit(
    instances: Annotated[
        list[Path], typer.Argument(help="Instance files of one kind, or directories of them.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="POLICY",
            help="The folder to write the policy to. An interrupted command goes on.",
        ),
    ],
    budget: Annotated[
        str, typer.Option(help="CPU time for each of the jobs, such as 90s, 30m or 4h.")
    ] = "30m",
    objective: Objective = "",
    time_limit: TimeLimit = None,
    seed: Seed = 0,
    install: Annotated[
        bool, typer.Option("--install", help="Copy the policy to where --policy auto looks.")
    ] = False,
    go_on: Annotated[
        bool,
        typer.Option("--continue", help="Fit anew from what an earlier fit found, on other instances, too."),
    ] = False,
    jobs: Jobs = 1,
    backend: Backend = "local",
    address: Address = "",
) -> None:
    """Fit SCIP to a folder of instances: settings, a branching policy where branching takes the time, and a choice.

    The choice is made on instances that nothing before has seen, and SCIP as it comes may win it. Ctrl-C and kills
    lose at most the solve in progress; the same command goes on.
    """
    from coplug.fitting import fit as run

    try:
        fitted = run(
            instances,
            out,
            budget,
            objective=objective,
            time_limit=time_limit,
            seed=seed,
            jobs=jobs,
            backend=backend,
            address=address,
            install=install,
            go_on=go_on,
            say=lambda line: typer.echo(f"coplug: {line}"),
            on_solve=lambda solve, settings: typer.echo(solve_line(solve, len(settings))),
        )
    except KeyboardInterrupt as interrupt:
        typer.echo(f"coplug: interrupted; all work is kept in {out}.fit, the same command goes on", err=True)
        raise typer.Exit(128 + (interrupt.args[0] if interrupt.args else signal.SIGINT)) from None
    typer.echo(fitted.decision.reason)
    for name, value in sorted(fitted.settings.items()):
        typer.echo(f"  {name} = {value}")
    what = "policy" if fitted.holds_policy else "no policy ships; card"
    typer.echo(f"{what}: {fitted.out}  ({fitted.spent_s:.0f} s of CPU time)")
    if fitted.installed is not None:
        typer.echo(f"installed: {fitted.installed}; coplug solve --policy auto uses it where it fits")
