"""Multiple knapsack: random subset-sum instances of Fukunaga, as the learning-to-branch literature draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


@dataclass(frozen=True)
class MultipleKnapsack:
    """Fill knapsacks with items as heavy as possible, none of them twice: max sum w_i x_k_i, x binary.

    ``x_k_i`` puts item ``i`` in knapsack ``k``. An item is worth what it weighs (Fukunaga's kind
    "subset-sum"), and

    - ``capacity_k``: ``sum_i w_i x_k_i <= c_k``
    - ``item_i``: ``sum_k x_k_i <= 1``

    Weights are uniform integers in ``min_weight..max_weight``. With ``W`` their sum and ``m`` the number of
    knapsacks, the capacities but the last are uniform integers from ``0.4 W // m`` to ``0.6 W // m - 1``, and
    the last is what they leave of ``0.5 W``, rounded towards zero.

    Sources: A. S. Fukunaga, Annals of Operations Research 184 (2011), 97-119, section 2.1. The order of the
    random draws, the weights 10..19 and the sizes easy and medium (test and transfer) are those of
    ``01_generate_instances.py`` in ``lascavana/rl2branch`` (Scavuzzo et al., Learning to branch with Tree
    MDPs, NeurIPS 2022): a seed gives the first instance that this script gives for it. Where the first
    capacities exceed ``0.5 W`` together, the script writes a negative last one, and so an infeasible
    instance (about one in 1250 of size medium); here the capacities are drawn again.

    The size tiny is coplug's own, for tests and first steps.

    Attributes
    ----------
    n_items : int
        Items, at least 1; ``n_items * min_weight >= 5 * n_knapsacks``, so that there are capacities to draw.
    n_knapsacks : int
        Knapsacks, at least 1.
    min_weight : int
        Least weight of an item, from 1.
    max_weight : int
        Largest weight of an item.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "multiple_knapsack"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_items": 30, "n_knapsacks": 3},
        "easy": {"n_items": 100, "n_knapsacks": 6},
        "medium": {"n_items": 100, "n_knapsacks": 12},
    }

    n_items: int = 100
    n_knapsacks: int = 6
    min_weight: int = 10
    max_weight: int = 19

    def __post_init__(self) -> None:
        if self.n_items < 1 or self.n_knapsacks < 1:
            raise UsageError(
                f"multiple knapsack of {self.n_items} items and {self.n_knapsacks} knapsacks is empty; "
                "take n_items >= 1 and n_knapsacks >= 1"
            )
        if not 1 <= self.min_weight <= self.max_weight < 2**31:
            raise UsageError(
                f"multiple knapsack draws no weight in {self.min_weight}..{self.max_weight}; "
                "take 1 <= min_weight <= max_weight < 2**31"
            )
        if self.n_items * self.min_weight < 5 * self.n_knapsacks:
            raise UsageError(
                f"multiple knapsack of {self.n_items} items has too little for {self.n_knapsacks} knapsacks; "
                f"take n_knapsacks <= {self.n_items * self.min_weight // 5} or more items"
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
            Variables ``x_1_1, x_1_2, ..``, knapsack by knapsack.
        """
        weights = rng.randint(self.min_weight, self.max_weight + 1, size=self.n_items)
        capacities = self._draw_capacities(rng, int(weights.sum()))
        n, m = self.n_items, self.n_knapsacks
        items, knapsacks = range(1, n + 1), range(1, m + 1)
        blocks = [
            [scipy.sparse.kron(scipy.sparse.eye_array(m), weights[None, :])],
            [scipy.sparse.kron(np.ones((1, m)), scipy.sparse.eye_array(n))],
        ]
        return MilpInstance(
            name=self.name,
            family=self.name,
            sense="max",
            objective=np.tile(weights, m),
            matrix=scipy.sparse.block_array(blocks, format="csr"),
            row_lhs=np.full(m + n, -np.inf),
            row_rhs=np.concatenate([capacities, np.ones(n)]),
            lower=np.zeros(m * n),
            upper=np.ones(m * n),
            integral=np.ones(m * n, dtype=np.bool_),
            variable_names=tuple(f"x_{k}_{i}" for k in knapsacks for i in items),
            row_names=(*(f"capacity_{k}" for k in knapsacks), *(f"item_{i}" for i in items)),
            parameters=asdict(self),
            generator_version=self.version,
        )

    def _draw_capacities(self, rng: np.random.RandomState, weight: int) -> NDArray[np.int64]:
        """Draw the capacities, which add up to about half of ``weight``; int64, shape (n_knapsacks,)."""
        # In floating point, as in the script.
        low, high = int(0.4 * weight // self.n_knapsacks), int(0.6 * weight // self.n_knapsacks)
        while True:
            first = rng.randint(low, high, size=self.n_knapsacks - 1)
            last = int(0.5 * weight - first.sum())
            if last >= 0:
                return np.append(first, last).astype(np.int64)
