"""Capacitated lot sizing with setup times: random instances in the manner of Trigeiro, Thomas and McClain."""

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
class LotSizing:
    """Make several items over several periods at least cost for setups and stock, within each period's capacity.

    ``x_i_t`` is made of item ``i`` in period ``t``, ``y_i_t`` (binary) whether it is set up, ``s_i_t`` its stock at the
    end. Minimize the sum of ``setup cost * y``, ``holding cost * s`` subject to

    - ``balance_i_t``: ``s_i_(t-1) + x_i_t - s_i_t = d_i_t``, nothing in stock at the beginning
    - ``capacity_t``: ``sum_i x_i_t + setup time_i y_i_t <= C``
    - ``setup_i_t``: ``x_i_t <= min(C - setup time_i, demand of i from t on) y_i_t``

    Demands are normal with mean 100 and deviation ``demand_deviation``, rounded, at least 0; a quarter of those of the
    first four periods is 0 where ``lumpy``. Setup times are uniform integers in 10..50, holding costs 1..5, setup
    costs ``setup_factor`` times 50..150. The capacity of a period is what the mean period asks for, setups of all items
    included, over ``utilisation``, rounded up, and never so little that demands up to some period cannot be met.

    Sources: W. W. Trigeiro, L. J. Thomas and J. O. McClain, Capacitated lot sizing with setup times, Management Science
    35 (1989), 353-366, section 5, whose ranges of demands, setup times and utilisation these are; their instances are
    not drawn again. The sizes are coplug's own, such that SCIP takes some seconds for easy.

    Attributes
    ----------
    n_items : int
        At least 1.
    n_periods : int
        At least 2.
    utilisation : float
        In (0, 1].
    demand_deviation : float
        At least 0.
    setup_factor : float
        Above 0.
    lumpy : bool
        Whether some early demands are missing.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "lot_sizing"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_items": 4, "n_periods": 8},
        "easy": {"n_items": 10, "n_periods": 20},
        "medium": {"n_items": 15, "n_periods": 25},
    }

    n_items: int = 10
    n_periods: int = 20
    utilisation: float = 0.9
    demand_deviation: float = 10.0
    setup_factor: float = 15.0
    lumpy: bool = True

    def __post_init__(self) -> None:
        if self.n_items < 1 or self.n_periods < 2:
            raise UsageError(
                f"lot sizing of {self.n_items} items over {self.n_periods} periods is too small; take n_items >= 1 and "
                "n_periods >= 2"
            )
        if not 0.0 < self.utilisation <= 1.0:
            raise UsageError(f"lot sizing utilisation {self.utilisation} is out of range; take it in (0, 1]")
        if not (0.0 <= self.demand_deviation < np.inf and 0.0 < self.setup_factor < np.inf):
            raise UsageError("lot sizing takes demand_deviation >= 0 and setup_factor > 0")

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
            Variables ``x_1_1, y_1_1, s_1_1, x_1_2, ..``, item by item.
        """
        n, periods = self.n_items, self.n_periods
        normal = rng.normal(size=(n, periods))
        demands = np.maximum(0.0, np.rint(100.0 + self.demand_deviation * normal))
        missing = rng.rand(n, periods) < 0.25
        if self.lumpy:
            early = np.arange(periods) < 4
            demands[missing & early & (np.arange(periods) > 0)] = 0.0
        setup_times = rng.randint(10, 51, size=n)
        holding_costs = rng.randint(1, 6, size=n)
        setup_costs = np.rint(self.setup_factor * rng.randint(50, 151, size=n))
        capacity = self._capacity(demands, float(setup_times.sum()))
        program = Assembly()
        made, setup, stock = [], [], []
        for i in range(n):
            for t in range(periods):
                label = f"{i + 1}_{t + 1}"
                made.append(program.add_variable(f"x_{label}", 0.0))
                setup.append(program.add_binary(f"y_{label}", setup_costs[i]))
                stock.append(program.add_variable(f"s_{label}", holding_costs[i]))
        for i in range(n):
            for t in range(periods):
                k, label = i * periods + t, f"{i + 1}_{t + 1}"
                before = [(stock[k - 1], 1.0)] if t else []
                terms = [*before, (made[k], 1.0), (stock[k], -1.0)]
                program.add_row(f"balance_{label}", terms, lhs=demands[i, t], rhs=demands[i, t])
                most = min(capacity - setup_times[i], demands[i, t:].sum())
                program.add_row(f"setup_{label}", [(made[k], 1.0), (setup[k], -most)], rhs=0.0)
        for t in range(periods):
            terms = [(made[i * periods + t], 1.0) for i in range(n)]
            terms += [(setup[i * periods + t], float(setup_times[i])) for i in range(n)]
            program.add_row(f"capacity_{t + 1}", terms, rhs=capacity)
        return program.instance(self)

    def _capacity(self, demands: np.ndarray[tuple[int, int], np.dtype[np.float64]], setups: float) -> float:
        """Return what a period can do."""
        each = demands.sum(axis=0) + setups
        needed = (np.cumsum(each) / np.arange(1, self.n_periods + 1)).max()
        return float(np.ceil(max(each.mean() / self.utilisation, needed)))
