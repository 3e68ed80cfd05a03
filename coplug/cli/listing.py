"""``coplug list`` and ``coplug info``: what there is, and what it is."""

from __future__ import annotations

from typing import Annotated

import typer


def list_(
    what: Annotated[str, typer.Argument(help="policies, problems, families, envs or recipes.")],
) -> None:
    """List what coplug knows by name, with where it comes from."""
    from coplug.catalogue import KINDS, catalogue
    from coplug.errors import UsageError

    if what not in KINDS:
        raise UsageError(f"coplug list {what}: choose from {', '.join(KINDS)}")
    entries = catalogue(what)
    if not entries:
        typer.echo(f"no {what} yet")
    width = max((len(name) for name in entries), default=0)
    for name, origin in entries.items():
        typer.echo(f"{name:<{width}}  {origin}")


def info(name: Annotated[str, typer.Argument(help="A name that `coplug list` shows.")]) -> None:
    """Show the card of a policy, the text of a recipe, or what a problem family is."""
    from coplug.catalogue import describe

    typer.echo(describe(name))
