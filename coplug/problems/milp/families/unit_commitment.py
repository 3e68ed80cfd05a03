"""Unit commitment: random generating units over the hours of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.assembly import Assembly
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance

DAY_MW = (
    *(700, 750, 850, 950, 1000, 1100, 1150, 1200, 1300, 1400, 1450, 1500),
    *(1400, 1300, 1200, 1050, 1000, 1100, 1200, 1400, 1300, 1100, 900, 800),
)
"""Demand of Kazarlis et al., hour by hour."""

CAPACITY_MW = 1662
"""Of their ten units together."""


@dataclass(frozen=True)
class UnitCommitment:
    """Decide which generating units run in which hour so that demand and reserve are met at least cost.

    For unit ``g`` and hour ``t``: ``u_g_t`` (binary) whether it runs, ``v_g_t`` and ``w_g_t`` (binary) whether it
    starts or stops then, ``p_g_t`` what it yields above its least. Minimize the sum of
    ``fixed_g u + start_g v + slope_g p`` subject to

    - ``demand_t``: ``sum_g least_g u_g_t + p_g_t = D_t``
    - ``reserve_t``: ``sum_g most_g u_g_t >= (1 + reserve) D_t``
    - ``range_g_t``: ``p_g_t <= (most_g - least_g) u_g_t``
    - ``state_g_t``: ``u_g_t - u_g_(t-1) = v_g_t - w_g_t``, from the second hour on; what runs in the first is free
    - ``up_g_t``: starts in the last ``U_g`` hours are at most ``u_g_t``; ``down_g_t``: stops in the last ``N_g`` hours
      are at most ``1 - u_g_t``
    - ``faster_g_t``, ``slower_g_t``: ``p`` changes by at most ``ramp_g`` an hour

    Units have ``most`` uniform in 50..500 MW, ``least`` in 25..50 % of it, ``ramp`` in 30..60 % of what is between, and
    least times up and down uniform in 1..8 hours; ``slope`` is 16 to 28 a MWh, the smaller for larger units. ``fixed``
    is what the least yield costs by the slope, and 10 to 30 % of what the most does; a start costs 3 to 10 hours of
    that share. The demand is that of Kazarlis et al. as a share of the capacity, times a normal factor with deviation
    0.03, rounded down.

    Sources: S. A. Kazarlis, A. G. Bakirtzis and V. Petridis, IEEE Transactions on Power Systems 11 (1996), 83-92 (the
    demand, the reserve of 10 %, the orders of the costs); D. Rajan and S. Takriti, IBM Research Report RC23628, 2005
    (least times); J. Ostrowski, M. F. Anjos and A. Vannelli, IEEE Transactions on Power Systems 27 (2012), 39-46 (the
    model with three binaries). The sizes are coplug's own, such that SCIP takes some seconds for easy.

    Attributes
    ----------
    n_units : int
        At least 2.
    n_hours : int
        At least 2; the day begins anew after 24.
    reserve : float
        Above the demand, in [0, 0.1], which the units together always have.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "unit_commitment"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_units": 3, "n_hours": 6},
        "easy": {"n_units": 12, "n_hours": 24},
        "medium": {"n_units": 20, "n_hours": 24},
    }

    n_units: int = 12
    n_hours: int = 24
    reserve: float = 0.1

    def __post_init__(self) -> None:
        if self.n_units < 2 or self.n_hours < 2:
            raise UsageError("unit commitment takes n_units >= 2 and n_hours >= 2")
        if not 0.0 <= self.reserve <= 0.1:
            raise UsageError(f"unit commitment reserve {self.reserve} is out of range; take it in [0, 0.1]")

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance, which may be infeasible where there are few units.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.

        Returns
        -------
        MilpInstance
            Variables ``u_1_1, v_1_1, w_1_1, p_1_1, u_1_2, ..``, unit by unit.
        """
        units = [_Unit.drawn(rng) for _ in range(self.n_units)]
        capacity = sum(unit.most for unit in units)
        day = np.resize(np.array(DAY_MW) / CAPACITY_MW, self.n_hours)
        shares = np.minimum(day * (1.0 + 0.03 * rng.normal(size=self.n_hours)), 1.0 / 1.1)
        demands = np.floor(capacity * shares)
        program = Assembly()
        columns = [_add_unit(program, g, unit, self.n_hours) for g, unit in enumerate(units, 1)]
        for t, demand in enumerate(demands.tolist()):
            yields = [(u[t], unit.least) for unit, (u, _) in zip(units, columns, strict=True)]
            yields += [(p[t], 1.0) for _, p in columns]
            program.add_row(f"demand_{t + 1}", yields, lhs=demand, rhs=demand)
            most = [(u[t], unit.most) for unit, (u, _) in zip(units, columns, strict=True)]
            program.add_row(f"reserve_{t + 1}", most, lhs=np.floor((1.0 + self.reserve) * demand))
        return program.instance(self)


@dataclass(frozen=True)
class _Unit:
    least: float
    most: float
    ramp: float
    slope: float
    fixed: float
    start: float
    up: int
    down: int

    @classmethod
    def drawn(cls, rng: np.random.RandomState) -> _Unit:
        most = float(rng.randint(50, 501))
        least = float(np.rint(rng.uniform(0.25, 0.5) * most))
        ramp = float(np.ceil(rng.uniform(0.3, 0.6) * (most - least)))
        slope = round(28.0 - 8.0 * most / 500.0 - rng.uniform(0.0, 4.0), 2)
        no_load = rng.uniform(0.1, 0.3) * slope * most
        fixed, start = np.rint(no_load + slope * least), np.rint(rng.uniform(3.0, 10.0) * no_load)
        up, down = rng.randint(1, 9, size=2).tolist()
        return cls(least, most, ramp, slope, float(fixed), float(start), up, down)


def _add_unit(program: Assembly, g: int, unit: _Unit, n_hours: int) -> tuple[list[int], list[int]]:
    """Add a unit's variables and its own rows; return its ``u`` and ``p``."""
    hours = range(n_hours)
    columns: Any = [
        (
            program.add_binary(f"u_{g}_{t + 1}", unit.fixed),
            program.add_binary(f"v_{g}_{t + 1}", unit.start),
            program.add_binary(f"w_{g}_{t + 1}", 0.0),
            program.add_variable(f"p_{g}_{t + 1}", unit.slope),
        )
        for t in hours
    ]
    u, v, w, p = (list(one) for one in zip(*columns, strict=True))
    for t in hours:
        label = f"{g}_{t + 1}"
        program.add_row(f"range_{label}", [(p[t], 1.0), (u[t], unit.least - unit.most)], rhs=0.0)
        started = [(v[k], 1.0) for k in hours[max(0, t - unit.up + 1) : t + 1]]
        stopped = [(w[k], 1.0) for k in hours[max(0, t - unit.down + 1) : t + 1]]
        program.add_row(f"up_{label}", [*started, (u[t], -1.0)], rhs=0.0)
        program.add_row(f"down_{label}", [*stopped, (u[t], 1.0)], rhs=1.0)
        if t > 0:
            state = [(u[t], 1.0), (u[t - 1], -1.0), (v[t], -1.0), (w[t], 1.0)]
            program.add_row(f"state_{label}", state, lhs=0.0, rhs=0.0)
            program.add_row(f"faster_{label}", [(p[t], 1.0), (p[t - 1], -1.0)], rhs=unit.ramp)
            program.add_row(f"slower_{label}", [(p[t - 1], 1.0), (p[t], -1.0)], rhs=unit.ramp)
    return u, p
