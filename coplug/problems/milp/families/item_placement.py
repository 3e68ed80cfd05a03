"""Item placement: the first family of the ML4CO competition of NeurIPS 2021."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.parameters import later, recorded
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance

SMALL_DEMAND = (0.0, 0.1)
"""Range of a small item's demand for a resource."""

BIG_DEMAND = (0.9, 1.0)
"""The same of a big item."""


@dataclass(frozen=True)
class ItemPlacement:
    """Place items in bins such that each bin gets its share of every resource's use, or little less.

    ``place_i_b`` (binary) puts item ``i`` in bin ``b``. With ``d_i_r`` the item's demand for resource ``r``,
    ``t_r`` the sum of the demands, ``n`` the number of bins and ``m`` that of resources, minimize
    ``sum deficit_b_r + 10 n m sum max_deficit_r`` subject to

    - ``copies_ct_i``: ``sum_b place_i_b = 1``
    - ``supply_ct_b_r``: ``sum_i d_i_r place_i_b <= supply_ratio t_r / n``
    - ``deficit_ct_b_r``: ``deficit_b_r + sum_i (d_i_r n / t_r) place_i_b >= 1``
    - ``max_deficit_ct_b_r``: ``max_deficit_r - deficit_b_r >= 0``

    ``deficit_b_r`` and ``max_deficit_r`` are continuous in [0, 1]. The small items come first; their demands
    are uniform in [0, 0.1], those of the big ones in [0.9, 1].

    Source: the generator of the competition's organizers, ``knapsack/`` in
    ``ds4dm/ml4co-competition-hidden``: the order of the random draws, of variables and of rows, the names,
    and coefficients of six digits, as its MPS files have them. It draws from Python's ``random``, whose
    stream ``numpy.random.RandomState([s])`` shares: note the list. ``s = 42 + k`` gives the competition's
    ``item_placement_k`` (k < 9900 for training, up to 9999 for validation), ``s = 20200 + k`` its test
    instance ``item_placement_(10000 + k)``, k < 100. (The bounds that SCIP finds at the root are the published
    ones, for k = 0 and 9900 and for the test instances; other k follow the numbering of the files.) For each
    item the generator also draws how many copies there are, always one, and for each kind of item, how many
    items: :func:`draw_count`.

    Easy is the competition's size; tiny is coplug's own, for tests and first steps.

    Attributes
    ----------
    n_small_items : int
        Items with demands in [0, 0.1], at least 0; at least 1 together with the big ones.
    n_big_items : int
        Items with demands in [0.9, 1], at least 0.
    n_bins : int
        Bins, at least 1.
    n_resources : int
        Resources that every item demands, at least 1.
    supply_ratio : float
        What the bins hold over what the items demand, at least 1. Ratios close to 1, or few items, may give
        an infeasible draw.
    competition_seed : int
        Draw with ``RandomState([competition_seed])`` instead of the generator handed in, so every instance
        of a series is the same; -1 does not.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "item_placement"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_small_items": 12, "n_big_items": 2, "n_bins": 3},
        "easy": {"n_small_items": 100, "n_big_items": 5, "n_bins": 10},
    }

    n_small_items: int = 100
    n_big_items: int = 5
    n_bins: int = 10
    n_resources: int = 3
    supply_ratio: float = 2.0
    competition_seed: int = later(-1)

    def __post_init__(self) -> None:
        if self.n_small_items < 0 or self.n_big_items < 0 or self.n_items < 1:
            raise UsageError(
                f"item placement of {self.n_small_items} small and {self.n_big_items} big items is empty; "
                "take n_small_items >= 0 and n_big_items >= 0, one item or more in all"
            )
        if self.n_bins < 1 or self.n_resources < 1:
            raise UsageError(
                f"item placement with {self.n_bins} bins and {self.n_resources} resources is empty; "
                "take n_bins >= 1 and n_resources >= 1"
            )
        if not 1 <= self.supply_ratio < np.inf:
            raise UsageError(
                f"item placement supply_ratio {self.supply_ratio} leaves items out; take it >= 1 (2 is usual)"
            )
        check_competition_seed(self.competition_seed)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self.n_small_items + self.n_big_items

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws, and nothing else is random; not used where ``competition_seed`` is set.

        Returns
        -------
        MilpInstance
            Variables ``place_0_0, place_0_1, ..``, ``deficit_0_0, deficit_0_1, ..``, ``max_deficit_0, ..``.

        Raises
        ------
        UsageError
            If an item is larger than a bin.
        """
        demands = self._draw_demands(competition_state(self.competition_seed) or rng)
        # Added up one after the other: another order would move the last digits.
        totals = np.cumsum(demands, axis=0)[-1]
        supplies = self.supply_ratio * totals / self.n_bins
        if (demands > supplies).any():
            raise UsageError(
                f"item placement drew an item larger than a bin; take fewer than {self.n_bins} bins, more "
                f"items, or supply_ratio above {self.supply_ratio}"
            )
        return self._build(
            six_digits(demands), six_digits(demands * self.n_bins / totals), six_digits(supplies)
        )

    def _draw_demands(self, rng: np.random.RandomState) -> NDArray[np.float64]:
        """Draw what each item takes of each resource; float64, shape (n_items, n_resources)."""
        demands = np.empty((self.n_items, self.n_resources))
        kinds = ((0, self.n_small_items, SMALL_DEMAND), (self.n_small_items, self.n_items, BIG_DEMAND))
        for start, end, (low, high) in kinds:
            draw_count(rng)
            for item in range(start, end):
                draw_count(rng)
                demands[item] = low + (high - low) * rng.random_sample(self.n_resources)
        return demands

    def _build(
        self, demands: NDArray[np.float64], shares: NDArray[np.float64], supplies: NDArray[np.float64]
    ) -> MilpInstance:
        items, bins, resources = range(self.n_items), range(self.n_bins), range(self.n_resources)
        n_place, n_deficit = self.n_items * self.n_bins, self.n_bins * self.n_resources
        n_continuous = n_deficit + self.n_resources
        row_lhs = np.concatenate(
            [np.ones(self.n_items), np.full(n_deficit, -np.inf), np.ones(n_deficit), np.zeros(n_deficit)]
        )
        row_rhs = np.concatenate(
            [np.ones(self.n_items), np.tile(supplies, self.n_bins), np.full(2 * n_deficit, np.inf)]
        )
        return MilpInstance(
            name=self.name,
            family=self.name,
            sense="min",
            objective=np.repeat(
                [0.0, 1.0, 10.0 * self.n_bins * self.n_resources], [n_place, n_deficit, self.n_resources]
            ),
            matrix=_constraint_matrix(demands, shares, self.n_bins),
            row_lhs=row_lhs,
            row_rhs=row_rhs,
            lower=np.zeros(n_place + n_continuous),
            upper=np.ones(n_place + n_continuous),
            integral=np.repeat([True, False], [n_place, n_continuous]),
            variable_names=(
                *(f"place_{i}_{b}" for i in items for b in bins),
                *(f"deficit_{b}_{r}" for b in bins for r in resources),
                *(f"max_deficit_{r}" for r in resources),
            ),
            row_names=(
                *(f"copies_ct_{i}" for i in items),
                *(f"supply_ct_{b}_{r}" for b in bins for r in resources),
                *(f"deficit_ct_{b}_{r}" for r in resources for b in bins),
                *(f"max_deficit_ct_{b}_{r}" for b in bins for r in resources),
            ),
            parameters=recorded(self),
            generator_version=self.version,
        )


