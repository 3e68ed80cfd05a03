"""The command line: one file a command, which parses, calls and prints, and has no logic of its own."""

from __future__ import annotations

import logging
import sys

import typer

from coplug.cli import collect, compare, doctor, evaluate, generate, listing, plot, search, solve, train
from coplug.cli.options import RAW
from coplug.errors import CoplugError, UsageError

app = typer.Typer(
    name="coplug",
    help="Learned plugins for combinatorial optimization.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(context_settings=RAW)(solve.solve)
app.command()(generate.generate)
app.add_typer(collect.app, name="collect")
app.command()(train.train)
app.command()(evaluate.evaluate)
app.command()(plot.plot)
app.command()(compare.compare)
app.command(context_settings=RAW)(search.search)
app.command("list")(listing.list_)
app.command()(listing.info)
app.command()(doctor.doctor)


def _show_version(requested: bool) -> None:
    if not requested:
        return
    from coplug.cli.doctor import versions

    typer.echo("\n".join(f"{name} {version}" for name, version in versions().items()))
    raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", is_eager=True, callback=_show_version, help="Show versions and leave."
    ),
) -> None:
    logging.basicConfig(level=logging.WARNING, format="coplug: %(message)s", stream=sys.stderr)


def main() -> None:
    """Run the command line; an error that coplug foresees becomes one line and exit status 1 (2 for usage)."""
    try:
        app()
    except UsageError as error:
        _fail(error, 2)
    except CoplugError as error:
        _fail(error, 1)


def _fail(error: CoplugError, status: int) -> None:
    typer.echo(f"coplug: {' '.join(str(error).split())}", err=True)
    raise SystemExit(status)
