"""Job shop scheduling with big-M disjunctions: random instances in the manner of Taillard."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.assembly import Assembly
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


@dataclass(frozen=True)
class JobShop:
    """End all jobs as early as possible, each of which visits every machine once in an order of its own.

    ``s_j_k`` is when job ``j`` begins on machine ``k``, ``z_i_j_k`` (binary) whether job ``i`` goes before job ``j`` on
    machine ``k``, ``i < j``, and ``makespan`` when all have ended. Minimize ``makespan`` subject to

    - ``then_j_h``: the machine that job ``j`` visits next begins after the one of its step ``h`` has ended
    - ``before_i_j_k``: ``s_i_k + p_i_k <= s_j_k + M (1 - z_i_j_k)``
    - ``after_i_j_k``: ``s_j_k + p_j_k <= s_i_k + M z_i_j_k``
    - ``last_j``: job ``j`` has ended by ``makespan``

    ``M`` is the sum of all durations. Durations are uniform integers in 1..99, and the orders uniform permutations.

    Sources: A. S. Manne, Operations Research 8 (1960), 219-223 (the model); E. Taillard, EJOR 64 (1993), 278-285 (how
    instances are drawn; not his sequence of random numbers). The sizes are coplug's own, such that SCIP takes some
    seconds for easy.

    Attributes
    ----------
    n_jobs, n_machines : int
        At least 1.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "job_shop"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_jobs": 3, "n_machines": 3},
        "easy": {"n_jobs": 6, "n_machines": 6},
        "medium": {"n_jobs": 7, "n_machines": 6},
    }

    n_jobs: int = 6
    n_machines: int = 6

    def __post_init__(self) -> None:
        if self.n_jobs < 1 or self.n_machines < 1:
            raise UsageError(
                f"a job shop of {self.n_jobs} jobs on {self.n_machines} machines is too small; take both >= 1"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.

        Returns
        -------
        MilpInstance
            Variables ``makespan``, then ``s_1_1, s_1_2, ..``, job by job, then ``z_1_2_1, ..``, machine by machine.
        """
        jobs, machines = range(self.n_jobs), range(self.n_machines)
        durations = rng.randint(1, 100, size=(self.n_jobs, self.n_machines)).astype(float)
        orders = [rng.permutation(self.n_machines).tolist() for _ in jobs]
        horizon = durations.sum()
        program = Assembly()
        makespan = program.add_variable("makespan", 1.0, upper=horizon)
        s = [[program.add_variable(f"s_{j + 1}_{k + 1}", 0.0, upper=horizon) for k in machines] for j in jobs]
        for j in jobs:
            for h, (k, after) in enumerate(itertools.pairwise(orders[j]), 1):
                program.add_row(
                    f"then_{j + 1}_{h}", [(s[j][after], 1.0), (s[j][k], -1.0)], lhs=durations[j, k]
                )
            last = orders[j][-1]
            program.add_row(f"last_{j + 1}", [(makespan, 1.0), (s[j][last], -1.0)], lhs=durations[j, last])
        for k in machines:
            for i, j in itertools.combinations(jobs, 2):
                label = f"{i + 1}_{j + 1}_{k + 1}"
                z = program.add_binary(f"z_{label}", 0.0)
                terms = [(s[j][k], 1.0), (s[i][k], -1.0)]
                program.add_row(f"before_{label}", [*terms, (z, -horizon)], lhs=durations[i, k] - horizon)
                program.add_row(f"after_{label}", [*terms, (z, -horizon)], rhs=-durations[j, k])
        return program.instance(self)
