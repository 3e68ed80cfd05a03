"""Letting a policy choose seeds one after the other."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from coplug.errors import PolicyError, in_one_line
from coplug.problems.influence.fixed_threshold import Activation
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.network import Network
from coplug.problems.influence.policies import SeedPolicy
from coplug.problems.influence.rankings import by_degree_discount
from coplug.problems.influence.reached import mark, new_worlds, shares_reached
from coplug.problems.influence.task import Task
from coplug.problems.influence.worlds import new_scratch
from coplug.report import PolicyUse

logger = logging.getLogger(__name__)

WORLDS = 64
"""A policy is shown the share of them in which each node is reached."""

ACTING = 50
"""Their stream."""


class Progress:
    """What seeds reach while they are added."""

    def __init__(self, network: Network, seed: int) -> None:
        self._fixed = None if network.diffusion.is_submodular else Activation(network)
        self._worlds = new_worlds(network, seed, ACTING, WORLDS if self._fixed is None else 0)
        self._scratch = new_scratch(network.n_nodes)

    def add(self, node: int) -> None:
        """Make a node a seed."""
        if self._fixed is not None:
            self._fixed.add(node)
        else:
            mark(self._worlds, node, self._scratch)

    def reached(self) -> NDArray[np.float32]:
        """Return the share of the worlds in which each node is reached, float32, shape (n_nodes,)."""
        if self._fixed is not None:
            return self._fixed.active.astype(np.float32)
        return shares_reached(self._worlds)


def by_policy(task: Task, policy: SeedPolicy, seed: int, limits: Limits) -> tuple[Choice, PolicyUse]:
    """Choose seeds by a policy, and say what it did.

    Where it fails, or the time is up, degree discount chooses those that are left, and a warning says why.
    """
    progress, costs = Progress(task.network, seed), task.cost_of_each
    for node in task.given.tolist():
        progress.add(node)
    seeds: list[int] = []
    left, rest, time_s, calls, fallbacks = task.budget * (1 + 1e-12), task.candidates, 0.0, 0, 0
    while len(rest := rest[costs[rest] <= left]) and not limits.over():
        begin_s = time.monotonic()
        try:
            scores = _checked(policy.seed_scores(task.network, progress.reached(), left / task.budget), task)
        except Exception as error:  # a policy may raise anything, and never breaks a solve
            logger.warning("policy %s failed, degree discount goes on: %s", policy.name, in_one_line(error))
            fallbacks += 1
            break
        finally:
            calls, time_s = calls + 1, time_s + time.monotonic() - begin_s
        if scores is None:
            fallbacks += 1
            break
        node = int(rest[np.argmax(_for_cost(scores[rest], costs[rest]))])
        progress.add(node)
        seeds.append(node)
        left -= float(costs[node])
        rest = rest[rest != node]
    chosen = np.array(seeds, np.int32)
    if len(rest):
        given = np.concatenate([task.given, chosen]).astype(np.int32)
        others = by_degree_discount(replace(task, budget=left, given=given, candidates=rest))
        chosen = np.concatenate([chosen, others]).astype(np.int32)
    return Choice(chosen, None, limits.reason), PolicyUse(
        name=policy.name, calls=calls, time_s=time_s, fallbacks=fallbacks
    )


def _for_cost(scores: NDArray[np.float64], costs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how good nodes are for their cost: scores are logits, so that a logarithm is taken off."""
    return scores - np.log(costs)


def _checked(scores: object, task: Task) -> NDArray[np.float64] | None:
    if scores is None:
        return None
    found = np.asarray(scores, np.float64)
    if found.shape != (task.network.n_nodes,) or not np.isfinite(found).all():
        raise PolicyError(f"it returned no finite scores of shape ({task.network.n_nodes},)")
    return found
