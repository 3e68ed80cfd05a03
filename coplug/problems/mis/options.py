"""What a solve of a graph can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coplug.contracts.problem import Options
from coplug.errors import UsageError, shown
from coplug.options import option
from coplug.plugins import has, name_of

METHODS = {
    "auto": "the best combination, the same as none as long as no learned policy is better",
    "none": "reductions, local search, and SCIP on small components",
    "greedy": "least degree first, or most weight for a degree, on the graph as it is",
    "exact": "reductions, a short local search, then SCIP until it has a proof",
}
"""Ways to solve without a learned policy, by the names that ``--policy`` takes."""

DEFAULT_TIME_LIMIT_S = 10.0
"""Of all methods but ``exact``, which has none: local search never ends by itself."""


@dataclass(frozen=True, kw_only=True)
class GraphOptions(Options):
    """What a solve of a graph can be asked.

    Attributes
    ----------
    policy : str or SetPolicy
        auto, none, greedy, exact, a comparator's name or directory, or package:object.
    time_limit_s : float or None
        Seconds of wall-clock time; 10 if not given, or no limit for exact.
    seed : int
        Of all random draws, below 2**31.
    memory_limit_mb : float or None
        Memory of SCIP, and of a graph's complement, in MB.
    max_steps : int or None
        Insertions of the local search, or estimates of a comparator; with it, and no SCIP, the outcome does not depend
        on the machine.
    unweighted : bool
        Ignore the weights of the nodes.
    samples : int or None
        Report so many different sets, by restarts of the local search; the largest that it passes, unless diverse.
    diverse : bool
        With samples: sets that lie far apart, none smaller for it than restarts alone would give.

    Raises
    ------
    UsageError
        If an option is out of range.
    """

    policy: Any = option("auto", metavar="NAME")
    seed: int = option(0, metavar="N", minimum=0, maximum=2**31 - 1)
    memory_limit_mb: float | None = option(None, flags=("--mem-limit",), metavar="MB", minimum=0)
    max_steps: int | None = option(None, metavar="N", minimum=0)
    unweighted: bool = option(False)
    samples: int | None = option(None, metavar="N", minimum=1, maximum=1000)
    diverse: bool = option(False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method not in METHODS:
            self._check_object()
        if self.diverse and self.samples is None:
            raise UsageError("--diverse is about several sets; say how many by --samples N")
        if self.samples is not None and self.method not in ("auto", "none"):
            raise UsageError(
                f"--samples is for the local search, not for {self.policy_name}; leave --policy out"
            )

    def _check_object(self) -> None:
        """See that the policy is an object that searches.

        Raises
        ------
        UsageError, PolicyError
            If it is not.
        """
        if not (has(self.policy, "name") and has(self.policy, "search")):
            raise UsageError(
                f"{shown(self.policy)} is no policy for graphs; take one of {', '.join(METHODS)}, or an object with "
                "name and search"
            )
        name_of(self.policy)

    @property
    def method(self) -> str:
        """One of :data:`METHODS`, or ``""`` where a policy searches."""
        return self.policy if isinstance(self.policy, str) else ""

    @property
    def policy_name(self) -> str:
        """What the report calls what acted; ``auto`` is ``none`` as long as it chooses no policy."""
        name = self.method or str(self.policy.name)
        return "none" if name == "auto" else name
