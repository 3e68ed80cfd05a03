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


class Allowance:
    """A part of a budget: a ledger that ends earlier.

    Parameters
    ----------
    ledger : Ledger
    begun_s, end_s : float
        What is spent of the whole where the part begins and ends.
    """

    def __init__(self, ledger: Ledger, begun_s: float, end_s: float) -> None:
        self._ledger = ledger
        self._end_s = end_s
        self.begun_s = begun_s
        self.budget_s = end_s - begun_s

    def add(self, cpu_s: float) -> None:
        """See :meth:`Ledger.add`."""
        self._ledger.add(cpu_s)

    @property
    def spent_s(self) -> float:
        """What was spent of the whole."""
        return self._ledger.spent_s

    @property
    def left_s(self) -> float:
        """What is left of the part."""
        return self._end_s - self._ledger.spent_s
