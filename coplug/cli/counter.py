"""How far work is that consists of many pieces: a bar below the finished ones on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Counter(Protocol):
    """Shows what is finished."""

    def done(self, count: int, line: str) -> None:
        """Show a line about a finished piece, and that so many are finished."""
        ...


class LineCounter:
    """Prints the lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def done(self, count: int, line: str) -> None:
        """See :class:`Counter`."""
        print(line, file=self._stream, flush=True)


class BarCounter:
    """Prints the lines above a bar, with the count, the time that has passed and about the time that is left."""

    def __init__(self, progress: Progress, total: int, begun: int) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=total, completed=begun)

    def done(self, count: int, line: str) -> None:
        """See :class:`Counter`."""
        self._progress.console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._progress.update(self._task, completed=count)


@contextmanager
def counter(unit: str, total: int, begun: int, stream: TextIO) -> Iterator[Counter]:
    """Show pieces of work on a stream in the way it can show.

    Parameters
    ----------
    unit : str
        What a piece is called, of several, such as ``runs``.
    total, begun : int
        How many there are, and how many are finished already.
    stream : file
    """
    if not stream.isatty():
        yield LineCounter(stream)
        return
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(file=stream, highlight=False)
    with Progress(*columns, console=console, transient=True) as progress:
        yield BarCounter(progress, total, begun)
