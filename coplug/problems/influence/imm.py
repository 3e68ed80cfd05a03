"""IMM: as many reverse reachable sets as the guarantee needs, found out by drawing them.

Source: Y. Tang, Y. Shi and X. Xiao, Influence maximization in near-linear time: a martingale approach, SIGMOD 2015;
corrected as by W. Chen, An issue in the martingale analysis of the influence maximization algorithm IMM, CSoNet 2018:
the number of sets is random, so that the failure probability has to hold for each number that it may be.
"""

from __future__ import annotations

import math

from coplug.problems.influence.coverage import Cover, cover
from coplug.problems.influence.guarantee import Certificate, Choice
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.reverse_sets import ReverseSets
from coplug.problems.influence.task import Task


def imm(task: Task, drawn: ReverseSets, epsilon: float, delta: float, limits: Limits) -> Choice:
    """Choose seeds that spread at least ``greedy_share - epsilon`` of the farthest, with probability 1 - delta.

    Parameters
    ----------
    task : Task
    drawn : ReverseSets
        None so far.
    epsilon, delta : float
        In (0, 1].
    limits : Limits
        Where they or the memory end it early, there is no certificate.
    """
    failure = _corrected(task, epsilon, delta)
    least = _least_spread(task, drawn, epsilon, failure)
    if least is not None:
        drawn.draw(math.ceil(_sets_times_spread(task, epsilon, failure) / least))
    found = cover(task, drawn)
    if drawn.is_cut:
        return Choice(found.seeds, None, limits.reason or "memlimit")
    certificate = Certificate(
        "imm", max(0.0, task.greedy_share - epsilon), 1 - delta, None, None, drawn.n_sets
    )
    return Choice(found.seeds, certificate)


def _least_spread(task: Task, drawn: ReverseSets, epsilon: float, failure: float) -> float | None:
    """Return a number that the best spread is not below; None if there are not as many sets as that needs.

    Smaller and smaller numbers are tested (Algorithm 2). ``failure`` is the logarithm of one over the probability that
    it fails.
    """
    total, loose = task.network.total, math.sqrt(2) * epsilon
    n_tests = max(1, math.ceil(math.log2(total / task.least_spread)))
    tries = task.log_choices + failure + math.log(n_tests)
    needed = (2 + 2 / 3 * loose) * tries * total / loose**2
    for test in range(1, n_tests + 1):
        tested = total / 2**test
        drawn.draw(math.ceil(needed / tested))
        if drawn.is_cut:
            return None
        spread = total * _share(cover(task, drawn), drawn)
        if spread >= (1 + loose) * tested:
            return max(spread / (1 + loose), task.least_spread)
    return task.least_spread


def _share(found: Cover, drawn: ReverseSets) -> float:
    return found.n_met / drawn.n_sets


def _sets_times_spread(task: Task, epsilon: float, failure: float) -> float:
    """Return how many sets are needed, times the best spread (Equation 6; with another share, of its Theorem 1)."""
    share = task.greedy_share
    alpha = math.sqrt(failure)
    beta = math.sqrt(share * (task.log_choices + failure))
    return float(2 * task.network.total * ((share * alpha + beta) / epsilon) ** 2)


def _corrected(task: Task, epsilon: float, delta: float) -> float:
    """Return the logarithm of one over the failure probability of each part, so that all together is ``delta``.

    Half of it is for the tests. The other half is shared out among the numbers of sets that there may be in the end:
    the smallest solution of ``failure = ln(2 / delta) + ln(numbers(failure))``.
    """
    failure = math.log(2 / delta)
    for _ in range(100):
        numbers = _sets_times_spread(task, epsilon, failure) / task.least_spread
        following = math.log(2 / delta) + math.log(math.ceil(max(1.0, numbers)))
        if following - failure < 1e-9:
            break
        failure = following
    return failure
