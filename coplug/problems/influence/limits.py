"""When a solve has to end, and what is told of it on the way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from coplug.problems.influence.guarantee import Certificate
from coplug.report import OnProgress, Progress, Stop


@dataclass
class Limits:
    """Asked often whether a solve is over; tells who watches where it stands.

    Attributes
    ----------
    time_limit_s : float or None
    progress : callable or None
    stop : callable
    phase : str
        What is being done, in a few words.
    reason : str
        Why the solve is over: ``timelimit`` or ``userinterrupt``; empty as long as it is not.
    """

    time_limit_s: float | None = None
    progress: OnProgress | None = None
    stop: Stop = bool
    phase: str = ""
    reason: str = ""
    begin_s: float = field(default_factory=time.monotonic)
    _known: Certificate | None = None

    @property
    def time_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.begin_s

    def over(self) -> bool:
        """Tell whether the solve is over."""
        if self.progress is not None:
            known = self._known
            self.progress(
                Progress(
                    time_s=self.time_s,
                    detail=self.phase,
                    objective=None if known is None else known.lower,
                    bound=None if known is None else known.upper,
                )
            )
        if not self.reason and self.stop():
            self.reason = "userinterrupt"
        if not self.reason and self.time_limit_s is not None and self.time_s >= self.time_limit_s:
            self.reason = "timelimit"
        return bool(self.reason)

    def tell(self, certificate: Certificate) -> None:
        """Take note of what is known so far."""
        self._known = certificate
