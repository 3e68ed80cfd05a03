"""The p-median problem: random instances in the plane."""

from __future__ import annotations

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
class PMedian:
    """Open exactly p of the sites such that all customers are served at least cost, within what a site can serve.

    ``y_j`` (binary) opens site ``j``; ``x_i_j`` (binary) serves customer ``i`` from it. Customers are the sites,
    uniform in a square of side 100. Minimize the sum of ``demand_i * distance * x_i_j``, distances rounded, subject to

    - ``customer_i``: ``sum_j x_i_j = 1``
    - ``open``: ``sum_j y_j = p``
    - ``link_i_j``: ``x_i_j <= y_j``
    - ``capacity_j``: ``sum_i demand_i x_i_j <= Q y_j``, where ``load`` is above 0: then ``Q`` is the whole demand over
      ``load * p``, rounded up

    Demands are uniform integers in 1..20. A customer may be served from its ``n_near`` nearest sites only, if that is
    above 0.

    Sources: S. L. Hakimi, Operations Research 12 (1964), 450-459; the model of C. ReVelle and R. Swain, Geographical
    Analysis 2 (1970), 30-42; with capacities, as in J. M. Mulvey and M. P. Beck, EJOR 18 (1984), 339-348. The sizes
    are coplug's own, such that SCIP takes some seconds for easy.

    Attributes
    ----------
    n_sites : int
        At least 2.
    p : int
        In 1..n_sites.
    load : float
        Share of the capacity of p sites that is needed, in [0, 1); 0: no capacities.
    n_near : int
        At least 0.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "p_median"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_sites": 15, "p": 3},
        "easy": {"n_sites": 40, "p": 6},
        "medium": {"n_sites": 60, "p": 8},
    }

    n_sites: int = 40
    p: int = 6
    load: float = 0.85
    n_near: int = 0

    def __post_init__(self) -> None:
        if self.n_sites < 2 or not 1 <= self.p <= self.n_sites:
            raise UsageError(
                f"p-median of {self.n_sites} sites with p = {self.p} cannot be drawn; take n_sites >= 2 and 1 <= p <= "
                "n_sites"
            )
        if not 0.0 <= self.load < 1.0 or self.n_near < 0:
            raise UsageError("p-median takes load in [0, 1) and n_near >= 0")

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance, which may be infeasible where load is close to 1.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.

        Returns
        -------
        MilpInstance
            Variables ``y_1..`` then ``x_1_1, x_1_2, ..``, customer by customer.
        """
        n = self.n_sites
        places = 100.0 * rng.rand(2, n)
        demands = rng.randint(1, 21, size=n)
        offsets = places[:, :, None] - places[:, None, :]
        distances = np.rint(np.sqrt(offsets[0] ** 2 + offsets[1] ** 2))
        order = np.argsort(distances, axis=1, kind="stable")
        near = [sorted(order[i, : self.n_near or n].tolist()) for i in range(n)]
        program = Assembly()
        y = [program.add_binary(f"y_{j + 1}", 0.0) for j in range(n)]
        x = [
            {j: program.add_binary(f"x_{i + 1}_{j + 1}", demands[i] * distances[i, j]) for j in near[i]}
            for i in range(n)
        ]
        program.add_row("open", [(column, 1.0) for column in y], lhs=self.p, rhs=self.p)
        for i in range(n):
            program.add_row(
                f"customer_{i + 1}", [(column, 1.0) for column in x[i].values()], lhs=1.0, rhs=1.0
            )
            for j, column in x[i].items():
                program.add_row(f"link_{i + 1}_{j + 1}", [(column, 1.0), (y[j], -1.0)], rhs=0.0)
        if self.load > 0.0:
            capacity = np.ceil(demands.sum() / (self.load * self.p))
            for j in range(n):
                served = [(x[i][j], float(demands[i])) for i in range(n) if j in x[i]]
                if served:
                    program.add_row(f"capacity_{j + 1}", [*served, (y[j], -capacity)], rhs=0.0)
        return program.instance(self)
