"""OPIM-C: sets until a bound on the best spread is near enough to one on that of the seeds.

Source: J. Tang, X. Tang, X. Xiao and J. Yuan, Online processing algorithms for influence maximization, SIGMOD 2018
(Algorithm 2, with the upper bound of its Section 5).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coplug.problems.influence.coverage import Cover, cover, n_met
from coplug.problems.influence.guarantee import Certificate, Choice
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.reverse_sets import ReverseSets
from coplug.problems.influence.task import Task

LEAST_SETS = 1024
"""Of each kind in the first iteration."""

CHEAP_SETS, CHEAP_MEMBERS = 2**16, 2**22
"""Of each kind: as long as both are fewer, more sets are drawn also where the ratio is reached: seeds get better."""


def opim_c(
    task: Task, drawn: ReverseSets, others: ReverseSets, epsilon: float, delta: float, limits: Limits
) -> Choice:
    """Choose seeds that spread at least ``greedy_share - epsilon`` of the farthest, with probability 1 - delta.

    Parameters
    ----------
    task : Task
    drawn, others : ReverseSets
        None so far, and independent: seeds are chosen by the first ones and judged by the others.
    epsilon, delta : float
        In (0, 1].
    limits : Limits
        Where they or the memory end it early, the seeds of the iteration before are kept, with their certificate; in
        the first one there is none.
    """
    most = _most_sets(task, epsilon, delta)
    n_iterations = max(1, math.ceil(math.log2(most / LEAST_SETS)) + 1)
    failure = math.log(3 * n_iterations / delta)
    n_sets, kept = min(LEAST_SETS, math.ceil(most)), None
    while True:
        drawn.draw(n_sets)
        others.draw(n_sets)
        if drawn.is_cut or others.is_cut:
            return replace(kept or Choice(cover(task, drawn).seeds), limit=limits.reason or "memlimit")
        found = cover(task, drawn, bounded=True)
        certificate = _certificate(task, found, drawn, others, failure, delta)
        limits.tell(certificate)
        kept = Choice(found.seeds, certificate)
        is_cheap = drawn.n_sets < CHEAP_SETS and len(drawn.members) < CHEAP_MEMBERS
        if (certificate.ratio >= task.greedy_share - epsilon and not is_cheap) or n_sets >= most:
            return kept
        n_sets = min(2 * n_sets, math.ceil(most))


def _certificate(
    task: Task, found: Cover, drawn: ReverseSets, others: ReverseSets, failure: float, delta: float
) -> Certificate:
    """Return what the sets say of the seeds (Equations 5 and 8)."""
    total = task.network.total
    met = n_met(others, _all_seeds(task, found), task.network.n_nodes)
    sure = max(0.0, math.sqrt(met + 2 * failure / 9) - math.sqrt(failure / 2)) ** 2 - failure / 18
    lower = max(0.0, sure) * total / others.n_sets
    most = (math.sqrt(found.bound + failure / 2) + math.sqrt(failure / 2)) ** 2
    upper = min(most / drawn.n_sets, 1.0) * total
    return Certificate("opim-c", lower / upper, 1 - delta, lower, upper, drawn.n_sets + others.n_sets)


def _all_seeds(task: Task, found: Cover) -> NDArray[np.int32]:
    return np.concatenate([task.given, found.seeds])


def _most_sets(task: Task, epsilon: float, delta: float) -> float:
    """Return how many sets of the first kind are enough whatever they say (Equation 10; with another share)."""
    share, failure = task.greedy_share, math.log(6 / delta)
    needed = share * math.sqrt(failure) + math.sqrt(share * (task.log_choices + failure))
    return 2 * task.network.total * (needed / epsilon) ** 2 / task.least_spread
