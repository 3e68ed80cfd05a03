"""``coplug search``: look for good objects of a kind, as long as there is time."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

if TYPE_CHECKING:
    from coplug.problems.extremal.search import Progress

app = typer.Typer(help="Search for good objects of a kind, as long as there is time.", no_args_is_help=True)

LINE_EVERY_S = 10.0
LIVE_EVERY_S = 0.1


@app.callback()
def _root() -> None:
    """Search for good objects of a kind, as long as there is time."""


@app.command()
def extremal(
    nodes: Annotated[int, typer.Option(metavar="N", help="Nodes of the graph.")],
    method: Annotated[str, typer.Option(metavar="tabu|climb|both|alphazero", help="How to search.")] = "tabu",
    guide: Annotated[
        str, typer.Option(metavar="NAME|DIR|none", help="A network that says which flips are promising.")
    ] = "",
    curriculum: Annotated[
        bool, typer.Option(help="Search smaller sizes first, or start each time without edges.")
    ] = True,
    time_limit: Annotated[float, typer.Option(metavar="S", help="Seconds.")] = 60.0,
    forbid: Annotated[
        str, typer.Option(metavar="LENGTHS", help="Forbidden cycle lengths, within 3..8.")
    ] = "3,4",
    target: Annotated[int | None, typer.Option(metavar="EDGES", help="Stop at so many edges.")] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of the random draws.")] = 0,
    from_archive: Annotated[
        Path | None, typer.Option(metavar="FILE.g6", help="Start from these graphs, too; any sizes.")
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder to write to; a search goes on from what is there.")
    ] = Path("runs/extremal"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing but errors (and --json).")
    ] = False,
) -> None:
    """Search for a graph with many edges and no cycle of a forbidden length, by default girth 5.

    Writes DIR/N.g6, its certificate DIR/N.json, and DIR/archive.g6, the best graph of each size met on the way.
    Exit status: 0 the search ended, 1 it could not run, 2 usage, 130 or 143 interrupted, with the best graph written.
    """
    from coplug.problems.extremal.runs import Options, run
    from coplug.training.signals import stop_signals

    options = Options(
        nodes=nodes,
        method=method,
        guide=guide,
        curriculum=curriculum,
        lengths=parse_lengths(forbid),
        time_limit_s=time_limit,
        seed=seed,
        target=target,
        from_archive=from_archive,
        out=out,
    )
    display = Display(nodes, None if quiet else sys.stderr if as_json else sys.stdout)
    with stop_signals() as signals:
        document = run(
            options,
            should_stop=lambda: bool(signals.received),
            on_progress=display.progress,
            on_broken=lambda line: typer.echo(f"coplug: {line}", err=True),
            on_slow=display.compiling,
        )
    display.summary(document)
    if as_json:
        typer.echo(json.dumps(document, allow_nan=False))
    if signals.received:
        raise typer.Exit(128 + signals.received)


def parse_lengths(text: str) -> tuple[int, ...]:
    """Split lengths at commas.

    Raises
    ------
    UsageError
        If one is no number.
    """
    from coplug.errors import UsageError

    try:
        return tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise UsageError(f"--forbid {text}: expected lengths such as 3,4") from None


class Display:
    """One line that is kept up to date on a terminal, a line now and then elsewhere, nothing without a stream."""

    def __init__(self, nodes: int, stream: TextIO | None) -> None:
        self._nodes = nodes
        self._stream = stream
        self._live = stream is not None and stream.isatty()
        self._every_s = LIVE_EVERY_S if self._live else LINE_EVERY_S
        self._next: float | None = None

    def compiling(self) -> None:
        """Say what takes so long."""
        if self._stream is not None:
            print(
                "coplug: compiling kernels, once on this machine; this takes some seconds",
                file=self._stream,
                flush=True,
            )

    def progress(self, progress: Progress) -> None:
        """Show where the search stands, if the last time is a while ago."""
        now = time.monotonic()
        if self._next is None:  # the clock starts after compiling
            self._next = now + self._every_s
        if self._stream is None or now < self._next:
            return
        self._next = now + self._every_s
        line = progress_line(self._nodes, progress)
        print(
            f"\r{line}\x1b[K" if self._live else line,
            end="" if self._live else "\n",
            file=self._stream,
            flush=True,
        )

    def summary(self, document: dict[str, Any]) -> None:
        """Show how the search ended."""
        if self._stream is None:
            return
        print("\r\x1b[K" if self._live else "", end="", file=self._stream)
        for line in summary_lines(document):
            print(line, file=self._stream, flush=True)


def progress_line(nodes: int, progress: Progress) -> str:
    """Return one line about a running search."""
    edges = str(progress.n_edges) if progress.n_edges >= 0 else "no"
    rate = progress.n_flips / max(progress.time_s, 1e-9)
    return f"{progress.time_s:7.1f} s  {nodes} nodes: {edges} edges  at size {progress.size}  {rate:,.0f} flips/s"


def summary_lines(document: dict[str, Any]) -> list[str]:
    """Return the lines that close a search."""
    bound = "" if document["bound"] is None else f"  (at most {document['bound']}, proved)"
    girth = "none, no cycle" if document["girth"] is None else document["girth"]
    return [
        f"status     {document['status']}",
        f"edges      {document['objective']}{bound}",
        f"girth      {girth}",
        f"time       {document['time_s']:.2f} s, {document['flips']:,} flips",
        f"graph      {document['solution']}",
    ]
