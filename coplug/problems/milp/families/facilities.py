"""Capacitated facility location: random instances of Cornuejols, Sridharan and Thizy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.parameters import later, recorded
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


@dataclass(frozen=True)
class FacilityLocation:
    """Open facilities and split each customer's demand among them at least cost.

    ``y_j`` (binary) opens facility ``j``; ``x_i_j`` in [0, 1] is the share of customer ``i``'s demand
    ``d_i`` served by ``j``. Customers and facilities are uniform in the unit square. Minimize the sum of
    ``10 * distance * d_i * x_i_j`` and ``f_j * y_j`` subject to

    - ``demand_i``: ``-sum_j x_i_j <= -1``
    - ``capacity_j``: ``sum_i d_i x_i_j - s_j y_j <= 0``
    - ``total_capacity``: ``-sum_j s_j y_j <= -sum_i d_i`` (redundant; tightens the LP relaxation)
    - ``link_i_j``: ``x_i_j - y_j <= 0`` (the same)

    Demands are uniform integers in 5..35, raw capacities in 10..160; fixed costs are ``U{100..110} *
    sqrt(raw capacity) + U{0..90}``, rounded down; the ranges are parameters. Capacities are then scaled to
    ``ratio`` times the total demand and rounded down.

    Sources: G. Cornuejols, R. Sridharan and J.-M. Thizy, EJOR 50 (1991), 280-297. The order of the random
    draws and the sizes easy, medium and hard are those of ``01_generate_instances.py`` in
    ``ds4dm/learn2branch`` (Gasse et al., NeurIPS 2019): a seed gives the model that this script gives for
    it.

    The size tiny is coplug's own, for tests and first steps.

    Attributes
    ----------
    n_customers : int
        Customers, at least 1.
    n_facilities : int
        Places where a facility may be opened, at least 1.
    ratio : float
        Total capacity over total demand, at least 1.
    continuous_assignment : bool
        Whether a customer's demand may be split; if not, ``x_i_j`` is binary, and a draw may be infeasible.
    min_demand : int
        Least demand of a customer, from 0.
    max_demand : int
        Largest demand of a customer.
    min_capacity : int
        Least raw capacity of a facility, from 1.
    max_capacity : int
        Largest raw capacity of a facility.
    min_cost_factor : int
        Least factor of ``sqrt(raw capacity)`` in the fixed costs, from 0.
    max_cost_factor : int
        Largest factor of ``sqrt(raw capacity)`` in the fixed costs.
    min_base_cost : int
        Least value of the rest of the fixed costs, from 0.
    max_base_cost : int
        Largest value of the rest of the fixed costs.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "facilities"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_customers": 35, "n_facilities": 35},
        "easy": {"n_customers": 100, "n_facilities": 100},
        "medium": {"n_customers": 200, "n_facilities": 100},
        "hard": {"n_customers": 400, "n_facilities": 100},
    }

    n_customers: int = 100
    n_facilities: int = 100
    ratio: float = 5.0
    continuous_assignment: bool = later(True)
    min_demand: int = later(5)
    max_demand: int = later(35)
    min_capacity: int = later(10)
    max_capacity: int = later(160)
    min_cost_factor: int = later(100)
    max_cost_factor: int = later(110)
    min_base_cost: int = later(0)
    max_base_cost: int = later(90)

    def __post_init__(self) -> None:
        if self.n_customers < 1 or self.n_facilities < 1:
            raise UsageError(
                f"facility location with {self.n_customers} customers and {self.n_facilities} facilities "
                "is empty; take n_customers >= 1 and n_facilities >= 1"
            )
        if not 1 <= self.ratio < np.inf:
            raise UsageError(
                f"facility location ratio {self.ratio} cannot serve the demand; take ratio >= 1 (5 is usual)"
            )
        for key, least in (("demand", 0), ("capacity", 1), ("cost_factor", 0), ("base_cost", 0)):
            low, high = getattr(self, f"min_{key}"), getattr(self, f"max_{key}")
            if not least <= low <= high < 2**31:
                raise UsageError(
                    f"facility location draws no {key} in {low}..{high}; "
                    f"take {least} <= min_{key} <= max_{key} < 2**31"
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
            Variables ``x_1_1, x_1_2, ..`` then ``y_1..``.

        Raises
        ------
        UsageError
            If the capacities, rounded down, fall short of the demand, which only ratios close to 1 do.
        """
        customers = rng.rand(2, self.n_customers)
        facilities = rng.rand(2, self.n_facilities)
        demands = _draw_integers(rng, self.min_demand, self.max_demand, self.n_customers)
        raw_capacities = _draw_integers(rng, self.min_capacity, self.max_capacity, self.n_facilities)
        cost_factors = _draw_integers(rng, self.min_cost_factor, self.max_cost_factor, self.n_facilities)
        base_costs = _draw_integers(rng, self.min_base_cost, self.max_base_cost, self.n_facilities)
        fixed_costs = np.floor(cost_factors * np.sqrt(raw_capacities) + base_costs)

        capacities = np.floor(raw_capacities * self.ratio * demands.sum() / raw_capacities.sum())
        if capacities.sum() < demands.sum():
            raise UsageError(
                f"facility location drew capacity {capacities.sum():.0f} for demand {demands.sum()} "
                f"after rounding; raise ratio above {self.ratio}"
            )
        offsets = customers[:, :, None] - facilities[:, None, :]
        distances = np.sqrt(offsets[0] ** 2 + offsets[1] ** 2)
        return self._build(distances * 10 * demands[:, None], fixed_costs, demands, capacities)

    def _build(
        self,
        costs: NDArray[np.float64],
        fixed_costs: NDArray[np.float64],
        demands: NDArray[np.int64],
        capacities: NDArray[np.float64],
    ) -> MilpInstance:
        n, m = self.n_customers, self.n_facilities
        customers, facilities = range(1, n + 1), range(1, m + 1)
        row_rhs = np.concatenate([np.full(n, -1.0), np.zeros(m), [-float(demands.sum())], np.zeros(n * m)])
        return MilpInstance(
            name=self.name,
            family=self.name,
            sense="min",
            objective=np.concatenate([costs.ravel(), fixed_costs]),
            matrix=_constraint_matrix(demands, capacities),
            row_lhs=np.full(len(row_rhs), -np.inf),
            row_rhs=row_rhs,
            lower=np.zeros(n * m + m),
            upper=np.ones(n * m + m),
            integral=np.repeat([not self.continuous_assignment, True], [n * m, m]),
            variable_names=(
                *(f"x_{i}_{j}" for i in customers for j in facilities),
                *(f"y_{j}" for j in facilities),
            ),
            row_names=(
                *(f"demand_{i}" for i in customers),
                *(f"capacity_{j}" for j in facilities),
                "total_capacity",
                *(f"link_{i}_{j}" for i in customers for j in facilities),
            ),
            parameters=recorded(self),
            generator_version=self.version,
        )


def _draw_integers(rng: np.random.RandomState, low: int, high: int, count: int) -> NDArray[np.int64]:
    """Draw ``count`` uniform integers in ``low..high``, both included."""
    return rng.randint(low, high + 1, size=count).astype(np.int64)


def _constraint_matrix(demands: NDArray[np.int64], capacities: NDArray[np.float64]) -> Any:
    """Return the rows demand, capacity, total_capacity, link over the columns x (customer by customer), y."""
    n, m = len(demands), len(capacities)
    each_customer, each_facility = scipy.sparse.eye_array(n), scipy.sparse.eye_array(m)
    all_customers, all_facilities = np.ones((n, 1)), np.ones((1, m))
    blocks = [
        [-scipy.sparse.kron(each_customer, all_facilities), None],
        [scipy.sparse.kron(demands[None, :], each_facility), -scipy.sparse.diags_array(capacities)],
        [None, scipy.sparse.csr_array(-capacities[None, :])],
        [scipy.sparse.eye_array(n * m), -scipy.sparse.kron(all_customers, each_facility)],
    ]
    return scipy.sparse.block_array(blocks, format="csr")
