"""Contextual knapsacks, whose items may be taken in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coplug.families import any_rng
from coplug.problems.contextual_lp.families.drawn import (
    CONTEXTUAL,
    DrawnProgram,
    check_costs,
    check_counts,
    drawn,
)
from coplug.problems.contextual_lp.program import make_program


@dataclass(frozen=True)
class ContextualKnapsack:
    """Fractional knapsacks of several capacities, whose values depend on contexts.

    The relaxation of PyEPO's knapsacks, ``pyepo.data.knapsack.genData``: weights are drawn from ``3.00..8.00`` with two
    digits, values are ``ceil(5 ((((B z)_j / sqrt(p) + 3)^degree + 1) / 3.5^degree u)``, and each capacity is a half of
    the sum of its weights, or as given.

    Attributes
    ----------
    n_samples, n_contexts : int
    n_items : int
    n_capacities : int
    capacity : float
        Of each, absolute; 0: a half of the weights.
    degree : int
    noise : float

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "contextual_knapsack"
    draws: ClassVar = CONTEXTUAL
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_samples": 20, "n_items": 5, "n_capacities": 1},
        "easy": {},
        "medium": {"n_samples": 1000},
        "hard": {"n_samples": 1000, "n_items": 100, "n_capacities": 5},
    }

    n_samples: int = 100
    n_contexts: int = 5
    n_items: int = 20
    n_capacities: int = 2
    capacity: float = 0.0
    degree: int = 4
    noise: float = 0.5

    def __post_init__(self) -> None:
        check_counts(
            self.name,
            n_samples=self.n_samples,
            n_contexts=self.n_contexts,
            n_items=self.n_items,
            n_capacities=self.n_capacities,
        )
        check_costs(self.name, self.degree, self.noise)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> DrawnProgram:
        """Draw one; the order of the draws is PyEPO's."""
        weights = rng.choice(range(300, 800), size=(self.n_capacities, self.n_items)) / 100
        mixing = rng.binomial(1, 0.5, (self.n_items, self.n_contexts))
        contexts = rng.normal(0, 1, (self.n_samples, self.n_contexts))
        values = ((contexts @ mixing.T / np.sqrt(self.n_contexts) + 3) ** self.degree + 1) * (
            5 / 3.5**self.degree
        )
        costs = np.ceil(values * rng.uniform(1 - self.noise, 1 + self.noise, values.shape))
        rhs = np.full(self.n_capacities, self.capacity) if self.capacity else weights.sum(axis=1) / 2
        program = make_program("knapsack", weights, np.full(self.n_capacities, -np.inf), rhs, 1.0, "max")
        return drawn(program, contexts, costs, self.name)
