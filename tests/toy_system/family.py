"""Random bags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coplug.errors import UsageError

from .instance import BAGS, Bag


@dataclass(frozen=True)
class RandomBags:
    """Bags with values and weights in 1..20, of which half fits."""

    draws: ClassVar = BAGS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {"tiny": {"n_items": 8}, "easy": {}}

    n_items: int = 30

    def __post_init__(self) -> None:
        if self.n_items < 1:
            raise UsageError("a bag needs an item")

    def generate(self, rng: np.random.RandomState) -> Bag:
        """Draw a bag."""
        values, weights = rng.randint(1, 21, size=(2, self.n_items))
        return Bag(values, weights, int(weights.sum()) // 2)
