"""Lazy greedy in worlds: the seed that reaches the most other nodes on average is taken, again and again.

In every world the weight of the nodes reached is a submodular function of the seeds, so a gain that was counted earlier
is never too small. Source: J. Leskovec, A. Krause, C. Guestrin, C. Faloutsos, J. VanBriesen and N. Glance,
Cost-effective outbreak detection in networks, KDD 2007.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.lazy_heap import drop_first, heapify, sift_down
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.network import Arcs
from coplug.problems.influence.task import Task
from coplug.problems.influence.threads import in_threads
from coplug.problems.influence.worlds import (
    Process,
    Scratch,
    has_bit,
    keys_of_worlds,
    new_scratch,
    process_of,
    reach,
    set_bit,
)

CHOOSING = 0
"""The stream of worlds that seeds are chosen by."""

BLOCK = 16
"""Worlds a call in which every node is looked at."""

LOOKS = 64
"""Gains that are counted again before somebody is asked whether to go on."""


class _Worlds(NamedTuple):
    """Worlds, and what has been reached in each.

    Attributes
    ----------
    arcs : Arcs
    process : Process
    weights : float64, shape (n_nodes,)
    keys : uint64, shape (n_worlds,)
    reached : uint8, shape (n_worlds, n_nodes // 8 + 1)
        Bits of nodes.
    """

    arcs: Arcs
    process: Process
    weights: NDArray[np.float64]
    keys: NDArray[np.uint64]
    reached: NDArray[np.uint8]


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
    worlds = _Worlds(
        network.out,
        process_of(network.diffusion),
        np.ones(network.n_nodes) if network.weights is None else network.weights,
        keys_of_worlds(seed, CHOOSING, n_worlds),
        np.zeros((n_worlds, network.n_nodes // 8 + 1), np.uint8),
    )
    scratch = new_scratch(network.n_nodes)
    for node in task.given.tolist():
        _mark(worlds, node, scratch)
    gains = _single_gains(task, worlds, threads, limits)
    seeds, reached = _greedy(task, worlds, gains, np.ones(network.n_nodes), scratch, limits)
    if task.costs is not None:
        others, reached_by_others = _greedy(task, worlds, gains, task.costs, scratch, limits)
        seeds = others if reached_by_others > reached else seeds
    return Choice(seeds, None, limits.reason)


def _single_gains(task: Task, worlds: _Worlds, threads: int, limits: Limits) -> NDArray[np.float64]:
    """Return what each candidate reaches alone, added up over the worlds."""
    gains = np.zeros(task.network.n_nodes)
    blocks = (slice(at, at + BLOCK) for at in range(0, len(worlds.keys), BLOCK))
    for block in in_threads(partial(_gains_of_block, worlds, task.candidates), blocks, threads):
        gains += block
        if limits.over():
            break
    return gains


def _gains_of_block(worlds: _Worlds, candidates: NDArray[np.int32], block: slice) -> NDArray[np.float64]:
    gains = np.zeros(len(worlds.weights))
    part = worlds._replace(keys=worlds.keys[block], reached=worlds.reached[block])
    _add_gains(part, candidates, gains)
    return gains


def _greedy(
    task: Task,
    worlds: _Worlds,
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
    worlds: _Worlds,
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
            values[node] = _gain(worlds, node, scratch) / divisors[node]
            seen[node] = n_taken
            sift_down(heap[:n_left], values, 0)
            continue
        if costs[node] <= left:
            left -= costs[node]
            taken[n_taken] = node
            n_taken += 1
            reached += values[node] * divisors[node]
            if looks > 0:
                _mark(worlds, node, scratch)
        n_left = drop_first(heap, values, n_left)
    return n_taken, n_left, left, reached


@kernel
def _add_gains(worlds: _Worlds, candidates: NDArray[np.int32], gains: NDArray[np.float64]) -> None:
    scratch = new_scratch(len(gains))
    for world in range(len(worlds.keys)):
        for node in candidates:
            gains[node] += _gain_in(worlds, world, node, scratch)


@kernel
def _gain(worlds: _Worlds, node: int, scratch: Scratch) -> float:
    """Return the weight that a node would add, over all worlds."""
    gain = 0.0
    for world in range(len(worlds.keys)):
        gain += _gain_in(worlds, world, node, scratch)
    return gain


@kernel
def _gain_in(worlds: _Worlds, world: int, node: int, scratch: Scratch) -> float:
    reached, gain = worlds.reached[world], 0.0
    end = reach(worlds.arcs, worlds.process, worlds.keys[world], node, reached, scratch)
    for at in range(end):
        if not has_bit(reached, scratch.found[at]):
            gain += worlds.weights[scratch.found[at]]
    return gain


@kernel
def _mark(worlds: _Worlds, node: int, scratch: Scratch) -> None:
    """Take note of what a node reaches in each world."""
    for world in range(len(worlds.keys)):
        reached = worlds.reached[world]
        end = reach(worlds.arcs, worlds.process, worlds.keys[world], node, reached, scratch)
        for at in range(end):
            set_bit(reached, scratch.found[at])
