"""What a solve of a knapsack can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coplug.contracts.problem import Options
from coplug.options import option

METHODS = ("auto", "dynamic-programming", "epsilon-constraint", "local-search", "nsga2", "sampler")

DEFAULT_TIME_LIMITS_S = {"auto": 60.0, "local-search": 10.0, "nsga2": 10.0, "sampler": 60.0}
"""Of the methods that may not end by themselves; the others have none."""


@dataclass(frozen=True, kw_only=True)
class KnapsackOptions(Options):
    """What a solve of a knapsack can be asked.

    Attributes
    ----------
    policy : object
        auto or none: no policy is asked anything.
    time_limit_s : float or None
        Seconds of wall-clock time; if not given, 60 for auto and the sampler, 10 for local search and nsga2, and none
        for the exact methods.
    seed : int
        Of all random draws, below 2**31.
    method : str
        How to search. auto: local search, then dynamic programming, and where that does not do, epsilon-constraint with
        SCIP and local search in turns; the sampler needs the extra train.
    objectives : tuple of str
        Of an .lp file: the row that is an objective, or obj, the objective function. May be repeated.
    number : int or None
        Which instance of a file with several, from 1.
    points : int or None
        Report so many solutions at most, those that lie far apart.
    max_steps : int or None
        Steps of the local search, or generations of nsga2; with it, the outcome does not depend on the machine.
    memory_limit_mb : float or None
        Memory of SCIP, and of the states of dynamic programming (1024 if not given), in MB.

    Raises
    ------
    UsageError
        If an option is out of range.
    """

    policy: Any = option(None, metavar="NAME")
    seed: int = option(0, metavar="N", minimum=0, maximum=2**31 - 1)
    method: str = option("auto", choices=METHODS)
    objectives: tuple[str, ...] = option((), flags=("--objective",), metavar="ROW:max", example="profit:max")
    number: int | None = option(None, metavar="N", minimum=1)
    points: int | None = option(None, metavar="N", minimum=1)
    max_steps: int | None = option(None, metavar="N", minimum=0)
    memory_limit_mb: float | None = option(None, flags=("--mem-limit",), metavar="MB", minimum=0)

    @property
    def limit_s(self) -> float:
        """Seconds, perhaps infinite."""
        if self.time_limit_s is not None:
            return self.time_limit_s
        return DEFAULT_TIME_LIMITS_S.get(self.method, float("inf"))
