"""What acts in :class:`~.environment.KnapsackEnv` without learning."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.problems.knapsack.instance import Knapsack
from coplug.problems.knapsack.options import KnapsackOptions
from coplug.problems.knapsack.solve import solve_knapsack

WHOLE = 10**6
"""Weighed profits are rounded to so many parts of the largest where they are no whole numbers."""


def greedy(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return the legal action with most reward for the share of the capacities that it takes."""
    knapsack: Knapsack = environment.knapsack
    load = (knapsack.weights / np.maximum(knapsack.capacities[:, None], 1)).sum(axis=0)
    ratio = np.tile(environment.worth() / (load + 1e-9), environment.n_knapsacks)
    return int(np.where(environment.action_masks(), ratio, -np.inf).argmax())


def exact(environment: Any, observation: Any, rng: np.random.Generator) -> int:
    """Return an action of a best way to go on; each step is a solve of what is left."""
    left, actions = remaining(environment)
    front = solve_knapsack(left, KnapsackOptions(time_limit_s=float(2**30)))
    return int(actions[front.chosen[0].argmax()])


def remaining(environment: Any) -> tuple[Knapsack, NDArray[np.int64]]:
    """Return what is left as a knapsack with an item for each legal action, and the actions.

    Its constraints are the room of each knapsack, and that an item is put into one knapsack only.
    """
    knapsack: Knapsack = environment.knapsack
    actions = np.flatnonzero(environment.action_masks())
    where, items = np.divmod(actions, knapsack.n_items)
    rows, sides = [], []
    for k in range(environment.n_knapsacks):
        rows += list(knapsack.weights[:, items] * (where == k))
        sides += environment.room()[k].tolist()
    if environment.n_knapsacks > 1:
        once = [items == item for item in np.unique(items)]
        rows += [row.astype(np.int64) for row in once]
        sides += [1] * len(once)
    profits = whole_numbers(environment.worth())[items]
    return Knapsack(profits[None], np.array(rows, np.int64), np.array(sides, np.int64)), actions


def whole_numbers(worth: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole numbers in the proportion of others; those that are whole stay."""
    whole = worth if (worth == np.rint(worth)).all() else np.rint(WHOLE * worth / worth.max())
    return np.asarray(whole, np.int64)
