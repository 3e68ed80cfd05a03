"""What long work shows: a live line on a terminal, plain lines elsewhere, and a summary."""

from __future__ import annotations

import contextlib
import time
from types import TracebackType
from typing import Protocol, TextIO

from coplug.report import Progress

PLAIN_INTERVAL_S = 10.0
LIVE_INTERVAL_S = 0.1


class Display(Protocol):
    """Shows long work."""

    live: bool

    def compiling(self) -> None:
        """Say that kernels are being compiled."""
        ...

    def show(self, progress: Progress) -> None:
        """Show where the work stands, if the last time is a while ago."""
        ...

    def __enter__(self) -> Display: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def make_display(*, quiet: bool, stream: TextIO) -> Display:
    """Return the display that fits the stream."""
    if quiet:
        return QuietDisplay()
    if stream.isatty():
        return TerminalDisplay(stream)
    return PlainDisplay(stream)


class QuietDisplay:
    """Shows nothing."""

    live = False

    def compiling(self) -> None:
        """See :class:`Display`."""

    def show(self, progress: Progress) -> None:
        """See :class:`Display`."""

    def __enter__(self) -> QuietDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class PlainDisplay(QuietDisplay):
    """Prints a line now and then."""

    live = True
    interval_s = PLAIN_INTERVAL_S

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = time.monotonic() + self.interval_s

    def _print(self, line: str) -> None:
        with contextlib.suppress(OSError):  # a solve goes on though nobody can watch
            print(line, file=self._stream, flush=True)

    def _show(self, line: str) -> None:
        self._print(line)

    def compiling(self) -> None:
        """See :class:`Display`."""
        self._print("coplug: compiling kernels, once on this machine; this takes some seconds")

    def show(self, progress: Progress) -> None:
        """See :class:`Display`."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self.interval_s
            self._show(progress.line())


class TerminalDisplay(PlainDisplay):
    """Keeps one line up to date."""

    interval_s = LIVE_INTERVAL_S

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        from rich.console import Console
        from rich.status import Status

        self._status = Status("reading", console=Console(file=stream, highlight=False))

    def _show(self, line: str) -> None:
        self._status.update(line)

    def __enter__(self) -> TerminalDisplay:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()
