"""What ``coplug solve`` shows: a live line on a terminal, plain lines elsewhere, and a summary."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Protocol, TextIO

from coplug.scip.progress import Snapshot
from coplug.scip.solve import SolveResult

PLAIN_INTERVAL_S = 10.0


class Display(Protocol):
    """Shows a solve."""

    live: bool

    def compiling(self) -> None:
        """Say that kernels are being compiled."""
        ...

    def update(self, snapshot: Snapshot | None) -> None:
        """Show where the solve stands."""
        ...

    def show(self, line: str) -> None:
        """Show a line about where a solve stands."""
        ...

    def summary(self, result: SolveResult) -> None:
        """Show how it ended."""
        ...

    def close(self, lines: list[str]) -> None:
        """Show the lines that close a solve."""
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

    def update(self, snapshot: Snapshot | None) -> None:
        """See :class:`Display`."""
        if snapshot is not None and self.live:
            self.show(progress_line(snapshot))

    def show(self, line: str) -> None:
        """See :class:`Display`."""

    def summary(self, result: SolveResult) -> None:
        """See :class:`Display`."""
        self.close(summary_lines(result))

    def close(self, lines: list[str]) -> None:
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

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = time.monotonic() + PLAIN_INTERVAL_S

    def _print(self, line: str) -> None:
        print(line, file=self._stream, flush=True)

    def compiling(self) -> None:
        """See :class:`Display`."""
        self._print("coplug: compiling kernels, once on this machine; this takes some seconds")

    def show(self, line: str) -> None:
        """See :class:`Display`."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_INTERVAL_S
            self._print(line)

    def close(self, lines: list[str]) -> None:
        """See :class:`Display`."""
        for line in lines:
            self._print(line)


class TerminalDisplay(PlainDisplay):
    """Keeps one line up to date."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        from rich.console import Console
        from rich.status import Status

        self._status = Status("reading and presolving", console=Console(file=stream, highlight=False))

    def show(self, line: str) -> None:
        """See :class:`Display`."""
        self._status.update(line)

    def __enter__(self) -> TerminalDisplay:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()


def progress_line(snapshot: Snapshot) -> str:
    """Return one line about a running solve."""
    line = (
        f"{snapshot.time_s:7.1f} s  {snapshot.nodes} nodes  primal {_number(snapshot.primal_bound)}  "
        f"dual {_number(snapshot.dual_bound)}  gap {_percent(snapshot.gap)}"
    )
    if snapshot.policy_calls:
        line += f"  policy {1e3 * snapshot.policy_time_s / snapshot.policy_calls:.2f} ms a node"
    return line


def summary_lines(result: SolveResult) -> list[str]:
    """Return the lines that close a solve."""
    final = result.final
    lines = [
        f"status     {result.status}",
        f"objective  {_number(final.primal_bound) if result.has_solution else 'no solution'}  ({result.sense})",
        f"bound      {_number(final.dual_bound)}",
        f"gap        {_percent(final.gap)}",
        f"nodes      {final.nodes}",
        f"time       {final.time_s:.2f} s",
        f"policy     {_policy(result)}",
    ]
    if result.policy_reason:
        lines.append(f"           {result.policy_reason}")
    if result.policy_withdrawn:
        lines.append(f"           left the rest to SCIP: {result.policy_withdrawn}")
    if result.applied:
        pairs = ", ".join(f"{name} = {value}" for name, value in result.applied.items())
        lines.append(f"settings   {pairs} (came with the policy; --keep-settings leaves SCIP's)")
    if result.policy_fallbacks:
        lines.append(f"fallbacks  {result.policy_fallbacks} nodes went to SCIP: {result.first_failure}")
    return lines


def _policy(result: SolveResult) -> str:
    if result.policy_name == "none":
        return "none, SCIP's own branching"
    final = result.final
    if not final.policy_calls:
        return f"{result.policy_name}, never asked: solved without branching"
    share = 100.0 * final.policy_time_s / final.time_s if final.time_s else 0.0
    return (
        f"{result.policy_name}, {final.policy_calls} calls, {final.policy_time_s:.2f} s "
        f"({share:.1f} % of the time, {1e3 * final.policy_time_s / final.policy_calls:.2f} ms a node)"
    )


def _number(value: float) -> str:
    if abs(value) >= 1e20:
        return "-inf" if value < 0 else "inf"
    return f"{value:.10g}"


def _percent(gap: float) -> str:
    return "inf" if gap >= 1e20 else f"{100.0 * gap:.2f} %"
