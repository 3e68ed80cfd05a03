"""What a solve of a graph can be asked, what it says on its way, and how it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.problems.mis.learned import comparator_names, comparator_path

PROBLEMS: dict[str, str] = {"mis": "max", "vertex-cover": "min", "clique": "max"}
"""Problems and their sense."""

DESCRIPTIONS = {
    "mis": "maximum independent set of a graph file: reductions, local search, SCIP",
    "vertex-cover": "minimum vertex cover of a graph file: the complement of a maximum independent set",
    "clique": "maximum clique of a graph file: a maximum independent set of the complement graph",
}
"""A line about each problem."""

METHODS = ("auto", "none", "greedy", "exact")

DEFAULT_TIME_LIMIT_S = 10.0
"""Of all methods but ``exact``, which has none: local search never ends by itself."""


@dataclass(frozen=True, kw_only=True)
class GraphOptions:
    """What a solve of a graph can be asked.

    Attributes
    ----------
    method : str
        ``auto``: the best combination; the same as ``none`` as long as no learned policy is chosen. ``none``:
        reductions, local search, and SCIP on small components. ``greedy``: least degree first, on the graph as it is.
        ``exact``: reductions, a short local search, then SCIP until it has a proof. Or a shipped comparator's name or
        weights directory: reductions, then beams of growing width over the recursion.
    time_limit_s : float or None
        Of wall-clock time. None: :data:`DEFAULT_TIME_LIMIT_S`, or no limit for ``exact``.
    memory_limit_mb : float or None
        Of the complement for cliques, and of SCIP.
    seed : int
        In 0..2**31 - 1.
    max_steps : int or None
        Insertions of the local search, or estimates; with it, and no SCIP, the outcome does not depend on the
        machine.

    Raises
    ------
    UsageError
        If an option is out of range.
    """

    method: str = "auto"
    time_limit_s: float | None = None
    memory_limit_mb: float | None = None
    seed: int = 0
    max_steps: int | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS and comparator_path(self.method) is None:
            choices = ", ".join([*METHODS, *comparator_names()])
            raise UsageError(
                f"policy {self.method!r} is unknown for graphs; choose one of: {choices}, or a weights directory"
            )
        limits = {"time limit": self.time_limit_s, "memory limit": self.memory_limit_mb, "seed": self.seed}
        for name, value in limits.items():
            if value is not None and not (value >= 0 and math.isfinite(value)):
                raise UsageError(f"the {name} must be a number of at least 0, not {value}")
        if self.seed >= 2**31:
            raise UsageError(f"the seed must be below {2**31}, not {self.seed}")


@dataclass(frozen=True)
class Progress:
    """Where a solve stands: its phase, the set's size, the bound on it (both of the problem asked for), seconds."""

    phase: str
    objective: int
    bound: int
    time_s: float


@dataclass(frozen=True)
class GraphResult:
    """How a solve ended.

    Attributes
    ----------
    chosen : bool, shape (n_nodes,)
        The set, verified.
    status : str
        ``optimal`` with a proof; else ``timelimit``, ``userinterrupt``, or ``unknown`` where a heuristic ended.
    sense : "min" or "max"
    objective, bound : int
        Size of the set, and the bound on it.
    kernel_nodes, kernel_edges : int
        What the reductions left.
    steps : int
        Insertions of the local search, or estimates of a comparator.
    policy_time_s : float
        Of these in the beams of a comparator.
    time_s : float
    signal : int or None
        The signal that stopped the solve.
    """

    chosen: NDArray[np.bool_]
    status: str
    sense: str
    objective: int
    bound: int
    kernel_nodes: int
    kernel_edges: int
    steps: int
    time_s: float
    policy_time_s: float
    signal: int | None

    @property
    def gap(self) -> float | None:
        """Relative gap as SCIP defines it: None where it is infinite."""
        if self.objective == self.bound:
            return 0.0
        least = min(self.objective, self.bound)
        return abs(self.objective - self.bound) / least if least else None
