"""Working through a batch a part at a time, so that a solve can tell its progress and be ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from coplug.report import OnProgress, Progress, Stop


class Work:
    """A solve of a batch.

    Attributes
    ----------
    reason : str
        Why it ended early, as a status; empty if it did not.
    """

    def __init__(self, time_limit_s: float | None, progress: OnProgress | None, stop: Stop) -> None:
        self._limit_s, self._progress, self._stop = time_limit_s, progress, stop
        self._begin_s = time.monotonic()
        self.reason = ""

    @property
    def time_s(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begin_s

    def parts(self, count: int, size: int, what: str, objective: Callable[[], float]) -> Iterator[slice]:
        """Yield parts of ``count`` items until the time is up or somebody says stop."""
        for start in range(0, count, size):
            if self._stop():
                self.reason = "userinterrupt"
            elif self._limit_s is not None and self.time_s >= self._limit_s:
                self.reason = "timelimit"
            if self.reason:
                return
            yield slice(start, min(start + size, count))
            if self._progress is not None:
                done = min(start + size, count)
                self._progress(
                    Progress(time_s=self.time_s, detail=f"{done} of {count} {what}", objective=objective())
                )
