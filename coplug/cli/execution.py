"""Solving what a command line names, one instance after the other: what is shown, printed and written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import typer

from coplug.cli.problem_command import Values
from coplug.errors import CoplugError, UnwrittenError, UsageError
from coplug.report import Report

PRINTED = Path("-")
"""As ``--solution``: on standard output."""


def execute(
    solve: Callable[..., Report], sources: Sequence[Path | None], options: Values, values: Values
) -> None:
    """Solve, show, write and print; the process ends with the worst status of all instances.

    Parameters
    ----------
    solve : callable
        Takes a source and what :func:`coplug.solving.solve` takes by name.
    sources : sequence of Path or None
        Files; None alone for a problem that needs none.
    options : dict
        Of the problem, by their words.
    values : dict
        With ``solution``, ``plot``, ``policy_path``, ``log_policy``, ``as_json`` and ``quiet``.

    Raises
    ------
    UsageError
        If these do not fit together.
    CoplugError
        If the only instance cannot be solved; of several, it is one line and the others follow.
    """
    if values["solution"] == PRINTED and values["as_json"]:
        raise UsageError("--solution - and --json both print on standard output; --json has the solution")
    several = len(sources) > 1
    printer = _Printer(values, several)
    with closing(printer):
        for source in sources:
            try:
                printer.show(*_solved(solve, source, options, values))
            except UsageError:
                raise
            except CoplugError as error:
                if not several:
                    raise
                printer.show_failure(source, error)
            if printer.interrupted:
                break
    if printer.status:
        raise typer.Exit(printer.status)


def _solved(
    solve: Callable[..., Report], source: Path | None, options: Values, values: Values
) -> tuple[Report, UnwrittenError | None]:
    """Return the report of a solve, and what could not be written of it."""
    from coplug.cli.display import make_display

    solution = None if values["solution"] == PRINTED else values["solution"]
    with make_display(quiet=values["quiet"], stream=_stream(values)) as display:
        try:
            report = solve(
                source,
                solution=solution,
                plot=values["plot"],
                policy_path=values["policy_path"] or (),
                log_policy=values["log_policy"],
                on_progress=display.show if display.live else None,
                on_slow=display.compiling,
                **options,
            )
        except UnwrittenError as error:
            return error.report, error
    return report, None


def _stream(values: Values) -> Any:
    """Return where people read."""
    return sys.stderr if values["as_json"] else sys.stdout


class _Printer:
    """Prints reports as they come, and knows the worst status."""

    def __init__(self, values: Values, several: bool) -> None:
        self._values = values
        self._several = several
        self._n_documents = 0
        self.status = 0
        self.interrupted = False

    def show(self, report: Report, unwritten: UnwrittenError | None) -> None:
        """Print a report, and with it what could not be written."""
        if not self._values["quiet"]:
            for note in report.notes:
                typer.echo(f"coplug: {report.instance}: {note}", err=True)
            heading = [f"{report.instance}:"] if self._several else []
            for line in (*heading, *report.summary()):
                typer.echo(line, file=_stream(self._values))
        if not self._values["as_json"] and (self._values["solution"] == PRINTED or unwritten):
            typer.echo(report.solution_text(), nl=False)
        self._print_document(report.to_json())
        if unwritten is not None:
            self._fail(unwritten)
        if report.signal is not None:
            self.interrupted = True
            self.status = 128 + report.signal

    def show_failure(self, source: Path | None, error: CoplugError) -> None:
        """Print why an instance could not be solved."""
        self._print_document(json.dumps({"instance": str(source), "error": str(error)}))
        self._fail(error)

    def close(self) -> None:
        """End the array."""
        if self._n_documents and self._several:
            typer.echo("]")

    def _print_document(self, document: str) -> None:
        if self._values["as_json"]:
            before = ("," if self._n_documents else "[") if self._several else ""
            typer.echo(before + document)
            self._n_documents += 1

    def _fail(self, error: CoplugError) -> None:
        typer.echo(f"coplug: {' '.join(str(error).split())}", err=True)
        self.status = max(self.status, 1)
