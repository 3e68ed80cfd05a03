"""How a training session ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training session ended.

    Attributes
    ----------
    status : str
        ``max_epochs``, ``early_stop``, ``time_limit`` or ``interrupted``; the last two can be resumed.
    epochs : int
        Finished epochs, those of earlier sessions included.
    best : dict
        Metrics of the best epoch; empty if none was finished.
    policy : Path or None
        Directory of that epoch's policy.
    metric : str
        The metric that tells the best epoch.
    signal : int
        The signal that interrupted the session, or 0.
    out : Path or None
        Run directory; :func:`coplug.training.train.train` fills this in.
    """

    status: str
    epochs: int
    best: dict[str, float]
    policy: Path | None
    metric: str = "valid_loss"
    signal: int = 0
    out: Path | None = None
