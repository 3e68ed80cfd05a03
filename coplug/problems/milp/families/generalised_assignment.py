"""Generalised assignment: random instances of the types C, D and E of the literature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.assembly import Assembly
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance

KINDS = ("C", "D", "E")


@dataclass(frozen=True)
class GeneralisedAssignment:
    """Give each job to one agent at least cost, within what each agent can do: min sum c_i_j x_i_j, x binary.

    - ``job_j``: ``sum_i x_i_j = 1``
    - ``capacity_i``: ``sum_j a_i_j x_i_j <= b_i`` with ``b_i = 0.8 sum_j a_i_j / n_agents``, rounded down

    Kind C: uniform integers ``a`` in 5..25 and ``c`` in 10..50. Kind D: ``a`` in 1..100 and ``c = 111 - a + e`` with
    ``e`` in -10..10, at least 1: who is cheap is slow. Kind E: ``a = 1 - 10 ln u`` and ``c = 1000 / a - 10 v`` with
    ``u`` in (0, 1] and ``v`` in [0, 1), rounded, at least 1.

    Sources: S. Martello and P. Toth, Knapsack Problems, Wiley 1990, chapter 7; P. C. Chu and J. E. Beasley, Computers
    and Operations Research 24 (1997), 17-23 (kinds A to D); M. Laguna et al., EJOR 82 (1995), 176-189 (kind E). The
    sizes are coplug's own, such that SCIP takes some seconds for easy.

    Attributes
    ----------
    n_agents : int
        At least 2.
    n_jobs : int
        At least ``n_agents``.
    kind : str
        ``C``, ``D`` or ``E``.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "generalised_assignment"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_agents": 3, "n_jobs": 15},
        "easy": {"n_agents": 5, "n_jobs": 30},
        "medium": {"n_agents": 8, "n_jobs": 40},
    }

    n_agents: int = 5
    n_jobs: int = 30
    kind: str = "D"

    def __post_init__(self) -> None:
        if not 2 <= self.n_agents <= self.n_jobs:
            raise UsageError(
                f"generalised assignment of {self.n_jobs} jobs to {self.n_agents} agents is too small; take "
                "2 <= n_agents <= n_jobs"
            )
        if self.kind not in KINDS:
            raise UsageError(f"kind {self.kind!r} is unknown; choose one of {', '.join(KINDS)}")

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance, which may be infeasible where there are few jobs.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.

        Returns
        -------
        MilpInstance
            Variables ``x_1_1, x_1_2, ..``, agent by agent.
        """
        work, costs = self._draw(rng)
        capacities = np.floor(0.8 * work.sum(axis=1) / self.n_agents)
        agents, jobs = range(self.n_agents), range(self.n_jobs)
        program = Assembly()
        x = [[program.add_binary(f"x_{i + 1}_{j + 1}", costs[i, j]) for j in jobs] for i in agents]
        for j in jobs:
            program.add_row(f"job_{j + 1}", [(x[i][j], 1.0) for i in agents], lhs=1.0, rhs=1.0)
        for i in agents:
            program.add_row(f"capacity_{i + 1}", [(x[i][j], work[i, j]) for j in jobs], rhs=capacities[i])
        return program.instance(self)

    def _draw(self, rng: np.random.RandomState) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw what jobs take and cost, int64, shape (n_agents, n_jobs) each."""
        shape = (self.n_agents, self.n_jobs)
        if self.kind == "C":
            return rng.randint(5, 26, size=shape), rng.randint(10, 51, size=shape)
        if self.kind == "D":
            work = rng.randint(1, 101, size=shape)
            return work, np.maximum(1, 111 - work + rng.randint(-10, 11, size=shape))
        real = 1.0 - 10.0 * np.log(1.0 - rng.rand(*shape))
        costs = 1000.0 / real - 10.0 * rng.rand(*shape)
        return np.rint(real).astype(np.int64), np.maximum(1, np.rint(costs)).astype(np.int64)
