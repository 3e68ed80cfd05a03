"""Generators of random instances, under Ecole's names and with Ecole's defaults."""

from __future__ import annotations

import logging
from dataclasses import InitVar, dataclass

from coplug.ecole.instance.generator import Choice, FamilyGenerator
from coplug.ecole.rng import RandomGenerator
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.families.facilities import FacilityLocation
from coplug.problems.milp.families.independent_set import IndependentSet
from coplug.problems.milp.families.setcover import SetCover
from coplug.problems.milp.instance import MilpInstance

logger = logging.getLogger(__name__)

Interval = tuple[int, int]
"""The integers from the first up to, but not including, the second."""


@dataclass(frozen=True, eq=False)
class SetCoverGenerator(FamilyGenerator):
    """Endless set covering instances of :class:`~coplug.problems.milp.families.setcover.SetCover`.

    Attributes
    ----------
    n_rows : int
        Rows to cover, at least 2.
    n_cols : int
        Columns to choose from, at least 1.
    density : float
        Fraction of ones in the matrix, in (0, 1].
    max_coef : int
        Costs are uniform integers in ``1..max_coef``.
    """

    n_rows: int = 500
    n_cols: int = 1000
    density: float = 0.05
    max_coef: int = 100
    rng: InitVar[RandomGenerator | None] = None

    def _generate(self, rng: RandomGenerator) -> MilpInstance:
        family = SetCover(self.n_rows, self.n_cols, self.density, self.max_coef)
        return family.generate(rng.random_state)

    def _title(self) -> str:
        return f"SetCover-{self.n_rows}-{self.n_cols}"


@dataclass(frozen=True, eq=False)
class IndependentSetGenerator(FamilyGenerator):
    """Endless instances of :class:`~coplug.problems.milp.families.independent_set.IndependentSet`.

    Attributes
    ----------
    n_nodes : int
        Above ``affinity``.
    graph_type : GraphType
        May be given by its name.
    edge_probability : float
        In [0, 1]; used for ``erdos_renyi`` alone.
    affinity : int
        How many neighbours a new node gets, at least 1; used for ``barabasi_albert`` alone.

    Raises
    ------
    UsageError
        If the graph type is unknown.
    """

    class GraphType(Choice):
        """How graphs are drawn."""

        barabasi_albert = 0
        erdos_renyi = 1

    barabasi_albert = GraphType.barabasi_albert
    erdos_renyi = GraphType.erdos_renyi

    n_nodes: int = 500
    graph_type: GraphType | str = GraphType.barabasi_albert
    edge_probability: float = 0.25
    affinity: int = 4
    rng: InitVar[RandomGenerator | None] = None

    def __post_init__(self, rng: RandomGenerator | None) -> None:
        object.__setattr__(self, "graph_type", self.GraphType(self.graph_type))
        super().__post_init__(rng)

    def _generate(self, rng: RandomGenerator) -> MilpInstance:
        family = IndependentSet(
            n_nodes=self.n_nodes,
            affinity=self.affinity,
            erdos_renyi=self.graph_type is self.erdos_renyi,
            edge_probability=self.edge_probability,
        )
        return family.generate(rng.random_state)

    def _title(self) -> str:
        return f"IndependentSet-{self.n_nodes}"


