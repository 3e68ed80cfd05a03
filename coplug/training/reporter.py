"""What hears how a training run goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

Metrics = Mapping[str, float]
"""What an epoch measured, by name; ``epoch`` is its number."""


class Reporter(Protocol):
    """Hears how a training run goes; the loops never print."""

    def start(self, epoch: int, max_epochs: int, epoch_steps: int) -> None:
        """Training begins at ``epoch``, later than 0 for a resumed run."""

    def step(self, epoch: int, done: int, name: str, mean: float) -> None:
        """``done`` steps of ``epoch`` are done; ``mean`` is that of what they measured as ``name``."""

    def epoch(self, metrics: Metrics) -> None:
        """Training and evaluation of an epoch are done."""

    def message(self, text: str) -> None:
        """Something happens that takes a while or changes the course."""


class Silent:
    """A :class:`Reporter` that says nothing; a base of those that care for a part."""

    def start(self, epoch: int, max_epochs: int, epoch_steps: int) -> None:
        """See :meth:`Reporter.start`."""

    def step(self, epoch: int, done: int, name: str, mean: float) -> None:
        """See :meth:`Reporter.step`."""

    def epoch(self, metrics: Metrics) -> None:
        """See :meth:`Reporter.epoch`."""

    def message(self, text: str) -> None:
        """See :meth:`Reporter.message`."""