def _constraint_matrix(demands: NDArray[np.float64], shares: NDArray[np.float64], n_bins: int) -> Any:
    """Return the rows copies, supply, deficit, max_deficit over the columns place, deficit, max_deficit."""
    n_items, n_resources = demands.shape
    n_deficit = n_bins * n_resources
    each_item, each_bin = scipy.sparse.eye_array(n_items), scipy.sparse.eye_array(n_bins)
    each_resource = scipy.sparse.eye_array(n_resources)
    each_deficit = scipy.sparse.eye_array(n_deficit, format="csr")
    # The rows of Kronecker products with each_bin go resource by resource, those of the supply bin by bin.
    bin_by_bin = np.arange(n_deficit).reshape(n_resources, n_bins).T.ravel()
    resource_by_resource = np.arange(n_deficit).reshape(n_bins, n_resources).T.ravel()
    blocks = [
        [scipy.sparse.kron(each_item, np.ones((1, n_bins))), None, None],
        [scipy.sparse.kron(demands.T, each_bin, format="csr")[bin_by_bin], None, None],
        [scipy.sparse.kron(shares.T, each_bin), each_deficit[resource_by_resource], None],
        [None, -each_deficit, scipy.sparse.kron(np.ones((n_bins, 1)), each_resource)],
    ]
    return scipy.sparse.block_array(blocks, format="csr")


def check_competition_seed(seed: int) -> None:
    """See that a seed of a competition's instance is -1, for none, or one that Python's ``random`` takes.

    Raises
    ------
    UsageError
        If it is neither.
    """
    if not -1 <= seed < 2**32:
        raise UsageError(
            f"competition_seed {seed} is out of range; take 0 <= competition_seed < 2**32, or -1"
        )


def competition_state(seed: int) -> np.random.RandomState | None:
    """Return the generator in the state that ``random.seed(seed)`` gives Python's, or None for -1.

    Both are the Mersenne Twister, started from an array of 32-bit words; an int that is no array starts
    numpy's in another way.
    """
    return None if seed == -1 else np.random.RandomState([seed])


def draw_count(rng: np.random.RandomState) -> None:
    """Draw a number of which there is one choice only, as Python's ``random.randint(n, n)`` does.

    It takes 32-bit words until the highest bit of one is 0.
    """
    while rng.randint(2**32, dtype=np.uint32) >= 2**31:
        pass


def six_digits(values: ArrayLike) -> NDArray[np.float64]:
    """Return the values as an MPS file with six significant digits has them, in the same shape."""
    values = np.asarray(values, dtype=np.float64)
    return np.array([float(f"{value:.6g}") for value in values.ravel().tolist()]).reshape(values.shape)
