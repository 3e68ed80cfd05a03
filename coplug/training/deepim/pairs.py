"""What DeepIM learns from: sets of seeds, poor and improved ones, and which nodes each of them reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coplug.problems.influence.coverage import cover
from coplug.problems.influence.fixed_threshold import fixed_greedy
from coplug.problems.influence.frequencies import frequencies
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.rankings import at_random, within_budget
from coplug.problems.influence.reverse_sets import ReverseSets
from coplug.problems.influence.task import Task

IMPROVED, POOR = 12, 12
"""How many sets there are of each kind."""

PART = 0.8
"""Share of the candidates, drawn anew, that an improved set is chosen from: no two of them are the same, and none is
what the method that improves them would answer."""

SETS_A_NODE, FEWEST_SETS, MOST_SETS = 4, 2000, 100_000
"""Reverse reachable sets that improved sets are chosen by: far fewer than a guarantee would take."""

WORLDS = 64
DRAWING, REVERSE, LABELLING = 40, 41, 42
"""Streams of what is drawn."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sets, and what they reach.

    Attributes
    ----------
    sets : bool, shape (n_sets, n_nodes)
        With the seeds that are given.
    reached : float32, shape (n_sets, n_nodes)
        Share of some worlds in which each node is reached.
    """

    sets: NDArray[np.bool_]
    reached: NDArray[np.float32]


def make_pairs(task: Task, seed: int, limits: Limits) -> Pairs:
    """Draw poor sets, choose improved ones, and simulate what they reach; one of each kind at least."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, DRAWING]))
    sets = [*_until_over(_improved(task, seed, rng, limits), limits), *_until_over(_poor(task, rng), limits)]
    reached = [shares(task, seeds, seed) for seeds in sets]
    return Pairs(np.stack([_as_mask(task, seeds) for seeds in sets]), np.stack(reached))


def shares(task: Task, seeds: NDArray[np.int32], seed: int) -> NDArray[np.float32]:
    """Return in which share of the labelling worlds each node is reached by seeds and the given ones."""
    both = np.concatenate([task.given, seeds]).astype(np.int32)
    return frequencies(task.network, both, seed, LABELLING, WORLDS).astype(np.float32)


def _until_over(sets: Iterator[NDArray[np.int32]], limits: Limits) -> Iterator[NDArray[np.int32]]:
    for seeds in sets:
        yield seeds
        if limits.over():
            return


def _improved(task: Task, seed: int, rng: np.random.Generator, limits: Limits) -> Iterator[NDArray[np.int32]]:
    if not task.network.diffusion.is_submodular:
        for _ in range(IMPROVED):
            yield fixed_greedy(_part_of(task, rng), limits).seeds
        return
    drawn = ReverseSets(task.network, seed, REVERSE, stop=limits.over)
    drawn.draw(min(max(SETS_A_NODE * task.network.n_nodes, FEWEST_SETS), MOST_SETS))
    for _ in range(IMPROVED):
        yield cover(_part_of(task, rng), drawn).seeds


def _part_of(task: Task, rng: np.random.Generator) -> Task:
    """Return the same task with some of the candidates left out, as many as the budget can spare."""
    n = len(task.candidates)
    kept = min(n, max(round(PART * n), task.most_seeds))
    return replace(task, candidates=np.sort(rng.permutation(task.candidates)[:kept]))


def _poor(task: Task, rng: np.random.Generator) -> Iterator[NDArray[np.int32]]:
    """Yield sets drawn uniformly, and by degree, in turn."""
    degrees = np.diff(task.network.out.ptr)[task.candidates]
    for number in range(POOR):
        if number % 2:
            yield at_random(task, int(rng.integers(2**31)))
            continue
        keys = rng.random(len(degrees)) ** (1 / (1.0 + degrees))
        yield within_budget(task, task.candidates[np.argsort(-keys, kind="stable")])


def _as_mask(task: Task, seeds: NDArray[np.int32]) -> NDArray[np.bool_]:
    mask = np.zeros(task.network.n_nodes, np.bool_)
    mask[task.given] = mask[seeds] = True
    return mask
