"""Small knapsacks, and their fronts by looking at every choice."""

import itertools

import numpy as np

from coplug.algorithms.fronts.dominance import front_order
from coplug.problems.knapsack.instance import Knapsack


def drawn(seed, n_items=10, n_objectives=2, n_constraints=1, largest=20):
    """Return a knapsack with profits and weights in 1..largest, half of which fit."""
    rng = np.random.default_rng(seed)
    profits = rng.integers(1, largest + 1, size=(n_objectives, n_items))
    weights = rng.integers(1, largest + 1, size=(n_constraints, n_items))
    return Knapsack(profits, weights, weights.sum(axis=1) // 2)


def true_front(knapsack):
    """Return the values of the front, by the first objective from the best down."""
    choices = np.array(list(itertools.product([False, True], repeat=knapsack.n_items)))
    values = knapsack.values(choices[knapsack.fits(choices)])
    return values[front_order(values)].tolist()
