"""The command line: one file a command, which parses, calls and prints, and has no logic of its own."""

from __future__ import annotations

import errno
import logging
import os
import sys
from typing import TextIO

import typer

from coplug.cli import (
    collect,
    compare,
    doctor,
    evaluate,
    fit,
    generate,
    listing,
    plot,
    report,
    search,
    solve,
    train,
    tune,
)
from coplug.cli.options import HELP_FLAGS, RAW
from coplug.cli.raw_command import RawCommand
from coplug.errors import CoplugError, OutputError, UsageError

app = typer.Typer(
    name="coplug",
    help="Learned plugins for combinatorial optimization.",
    no_args_is_help=True,
    context_settings={"help_option_names": list(HELP_FLAGS)},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(cls=RawCommand, context_settings=RAW)(solve.solve)
app.command(cls=generate.GenerateCommand)(generate.generate)
app.add_typer(collect.app, name="collect")
app.command()(train.train)
app.command()(evaluate.evaluate)
app.command()(plot.plot)
app.command()(compare.compare)
app.command()(report.report)
app.command()(tune.tune)
app.command()(fit.fit)
app.command(cls=RawCommand, context_settings=RAW)(search.search)
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
    """Run the command line; an error that coplug foresees becomes one line and exit status 1 (2 for usage).

    So does what the system refuses, such as to write on a full disk. Where the reader of standard output is gone,
    nobody is left to tell.
    """
    sys.stdout, sys.stderr = _open(sys.stdout), _open(sys.stderr)
    status: int | str | None = None
    try:
        app()
    except SystemExit as leaving:
        status = leaving.code
    except UsageError as error:
        status = _failed(error, 2)
    except CoplugError as error:
        status = _failed(error, 1)
    except OSError as error:
        status = _failed(_named(error), 1)
    sys.exit(_flushed() or status)


def _named(error: OSError) -> CoplugError:
    """Return an error of the system with the file that it is about; a write without one is to standard output."""
    if error.filename is not None:
        return OutputError(f"{error.filename}: {error.strerror or error}")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        return _unwritten("standard output", error)
    return OutputError(error.strerror or str(error))


def _open(stream: TextIO | None) -> TextIO:
    """Return a stream to print on also where the caller closed it."""
    return stream if stream is not None else open(os.devnull, "w", encoding="utf-8")


def _failed(error: Exception, status: int) -> int:
    try:
        typer.echo(f"coplug: {' '.join(str(error).split())}", err=True)
    except OSError:  # standard error is full as well
        _give_up(sys.stderr)
    return status


def _flushed() -> int:
    """Print what is left; return 1 where it cannot be, with a line that says so unless the reader is gone."""
    status = 0
    for stream, name in ((sys.stdout, "standard output"), (sys.stderr, "standard error")):
        try:
            stream.flush()
        except OSError as error:
            _give_up(stream)
            status = 1
            if error.errno != errno.EPIPE:
                _failed(_unwritten(name, error), 1)
    return status


def _unwritten(name: str, error: OSError) -> OutputError:
    return OutputError(f"{name} cannot be written: {error.strerror}")


def _give_up(stream: TextIO) -> None:
    """Let what is still in a stream's buffer go nowhere, so that the interpreter can end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
