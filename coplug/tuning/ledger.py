"""A budget of CPU time: what was spent, in this session and those before, and what is left."""

from __future__ import annotations

import time


class Ledger:
    """Counts the CPU seconds of this process, and those of others that worked for it over their number.

    On a machine that is otherwise idle this is time on the wall; on a busy one nothing is decided by what others do.

    Parameters
    ----------
    budget_s : float
    spent_s : float
        By earlier sessions.
    jobs : int
        Processes that work at once, other than this one; 1 for this one alone.
    """

    def __init__(self, budget_s: float, spent_s: float = 0.0, jobs: int = 1) -> None:
        self.budget_s = budget_s
        self._jobs = jobs
        self._base_s = spent_s
        self._start_s = time.process_time()
        self._elsewhere_s = 0.0

    def add(self, cpu_s: float) -> None:
        """Count what another process has worked; what this one does counts by itself."""
        self._elsewhere_s += cpu_s / self._jobs

    @property
    def spent_s(self) -> float:
        """What was spent so far."""
        return self._base_s + time.process_time() - self._start_s + self._elsewhere_s

    @property
    def left_s(self) -> float:
        """What is left; negative once it is overdrawn."""
        return self.budget_s - self.spent_s
