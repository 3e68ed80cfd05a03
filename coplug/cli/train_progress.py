"""Progress of ``coplug train``: a bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from coplug.training.reporter import Reporter

_LINE_EVERY_S = 30.0


@contextmanager
def make_reporter(console: Console | None = None) -> Iterator[Reporter]:
    """Report on ``console``, by default standard output, in the way it can show."""
    console = console or Console()
    if console.is_terminal:
        with _progress(console) as progress:
            yield BarReporter(progress)
    else:
        yield LineReporter(console)


def epoch_line(metrics: Mapping[str, float]) -> str:
    """Return the metrics of an epoch as one line."""
    values = (f"{name.replace('_', ' ')} {value:.4g}" for name, value in metrics.items() if name != "epoch")
    return f"epoch {int(metrics['epoch']) + 1}: {', '.join(values)}"


class LineReporter:
    """One line an epoch, and one every half minute within it."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.epoch_steps = 0
        self.last_line: tuple[float, int] | None = None

    def start(self, epoch: int, max_epochs: int, epoch_steps: int) -> None:
        """Remember the length of an epoch."""
        self.epoch_steps = epoch_steps
        self.message(f"epoch {epoch + 1} of at most {max_epochs}, {epoch_steps} steps each")

    def step(self, epoch: int, done: int, name: str, mean: float) -> None:
        """Print a line if the last one is a while ago."""
        now = time.monotonic()
        before, done_before = self.last_line = self.last_line or (now, done)
        if now - before < _LINE_EVERY_S:
            return
        speed = (done - done_before) / (now - before)
        left_s = (self.epoch_steps - done) / speed
        self.last_line = (now, done)
        self.message(
            f"epoch {epoch + 1}: step {done}/{self.epoch_steps}, {name} {mean:.4g}, {speed:.2f} steps/s, "
            f"{left_s:.0f} s left in this epoch"
        )

    def epoch(self, metrics: Mapping[str, float]) -> None:
        """Print the metrics."""
        self.last_line = None
        self.message(epoch_line(metrics))

    def message(self, text: str) -> None:
        """Print a line."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


class BarReporter:
    """A bar for the current epoch below the lines of the finished ones."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.max_epochs = 0
        self.task = progress.add_task("preparing", total=None, mean="", valid="")

    def start(self, epoch: int, max_epochs: int, epoch_steps: int) -> None:
        """Show an empty bar."""
        self.max_epochs = max_epochs
        self.progress.reset(self.task, total=epoch_steps, description=self._title(epoch), mean="", valid="")

    def step(self, epoch: int, done: int, name: str, mean: float) -> None:
        """Move the bar."""
        self.progress.update(self.task, completed=done, mean=f"{name} {mean:.4g}")

    def epoch(self, metrics: Mapping[str, float]) -> None:
        """Print the metrics above the bar and begin it anew."""
        self.message(epoch_line(metrics))
        name, value = next((n, v) for n, v in metrics.items() if n.startswith("valid_"))
        valid = f"{name.replace('_', ' ')} {value:.4g}"
        self.progress.reset(
            self.task, description=self._title(int(metrics["epoch"]) + 1), mean="", valid=valid
        )

    def message(self, text: str) -> None:
        """Print a line above the bar."""
        self.progress.console.print(text, markup=False, highlight=False)

    def _title(self, epoch: int) -> str:
        return f"epoch {min(epoch + 1, self.max_epochs)}/{self.max_epochs}"


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.2f} steps/s" if task.speed else "")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Speed(),
        TextColumn("{task.fields[mean]}"),
        TextColumn("{task.fields[valid]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
