"""Sets that the slopes of what has been learned lead to: node by node, and by exchanges as long as they get better."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from coplug.problems.influence.limits import Limits
from coplug.problems.influence.rankings import within_budget
from coplug.problems.influence.task import Task

Seeds = NDArray[np.int32]
Slopes = Callable[[Seeds], NDArray[np.float32]]
"""Tells at a set how fast the worth grows with the chance of each node to be a seed, float32, shape (n_nodes,)."""

TIMES = 32
"""How often slopes are asked for until a set is whole."""

MOST_ROUNDS = 100
NEAR = 3
"""Seeds that change nothing, and other nodes that change most, of which each is tried with each."""

TOGETHER = (2, 4, 8, 16, 32)
"""How many are exchanged at once, besides."""

NOTICED = 1e-7
"""Share of the worth by which a set is better."""


def by_slopes(task: Task, slopes_at: Slopes, limits: Limits) -> Seeds:
    """Return the nodes of the greatest slopes for their costs, some at a time: greedy, as far as slopes tell gains.

    Once ``limits`` end it, the last slopes tell all that are left.
    """
    seeds, step = task.candidates[:0], -(-task.most_seeds // TIMES)
    while True:
        others = _by_ratio(task, np.setdiff1d(task.candidates, seeds), slopes_at(seeds))[::-1]
        whole = within_budget(task, np.concatenate([seeds, others]))
        if len(whole) <= len(seeds) + step or limits.over():
            return whole
        seeds = whole[: len(seeds) + step]


def exchanged(
    task: Task,
    seeds: Seeds,
    slopes_at: Slopes,
    worth_of: Callable[[list[Seeds]], NDArray[np.float32]],
    limits: Limits,
) -> Seeds:
    """Return seeds that no exchange tried makes better.

    Parameters
    ----------
    task : Task
    seeds : int32, shape (n_seeds,)
    slopes_at : Slopes
    worth_of : callable
        Returns what sets are worth, float32, shape (n_sets,).
    limits : Limits
    """
    best = float(worth_of([seeds])[0])
    for _ in range(MOST_ROUNDS):
        if limits.over():
            break
        tried = list(_exchanges(task, seeds, slopes_at(seeds)))
        worth = worth_of(tried) if tried else np.zeros(1)
        if worth.max() <= best + NOTICED:
            break
        seeds, best = tried[int(worth.argmax())], float(worth.max())
    return seeds


def _exchanges(task: Task, seeds: Seeds, slopes: NDArray[np.float32]) -> Iterator[Seeds]:
    """Yield sets in which the seeds of the least slopes for their costs have made room for nodes of the greatest."""
    worst = _by_ratio(task, seeds, slopes)
    others = _by_ratio(task, np.setdiff1d(task.candidates, seeds), slopes)[::-1]
    for i in range(min(NEAR, len(worst))):
        for j in range(min(NEAR, len(others))):
            yield _with(task, seeds, worst[i : i + 1], others[j : j + 1], others)
    for count in TOGETHER:
        if count <= min(len(worst), len(others)):
            yield _with(task, seeds, worst[:count], others[:count], others)


def _with(task: Task, seeds: Seeds, leaving: Seeds, entering: Seeds, others: Seeds) -> Seeds:
    """Return the seeds with some exchanged, and more of the others where some of the budget is left."""
    kept, rest = seeds[~np.isin(seeds, leaving)], others[~np.isin(others, entering)]
    return within_budget(task, np.concatenate([kept, entering, rest]))


def _by_ratio(task: Task, nodes: Seeds, slopes: NDArray[np.float32]) -> Seeds:
    """Return nodes by their slopes for their costs, ascending."""
    return nodes[np.argsort((slopes / task.cost_of_each)[nodes], kind="stable")]
