"""Multicommodity capacitated fixed-charge network design: random instances in the manner of Gendron and Crainic."""

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
class NetworkDesign:
    """Open arcs and send all commodities over them at least cost.

    ``y_a`` (binary) opens arc ``a`` at its fixed cost; ``x_a_k`` of commodity ``k`` flows over it at its cost.

    - ``flow_v_k``: out minus in at node ``v`` is the demand of ``k`` at its origin, minus that at its destination,
      else 0
    - ``capacity_a``: ``sum_k x_a_k <= u_a y_a``
    - ``link_a_k``: ``x_a_k <= min(demand_k, u_a) y_a``

    A cycle through all nodes and then random arcs, without doubles. Commodities have random origins and destinations
    and demands uniform in 5..25; flow costs are uniform integers in 1..20, fixed costs in 20..100 times
    ``fixed_factor``, capacities in 0.5 to 1.5 times the whole demand over ``tightness``, rounded up; those of the cycle
    suffice for all, so every instance is feasible.

    Sources: B. Gendron and T. G. Crainic, Relaxations for multicommodity capacitated network design problems, Centre de
    recherche sur les transports, Montreal, 1994; T. G. Crainic, A. Frangioni and B. Gendron, Discrete Applied
    Mathematics 112 (2001), 73-99, section 5, which describes the ratios of fixed costs and of capacities. The sizes are
    coplug's own, such that SCIP takes some seconds for easy.

    Attributes
    ----------
    n_nodes : int
        At least 3.
    n_arcs : int
        In n_nodes..n_nodes * (n_nodes - 1).
    n_commodities : int
        At least 1.
    fixed_factor : float
        Above 0.
    tightness : float
        Whole demand over the mean capacity of an arc, above 0.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "network_design"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_nodes": 8, "n_arcs": 24, "n_commodities": 3},
        "easy": {"n_nodes": 15, "n_arcs": 110, "n_commodities": 15},
        "medium": {"n_nodes": 20, "n_arcs": 160, "n_commodities": 20},
    }

    n_nodes: int = 15
    n_arcs: int = 110
    n_commodities: int = 15
    fixed_factor: float = 10.0
    tightness: float = 6.0

    def __post_init__(self) -> None:
        most = self.n_nodes * (self.n_nodes - 1)
        if self.n_nodes < 3 or not self.n_nodes <= self.n_arcs <= most or self.n_commodities < 1:
            raise UsageError(
                f"network design of {self.n_nodes} nodes, {self.n_arcs} arcs and {self.n_commodities} commodities "
                "cannot be drawn; take n_nodes >= 3, n_nodes <= n_arcs <= n_nodes * (n_nodes - 1), n_commodities >= 1"
            )
        if not (0.0 < self.fixed_factor < np.inf and 0.0 < self.tightness < np.inf):
            raise UsageError("network design takes fixed_factor > 0 and tightness > 0")

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
            Variables ``y_1..`` then ``x_1_1, x_1_2, ..``, arc by arc.
        """
        arcs = self._draw_arcs(rng)
        demands = rng.randint(5, 26, size=self.n_commodities)
        ends = [rng.choice(self.n_nodes, size=2, replace=False).tolist() for _ in range(self.n_commodities)]
        costs = rng.randint(1, 21, size=self.n_arcs)
        fixed = np.rint(self.fixed_factor * rng.randint(20, 101, size=self.n_arcs))
        total = float(demands.sum())
        capacities = np.ceil((0.5 + rng.rand(self.n_arcs)) * total / self.tightness)
        capacities[: self.n_nodes] = total  # the cycle
        commodities = range(self.n_commodities)
        program = Assembly()
        y = [program.add_binary(f"y_{a + 1}", fixed[a]) for a in range(self.n_arcs)]
        x = [
            [program.add_variable(f"x_{a + 1}_{k + 1}", costs[a], upper=demands[k]) for k in commodities]
            for a in range(self.n_arcs)
        ]
        for k, (origin, destination) in enumerate(ends):
            for node in range(self.n_nodes):
                sent = float(demands[k]) * ((node == origin) - (node == destination))
                terms = [(x[a][k], 1.0) for a, (tail, _) in enumerate(arcs) if tail == node]
                terms += [(x[a][k], -1.0) for a, (_, head) in enumerate(arcs) if head == node]
                program.add_row(f"flow_{node + 1}_{k + 1}", terms, lhs=sent, rhs=sent)
        for a in range(self.n_arcs):
            program.add_row(f"capacity_{a + 1}", [*((c, 1.0) for c in x[a]), (y[a], -capacities[a])], rhs=0.0)
            for k in commodities:
                most = float(min(demands[k], capacities[a]))
                program.add_row(f"link_{a + 1}_{k + 1}", [(x[a][k], 1.0), (y[a], -most)], rhs=0.0)
        return program.instance(self)

    def _draw_arcs(self, rng: np.random.RandomState) -> list[tuple[int, int]]:
        """Draw tails and heads, the cycle first."""
        order = rng.permutation(self.n_nodes).tolist()
        cycle = [(order[k - 1], order[k]) for k in range(self.n_nodes)]
        taken = set(cycle)
        others = [
            (u, v) for u in range(self.n_nodes) for v in range(self.n_nodes) if u != v and (u, v) not in taken
        ]
        chosen = rng.permutation(len(others))[: self.n_arcs - self.n_nodes].tolist()
        return cycle + [others[k] for k in chosen]
