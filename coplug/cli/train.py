"""``coplug train``: train a learned system as a recipe says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coplug.cli.options import completed

if TYPE_CHECKING:
    from coplug.training.outcome import Outcome


def train(
    recipe: Annotated[
        str,
        typer.Argument(
            help="A recipe's name (see `coplug list recipes`) or a .toml file.",
            autocompletion=completed("recipes"),
        ),
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a key of the recipe; may be repeated."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Run directory.  [default: runs/RECIPE]")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in the run directory.")] = False,
) -> None:
    """Train a learned system as RECIPE says.

    Ctrl-C ends the run after a checkpoint; --resume continues it.
    """
    from rich.console import Console

    from coplug.cli.train_progress import make_reporter
    from coplug.training.train import train as run

    # Of several processes that torchrun started, the first one speaks.
    is_first = os.environ.get("RANK", "0") == "0"
    with make_reporter(None if is_first else Console(quiet=True)) as reporter:
        outcome = run(recipe, settings or (), out=out, resume=resume, reporter=reporter)
    if is_first:
        typer.echo(_summary(outcome, recipe))
    if outcome.signal:
        raise typer.Exit(128 + outcome.signal)


def _summary(outcome: Outcome, recipe: str) -> str:
    lines = [f"{outcome.status.replace('_', ' ')} after {outcome.epochs} epochs"]
    if outcome.policy is not None:
        best, metric = outcome.best, outcome.metric
        lines.append(f"best: epoch {int(best['epoch']) + 1}, {metric.replace('_', ' ')} {best[metric]:.4g}")
        lines.append(f"policy: {outcome.policy}")
    if outcome.status == "interrupted":
        lines.append(
            f"continue with: coplug train {recipe} --out {outcome.out} --resume (and the same --set)"
        )
    return "\n".join(lines)
