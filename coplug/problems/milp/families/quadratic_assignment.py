"""Quadratic assignment, linearised: random flows between places of a grid."""

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
class QuadraticAssignment:
    """Put facilities on the places of a grid so that what flows between them goes as short a way as possible.

    ``x_i_p`` (binary) puts facility ``i`` on place ``p``; ``w_i_p`` is what flows from ``i`` times its way, if it is
    on ``p``, and 0 else. Minimize the sum of ``w_i_p`` subject to

    - ``facility_i``: ``sum_p x_i_p = 1``, and ``place_p``: ``sum_i x_i_p = 1``
    - ``cost_i_p``: ``w_i_p >= sum_kq flow_ik distance_pq x_k_q - M_ip (1 - x_i_p)``

    ``M_ip`` is the sum of the flows of ``i``, the largest one over the farthest way from ``p``, the next one over the
    next way, and so on: the most that the sum can be. Flows are symmetric; each is uniform in 1..10 with probability
    ``density``, else 0. Distances are those of a walk along the lines of a grid of ``n_rows`` by ``n_columns``.

    Sources: L. Kaufman and F. Broeckx, EJOR 2 (1978), 204-211 (the model); C. E. Nugent, T. E. Vollmann and J. Ruml,
    Operations Research 16 (1968), 150-173 (grids). The sizes are coplug's own, such that SCIP takes some seconds for
    easy.

    Attributes
    ----------
    n_rows, n_columns : int
        At least 1, and at least two places in all.
    density : float
        In (0, 1].

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "quadratic_assignment"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_rows": 2, "n_columns": 2},
        "easy": {"n_rows": 2, "n_columns": 4},
        "medium": {"n_rows": 3, "n_columns": 3},
    }

    n_rows: int = 2
    n_columns: int = 4
    density: float = 0.6

    def __post_init__(self) -> None:
        if min(self.n_rows, self.n_columns) < 1 or self.n_rows * self.n_columns < 2:
            raise UsageError(
                f"quadratic assignment on a grid of {self.n_rows} by {self.n_columns} is too small; take two places "
                "or more"
            )
        if not 0.0 < self.density <= 1.0:
            raise UsageError(
                f"quadratic assignment density {self.density} is out of range; take it in (0, 1]"
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
            Variables ``x_1_1, x_1_2, ..``, facility by facility, then ``w_1_1, ..``.
        """
        places = np.array(list(itertools.product(range(self.n_rows), range(self.n_columns))))
        distances = np.abs(places[:, None, :] - places[None, :, :]).sum(axis=2)
        n = len(places)
        drawn = rng.randint(1, 11, size=(n, n)) * (rng.rand(n, n) < self.density)
        flows = np.triu(drawn, 1) + np.triu(drawn, 1).T
        program = Assembly()
        x = [[program.add_binary(f"x_{i + 1}_{p + 1}", 0.0) for p in range(n)] for i in range(n)]
        w = [[program.add_variable(f"w_{i + 1}_{p + 1}", 1.0) for p in range(n)] for i in range(n)]
        for i in range(n):
            program.add_row(f"facility_{i + 1}", [(x[i][p], 1.0) for p in range(n)], lhs=1.0, rhs=1.0)
        for p in range(n):
            program.add_row(f"place_{p + 1}", [(x[i][p], 1.0) for i in range(n)], lhs=1.0, rhs=1.0)
        for i, p in itertools.product(range(n), repeat=2):
            most = float(np.sort(flows[i]) @ np.sort(distances[p]))
            costs = np.outer(flows[i], distances[p])
            terms = [(x[k][q], -float(costs[k, q])) for k, q in zip(*np.nonzero(costs), strict=True)]
            program.add_row(f"cost_{i + 1}_{p + 1}", [(w[i][p], 1.0), (x[i][p], -most), *terms], lhs=-most)
        return program.instance(self)
