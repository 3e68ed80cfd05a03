"""Random knapsacks, as the literature on several objectives draws them, and how they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coplug.errors import UsageError
from coplug.families import InstanceKind, any_rng
from coplug.problems.knapsack.instance import Knapsack


def render(knapsack: Knapsack, file_format: str) -> bytes:
    """Return the bytes of a file, see :data:`KNAPSACKS`."""
    KNAPSACKS.check_format(file_format)
    document = {
        "profits": knapsack.profits.tolist(),
        "weights": knapsack.weights.tolist(),
        "capacities": knapsack.capacities.tolist(),
    }
    return (json.dumps(document) + "\n").encode()


KNAPSACKS = InstanceKind[Knapsack](
    name="knapsacks",
    formats=("json",),
    render=render,
    summary=lambda knapsack: (
        f"{knapsack.n_items} items, {knapsack.n_objectives} objectives, {knapsack.n_constraints} constraints"
    ),
)
"""Knapsacks, as what a family draws."""


@dataclass(frozen=True)
class RandomKnapsack:
    """Knapsacks whose profits and weights are drawn one by one.

    All are uniform whole numbers in ``1..largest``; a capacity is what a share of all items weighs, rounded down.

    Source: E. Zitzler and L. Thiele, Multiobjective evolutionary algorithms, IEEE Transactions on Evolutionary
    Computation 3 (1999), 257-271, who take 10 to 100, half of the weight, and as many constraints as objectives; from 1
    on, and with one constraint, they are type A of C. Bazgan, H. Hugot and D. Vanderpooten, Computers and Operations
    Research 36 (2009), 260-279.

    Attributes
    ----------
    n_items : int
        At least 1.
    n_objectives : int
        At least 1.
    n_constraints : int
        At least 1.
    largest : int
        Profit and weight, 1 to 10**6.
    share : float
        Of all weights, above 0 and at most 1; where no item fits then, the capacity is that of the lightest.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "knapsack"
    draws: ClassVar = KNAPSACKS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_items": 20},
        "easy": {"n_items": 100},
        "medium": {"n_items": 300},
        "hard": {"n_items": 100, "n_objectives": 3},
    }

    n_items: int = 100
    n_objectives: int = 2
    n_constraints: int = 1
    largest: int = 100
    share: float = 0.5

    def __post_init__(self) -> None:
        if min(self.n_items, self.n_objectives, self.n_constraints) < 1 or not 1 <= self.largest <= 10**6:
            raise UsageError(
                f"knapsack of {self.n_items} items, {self.n_objectives} objectives, {self.n_constraints} constraints, "
                f"numbers up to {self.largest} is none; take 1 or more of each, and up to 10**6"
            )
        if not 0.0 < self.share <= 1.0:
            raise UsageError(
                f"knapsack with a share of {self.share} of the weight; take it above 0, 1 at most"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Knapsack:
        """Draw one instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws, profits first; nothing else is random.
        """
        profits = rng.randint(1, self.largest + 1, size=(self.n_objectives, self.n_items))
        weights = rng.randint(1, self.largest + 1, size=(self.n_constraints, self.n_items))
        lightest = int(weights.sum(axis=0).argmin())
        capacities = np.maximum((self.share * weights.sum(axis=1)).astype(np.int64), weights[:, lightest])
        return Knapsack(profits.astype(np.int64), weights.astype(np.int64), capacities.astype(np.int64))
