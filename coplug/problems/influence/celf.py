"""Lazy greedy in worlds: the seed that reaches the most other nodes on average is taken, again and again.

In every world the weight of the nodes reached is a submodular function of the seeds, so a gain that was counted earlier
is never too small. Source: J. Leskovec, A. Krause, C. Guestrin, C. Faloutsos, J. VanBriesen and N. Glance,
Cost-effective outbreak detection in networks, KDD 2007.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.lazy_heap import drop_first, heapify, sift_down
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.reached import Worlds, add_gains, gain_of, mark, new_worlds
from coplug.problems.influence.task import Task
from coplug.problems.influence.threads import in_threads
from coplug.problems.influence.worlds import Scratch, new_scratch

CHOOSING = 0
"""The stream of worlds that seeds are chosen by."""

BLOCK = 16
"""Worlds a call in which every node is looked at."""

LOOKS = 64
"""Gains that are counted again before somebody is asked whether to go on."""


def celf(task: Task, n_worlds: int, seed: int, threads: int, limits: Limits) -> Choice:
    """Choose seeds by the mean over some worlds; with costs, the better of greedy by value and by value for the cost.

    Parameters
    ----------
    task : Task
        Of a diffusion whose spread is submodular.
    n_worlds : int
    seed : int
        Of the worlds.
    threads : int
        In which the gains of single nodes are counted.
    limits : Limits
        Once they end it, nodes are taken by the gains that are known.
    """
    network = task.network
    worlds = new_worlds(network, seed, CHOOSING, n_worlds)
    scratch = new_scratch(network.n_nodes)
    for node in task.given.tolist():
        mark(worlds, node, scratch)
    gains = _single_gains(task, worlds, threads, limits)
    seeds, reached = _greedy(task, worlds, gains, np.ones(network.n_nodes), scratch, limits)
    if task.costs is not None:
        others, reached_by_others = _greedy(task, worlds, gains, task.costs, scratch, limits)
        seeds = others if reached_by_others > reached else seeds
    return Choice(seeds, None, limits.reason)


def _single_gains(task: Task, worlds: Worlds, threads: int, limits: Limits) -> NDArray[np.float64]:
    """Return what each candidate reaches alone, added up over the worlds."""
    gains = np.zeros(task.network.n_nodes)
    blocks = (slice(at, at + BLOCK) for at in range(0, len(worlds.keys), BLOCK))
    for block in in_threads(partial(_gains_of_block, worlds, task.candidates), blocks, threads):
        gains += block
        if limits.over():
            break
    return gains


def _gains_of_block(worlds: Worlds, candidates: NDArray[np.int32], block: slice) -> NDArray[np.float64]:
    gains = np.zeros(len(worlds.weights))
    part = worlds._replace(keys=worlds.keys[block], reached=worlds.reached[block])
    add_gains(part, candidates, gains)
    return gains


def _greedy(
    task: Task,
    worlds: Worlds,
    gains: NDArray[np.float64],
    divisors: NDArray[np.float64],
    scratch: Scratch,
    limits: Limits,
) -> tuple[NDArray[np.int32], float]:
    """Return seeds in order, and the weight that they reach in all worlds together."""
    worlds = worlds._replace(reached=worlds.reached.copy())
    values = gains / divisors
    heap, seen = task.candidates.copy(), np.zeros(task.network.n_nodes, np.int32)
    heapify(heap, values)
    taken = np.empty(task.most_seeds, np.int32)
    n_taken, n_left, left, reached = 0, len(heap), task.budget * (1 + 1e-12), 0.0
    while n_left and n_taken < task.most_seeds:
        looks = 0 if limits.over() else LOOKS
        n_taken, n_left, left, gained = _take(
            worlds,
            heap,
            n_left,
            values,
            divisors,
            task.cost_of_each,
            left,
            seen,
            taken,
            n_taken,
            looks,
            scratch,
        )
        reached += gained
    return taken[:n_taken], reached


@kernel
def _take(
    worlds: Worlds,
    heap: NDArray[np.int32],
    n_left: int,
    values: NDArray[np.float64],
    divisors: NDArray[np.float64],
    costs: NDArray[np.float64],
    left: float,
    seen: NDArray[np.int32],
    taken: NDArray[np.int32],
    n_taken: int,
    looks: int,
    scratch: Scratch,
) -> tuple[int, int, float, float]:
    """Take nodes until ``looks`` gains have been counted again; with 0 of them, take nodes by the values there are.

    ``seen`` is, at each node, how many had been taken when its gain was counted.
    """
    n_looks, reached = 0, 0.0
    while n_left > 0 and n_taken < len(taken):
        node = heap[0]
        if costs[node] <= left and looks > 0 and seen[node] != n_taken:
            if n_looks == looks:
                break
            n_looks += 1
            values[node] = gain_of(worlds, node, scratch) / divisors[node]
            seen[node] = n_taken
            sift_down(heap[:n_left], values, 0)
            continue
        if costs[node] <= left:
            left -= costs[node]
            taken[n_taken] = node
            n_taken += 1
            reached += values[node] * divisors[node]
            if looks > 0:
                mark(worlds, node, scratch)
        n_left = drop_first(heap, values, n_left)
    return n_taken, n_left, left, reached
