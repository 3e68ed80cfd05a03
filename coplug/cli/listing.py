"""``coplug list`` and ``coplug info``: what there is, and what it is."""

from __future__ import annotations

from typing import Annotated

import typer

from coplug.cli import options


def list_(
    what: Annotated[
        str,
        typer.Argument(
            help="policies, problems, families, envs or recipes.", autocompletion=options.completed()
        ),
    ],
) -> None:
    """List what coplug knows by name, with where it comes from."""
    from coplug.catalogue import KINDS, catalogue, policies_by_problem
    from coplug.errors import UsageError

    if what not in KINDS:
        raise UsageError(f"coplug list {what}: choose from {', '.join(KINDS)}")
    if what == "policies":
        for problems, policies in policies_by_problem().items():
            typer.echo(f"{problems}:")
            _show(policies, "  ")
        return
    entries = catalogue(what)
    if not entries:
        typer.echo(f"no {what} yet")
    _show(entries)


def _show(entries: dict[str, str], indent: str = "") -> None:
    width = max((len(name) for name in entries), default=0)
    for name, origin in entries.items():
        typer.echo(f"{indent}{name:<{width}}  {origin}")


def info(
    name: Annotated[
        str,
        typer.Argument(
            help="A name that `coplug list` shows, or a policy's folder.",
            autocompletion=options.completed("policies", "problems", "families", "envs", "recipes"),
        ),
    ],
) -> None:
    """Show the card of a policy, the text of a recipe, or what a problem, family or environment is."""
    from coplug.catalogue import describe

    typer.echo(describe(name))