@dataclass(frozen=True, eq=False)
class CombinatorialAuctionGenerator(FamilyGenerator):
    """Endless winner determination instances of :class:`~coplug.problems.milp.families.auctions.CombinatorialAuction`.

    Attributes
    ----------
    n_items : int
        Items for sale, at least 2.
    n_bids : int
        Bids, at least 1.
    min_value : int
        Least common value of an item, at least 0.
    max_value : int
        Largest common value of an item.
    value_deviation : float
        Half-width of the private values around the common ones, as a fraction of ``max_value``; at least 0.
    add_item_prob : float
        Chance that a bundle grows by one more item, in [0, 1].
    max_n_sub_bids : int
        Most substitutes of a bidder's first bundle, at least 0.
    additivity : float
        A bundle's price has the term ``size ** (1 + additivity)``.
    budget_factor : float
        What a substitute may cost, over the first bundle's price; at least 0.
    resale_factor : float
        What a substitute must be worth to others, over the first bundle's value; at least 0.
    integers : bool
        Round prices down to whole numbers.
    warnings : bool
        Log every bundle that is drawn and not bid on, as a warning.
    """

    n_items: int = 100
    n_bids: int = 500
    min_value: int = 1
    max_value: int = 100
    value_deviation: float = 0.5
    add_item_prob: float = 0.65
    max_n_sub_bids: int = 5
    additivity: float = 0.2
    budget_factor: float = 1.5
    resale_factor: float = 0.5
    integers: bool = False
    warnings: bool = False
    rng: InitVar[RandomGenerator | None] = None

    def _generate(self, rng: RandomGenerator) -> MilpInstance:
        family = CombinatorialAuction(
            n_items=self.n_items,
            n_bids=self.n_bids,
            min_value=self.min_value,
            max_value=self.max_value,
            value_deviation=self.value_deviation,
            add_item_prob=self.add_item_prob,
            max_n_sub_bids=self.max_n_sub_bids,
            additivity=self.additivity,
            budget_factor=self.budget_factor,
            resale_factor=self.resale_factor,
            integers=self.integers,
        )
        return family.generate(rng.random_state, logger.warning if self.warnings else None)

    def _title(self) -> str:
        return f"CombinatorialAuction-{self.n_items}-{self.n_bids}"


@dataclass(frozen=True, eq=False)
class CapacitatedFacilityLocationGenerator(FamilyGenerator):
    """Endless facility location instances of :class:`~coplug.problems.milp.families.facilities.FacilityLocation`.

    Intervals hold the integers from the first number up to, but not including, the second.

    Attributes
    ----------
    n_customers : int
        Customers, at least 1.
    n_facilities : int
        Places where a facility may be opened, at least 1.
    continuous_assignment : bool
        Whether a customer may be served by several facilities.
    ratio : float
        Total capacity over total demand, at least 1.
    demand_interval : tuple of two int
        From 0.
    capacity_interval : tuple of two int
        Of the capacities before they are scaled to ``ratio``; from 1.
    fixed_cost_cste_interval : tuple of two int
        Of ``a`` in the fixed cost ``a + b * sqrt(unscaled capacity)``; from 0.
    fixed_cost_scale_interval : tuple of two int
        Of ``b`` there; from 0.
    """

    n_customers: int = 100
    n_facilities: int = 100
    continuous_assignment: bool = True
    ratio: float = 5.0
    demand_interval: Interval = (5, 36)
    capacity_interval: Interval = (10, 161)
    fixed_cost_cste_interval: Interval = (0, 91)
    fixed_cost_scale_interval: Interval = (100, 111)
    rng: InitVar[RandomGenerator | None] = None

    def _generate(self, rng: RandomGenerator) -> MilpInstance:
        family = FacilityLocation(
            n_customers=self.n_customers,
            n_facilities=self.n_facilities,
            ratio=self.ratio,
            continuous_assignment=self.continuous_assignment,
            min_demand=self.demand_interval[0],
            max_demand=self.demand_interval[1] - 1,
            min_capacity=self.capacity_interval[0],
            max_capacity=self.capacity_interval[1] - 1,
            min_cost_factor=self.fixed_cost_scale_interval[0],
            max_cost_factor=self.fixed_cost_scale_interval[1] - 1,
            min_base_cost=self.fixed_cost_cste_interval[0],
            max_base_cost=self.fixed_cost_cste_interval[1] - 1,
        )
        return family.generate(rng.random_state)

    def _title(self) -> str:
        return f"CapacitatedFacilityLocation-{self.n_customers}-{self.n_facilities}"
