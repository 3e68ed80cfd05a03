"""Greedy choice of nodes that meet the most sets, and a bound on what any choice meets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.lazy_heap import drop_first, heapify, sift_down
from coplug.problems.influence.reverse_sets import ReverseSets
from coplug.problems.influence.task import Task

LOOKS = 32
"""How often on its way a greedy choice is asked for a bound; each is valid, and the least counts."""


@dataclass(frozen=True, eq=False)
class Cover:
    """Nodes that meet many sets.

    Attributes
    ----------
    seeds : int32, shape (n_seeds,)
        In the order chosen, without those given.
    n_met : int
        Sets that these and the given seeds meet.
    bound : float
        Sets that no affordable choice meets more of, with the given seeds.
    """

    seeds: NDArray[np.int32]
    n_met: int
    bound: float


class _State(NamedTuple):
    """Where a greedy choice stands.

    Attributes
    ----------
    ptr, members
        The sets.
    node_ptr, sets
        The same by node: which sets it is in.
    counts : float64, shape (n_nodes,)
        Sets that are not met yet, by node.
    met : bool, shape (n_sets,)
    """

    ptr: NDArray[np.int64]
    members: NDArray[np.int32]
    node_ptr: NDArray[np.int64]
    sets: NDArray[np.int32]
    counts: NDArray[np.float64]
    met: NDArray[np.bool_]


def cover(task: Task, drawn: ReverseSets, *, bounded: bool = False) -> Cover:
    """Choose seeds that meet many of the sets.

    The best node is taken, for its cost, as long as it is affordable; with costs, the better of that and of greedy
    without a look at them. They meet at least ``task.greedy_share`` of what any choice meets.

    Parameters
    ----------
    task : Task
    drawn : ReverseSets
    bounded : bool
        Whether the bound is wanted; else it is the number of sets.
    """
    by_value = _greedy(task, drawn, np.ones(task.network.n_nodes), bounded)
    if task.costs is None:
        return by_value
    by_ratio = _greedy(task, drawn, task.costs, bounded)
    best = by_ratio if by_ratio.n_met >= by_value.n_met else by_value
    return Cover(best.seeds, best.n_met, min(by_ratio.bound, by_value.bound))


def n_met(drawn: ReverseSets, seeds: NDArray[np.int32], n_nodes: int) -> int:
    """Return how many sets some nodes meet."""
    chosen = np.zeros(n_nodes, np.bool_)
    chosen[seeds] = True
    return int(_count_met(drawn.ptr, drawn.members, chosen))


def _greedy(task: Task, drawn: ReverseSets, divisors: NDArray[np.float64], bounded: bool) -> Cover:
    """Take the node that meets the most other sets for what it is divided by, again and again."""
    n_nodes = task.network.n_nodes
    node_ptr, sets = _sets_of_nodes(drawn.ptr, drawn.members, n_nodes)
    met = np.zeros(drawn.n_sets, np.bool_)
    state = _State(drawn.ptr, drawn.members, node_ptr, sets, np.diff(node_ptr).astype(np.float64), met)
    for node in task.given.tolist():
        _meet(state, node)
    heap, values = task.candidates.copy(), state.counts / divisors
    heapify(heap, values)
    left, costs = task.budget * (1 + 1e-12), task.cost_of_each
    seeds: list[NDArray[np.int32]] = []
    bound = float(drawn.n_sets)
    step = max(1, -(-task.most_seeds // LOOKS))
    n_taken, n_left = 0, len(heap)
    while n_taken < task.most_seeds and n_left:
        if bounded:
            bound = min(bound, np.count_nonzero(met) + _most_added(task, state.counts))
        taken = np.empty(min(step, task.most_seeds - n_taken), np.int32)
        n_new, n_left, left = _take(state, heap, n_left, values, divisors, costs, left, taken)
        seeds.append(taken[:n_new])
        n_taken += n_new
    if bounded:
        bound = min(bound, np.count_nonzero(met) + _most_added(task, state.counts))
    return Cover(np.concatenate(seeds), int(np.count_nonzero(met)), bound)


def _most_added(task: Task, counts: NDArray[np.float64]) -> float:
    """Return how many more sets no affordable choice meets: as if no two of its nodes met the same one."""
    gains = counts[task.candidates]
    if task.costs is None:
        k = task.most_seeds
        return float(np.partition(gains, len(gains) - k)[len(gains) - k :].sum())
    costs = task.costs[task.candidates]
    order = np.argsort(-gains / costs, kind="stable")
    spent = np.cumsum(costs[order])
    whole = int(np.searchsorted(spent, task.budget, side="right"))
    added = float(gains[order[:whole]].sum())
    if whole == len(order):
        return added
    rest = task.budget - (spent[whole - 1] if whole else 0.0)
    return added + float(gains[order[whole]] * rest / costs[order[whole]])


@kernel
def _sets_of_nodes(
    ptr: NDArray[np.int64], members: NDArray[np.int32], n_nodes: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    node_ptr = np.zeros(n_nodes + 1, np.int64)
    for node in members:
        node_ptr[node + 1] += 1
    node_ptr = np.cumsum(node_ptr)
    at, sets = node_ptr[:-1].copy(), np.empty(len(members), np.int32)
    for i in range(len(ptr) - 1):
        for place in range(ptr[i], ptr[i + 1]):
            node = members[place]
            sets[at[node]] = i
            at[node] += 1
    return node_ptr, sets


@kernel
def _meet(state: _State, node: int) -> None:
    """Mark the sets that a node is in as met."""
    for at in range(state.node_ptr[node], state.node_ptr[node + 1]):
        i = state.sets[at]
        if not state.met[i]:
            state.met[i] = True
            for place in range(state.ptr[i], state.ptr[i + 1]):
                state.counts[state.members[place]] -= 1


@kernel
def _take(
    state: _State,
    heap: NDArray[np.int32],
    n_left: int,
    values: NDArray[np.float64],
    divisors: NDArray[np.float64],
    costs: NDArray[np.float64],
    left: float,
    taken: NDArray[np.int32],
) -> tuple[int, int, float]:
    """Take nodes until ``taken`` is full or nothing affordable is left.

    Returns
    -------
    n_taken, n_left : int
        Nodes taken, and those still in the heap, which begins with them.
    left : float
        Of the budget.
    """
    n_taken = 0
    while n_taken < len(taken) and n_left > 0:
        node = heap[0]
        value = state.counts[node] / divisors[node]
        if costs[node] <= left and value < values[node]:
            values[node] = value
            sift_down(heap[:n_left], values, 0)
            continue
        if costs[node] <= left:
            left -= costs[node]
            taken[n_taken] = node
            n_taken += 1
            _meet(state, node)
        n_left = drop_first(heap, values, n_left)
    return n_taken, n_left, left


@kernel
def _count_met(ptr: NDArray[np.int64], members: NDArray[np.int32], chosen: NDArray[np.bool_]) -> int:
    count = 0
    for i in range(len(ptr) - 1):
        for place in range(ptr[i], ptr[i + 1]):
            if chosen[members[place]]:
                count += 1
                break
    return count
