"""The epsilon-constraint method: one objective by SCIP, least values of the others, until nothing is left to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from coplug.problems.knapsack.instance import BoolArray, IntArray, Knapsack
from coplug.report import Stop
from coplug.scip.knapsack import TOLD_APART, ExactChoice, solve_knapsack


@dataclass(frozen=True)
class Asking:
    """How SCIP is asked.

    Attributes
    ----------
    knapsack : Knapsack
    left_s : callable
        Returns the seconds that are left; may be infinite.
    stop : callable
    seed : int
    memory_limit_mb : float or None
    """

    knapsack: Knapsack
    left_s: Callable[[], float]
    stop: Stop
    seed: int = 0
    memory_limit_mb: float | None = None

    def best(
        self, objective: IntArray, others: list[int], least: IntArray, start: BoolArray | None
    ) -> ExactChoice:
        """Return a best choice with least values of some objectives, given by their numbers."""
        return solve_knapsack(
            objective,
            self.knapsack.weights,
            self.knapsack.capacities,
            self.knapsack.profits[others],
            least,
            start,
            time_limit_s=self.left_s(),
            seed=self.seed,
            memory_limit_mb=self.memory_limit_mb,
            stop=self.stop,
        )


Known = Callable[[IntArray], BoolArray | None]
"""Returns a known choice whose objectives are at least so much, or None."""


def epsilon_constraint(asking: Asking, known: Known) -> Iterator[BoolArray | None]:
    """Find the front point by point; what is found is not dominated. If it ends without None, the front is complete.

    With two objectives, points come by the first objective from the best down; each is a best choice by the first
    objective, of these by the second, among those with more of the second than the point before: the augmented
    epsilon-constraint method. With more, the space in which points may lie is kept as zones, each above a corner; a
    choice of largest sum of objectives in a zone is not dominated, and splits the zones that it lies in.

    Sources: G. Mavrotas, Effective implementation of the epsilon-constraint method in multi-objective mathematical
    programming problems, Applied Mathematics and Computation 213 (2009), 455-465; K. Klamroth, R. Lacour and D.
    Vanderpooten, On the representation of the search region in multi-objective optimization, European Journal of
    Operational Research 245 (2015), 767-778.

    Yields
    ------
    bool, shape (n_items,), or None
        None, at the end, if SCIP had to stop before it had a proof.
    """
    n_objectives = asking.knapsack.n_objectives
    yield from _by_the_first(asking, known) if n_objectives == 2 else _by_zones(asking, known)


def _by_the_first(asking: Asking, known: Known) -> Iterator[BoolArray | None]:
    least = 0
    while True:
        found = _best_by_both(asking, known, least)
        if not found.proven:
            yield None
            return
        if found.chosen is None:
            return
        yield found.chosen
        least = int(asking.knapsack.values(found.chosen)[1]) + 1


def _best_by_both(asking: Asking, known: Known, least: int) -> ExactChoice:
    """Return a best choice by the first objective, and of these by the second, with so much of the second at least."""
    first, second = asking.knapsack.profits
    start = known(np.array([0, least]))
    scale = int(second.sum()) + 1
    if scale * (int(first.sum()) + 1) <= TOLD_APART:
        return asking.best(scale * first + second, [1], np.array([least]), start)
    found = asking.best(first, [1], np.array([least]), start)
    if found.chosen is None or not found.proven:
        return found
    top = int(first[found.chosen].sum())
    return asking.best(second, [0, 1], np.array([top, least]), found.chosen)


def _by_zones(asking: Asking, known: Known) -> Iterator[BoolArray | None]:
    knapsack = asking.knapsack
    total = knapsack.profits.sum(axis=0)
    every = list(range(knapsack.n_objectives))
    zones = np.full((1, knapsack.n_objectives), -1, np.int64)
    while len(zones):
        # The largest zone first: what is found there splits most.
        at = int(np.argmin(zones.sum(axis=1)))
        corner = zones[at]
        found = asking.best(total, every, corner + 1, known(corner + 1))
        if not found.proven:
            yield None
            return
        if found.chosen is None:
            zones = np.delete(zones, at, axis=0)
            continue
        yield found.chosen
        zones = split_zones(zones, knapsack.values(found.chosen))


def split_zones(zones: IntArray, point: IntArray) -> IntArray:
    """Return corners of the zones in which points may lie that a new one does not cover.

    Parameters
    ----------
    zones : int64, shape (n, n_objectives)
        A zone has the points above its corner in every objective.
    point : int64, shape (n_objectives,)

    Returns
    -------
    int64, shape (n_after, n_objectives)
        None within another.
    """
    inside = (zones < point).all(axis=1)
    split = zones[inside]
    children = []
    for j in range(zones.shape[1]):
        child = split.copy()
        child[:, j] = point[j]
        children.append(child)
    found = np.unique(np.concatenate([zones[~inside], *children]), axis=0)
    within = np.array([((found <= corner).all(axis=1)).sum() > 1 for corner in found], np.bool_)
    kept: IntArray = found[~within]
    return kept
