"""Bin packing: random instances in the manner of Falkenauer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.assembly import Assembly
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


@dataclass(frozen=True)
class BinPacking:
    """Put items into as few bins as possible.

    ``y_j`` (binary) opens bin ``j``, ``x_i_j`` (binary) puts item ``i`` into it. Minimize the sum of ``y_j`` subject to

    - ``item_i``: ``sum_j x_i_j = 1``
    - ``bin_j``: ``sum_i size_i x_i_j <= capacity y_j``
    - ``order_j``: ``y_(j+1) <= y_j``

    Items are sorted, the largest first, and there are as many bins as first-fit decreasing takes. Sizes are uniform
    integers in ``smallest..largest``.

    Sources: S. Martello and P. Toth, Knapsack Problems, Wiley 1990, chapter 8 (the model); E. Falkenauer, Journal of
    Heuristics 2 (1996), 5-30 (his triplets have sizes in 250..500 and capacity 1000, his uniform class 20..100 and
    150). The numbers of items are coplug's own. Instances of one size differ much: some are solved at once, where a
    bound is met, and some take minutes.

    Attributes
    ----------
    n_items : int
        At least 1.
    capacity : int
        At least ``largest``.
    smallest, largest : int
        ``1 <= smallest <= largest``.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "bin_packing"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_items": 8},
        "easy": {"n_items": 24},
        "medium": {"n_items": 30},
    }

    n_items: int = 24
    capacity: int = 1000
    smallest: int = 250
    largest: int = 500

    def __post_init__(self) -> None:
        if self.n_items < 1:
            raise UsageError(f"bin packing of {self.n_items} items is too small; take n_items >= 1")
        if not 1 <= self.smallest <= self.largest <= self.capacity:
            raise UsageError("bin packing takes 1 <= smallest <= largest <= capacity")

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
            Variables ``y_1..`` then ``x_1_1, x_1_2, ..``, item by item.
        """
        item_sizes = -np.sort(-rng.randint(self.smallest, self.largest + 1, size=self.n_items))
        items, bins = range(self.n_items), range(first_fit(item_sizes, self.capacity))
        program = Assembly()
        y = [program.add_binary(f"y_{j + 1}", 1.0) for j in bins]
        x = [[program.add_binary(f"x_{i + 1}_{j + 1}", 0.0) for j in bins] for i in items]
        for i in items:
            program.add_row(f"item_{i + 1}", [(x[i][j], 1.0) for j in bins], lhs=1.0, rhs=1.0)
        for j in bins:
            terms = [(x[i][j], float(item_sizes[i])) for i in items]
            program.add_row(f"bin_{j + 1}", [*terms, (y[j], -float(self.capacity))], rhs=0.0)
        for j in bins[:-1]:
            program.add_row(f"order_{j + 1}", [(y[j + 1], 1.0), (y[j], -1.0)], rhs=0.0)
        return program.instance(self)


def first_fit(item_sizes: NDArray[np.int64], capacity: int) -> int:
    """Return how many bins are taken where each item, in turn, goes into the first one that has room."""
    room: list[int] = []
    for size in item_sizes.tolist():
        fitting = next((j for j, left in enumerate(room) if left >= size), None)
        if fitting is None:
            room.append(capacity - size)
        else:
            room[fitting] -= size
    return len(room)
