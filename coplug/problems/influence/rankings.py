"""Seeds by rules of thumb: degrees, degrees with a discount, PageRank, chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.centrality import degrees, pagerank
from coplug.problems.influence.lazy_heap import drop_first, heapify, sift_down
from coplug.problems.influence.network import Arcs
from coplug.problems.influence.task import Task


def by_degree(task: Task) -> NDArray[np.int32]:
    """Choose the nodes that the most arcs leave, for their cost."""
    return _affordable(task, degrees(task.network))


def by_degree_discount(task: Task) -> NDArray[np.int32]:
    """Choose nodes by degree, less what their chosen neighbours take from them.

    A node of degree ``d`` with ``t`` chosen neighbours counts ``d - 2 t - (d - t) t p``, where ``p`` is the mean
    probability of an arc. Source: W. Chen, Y. Wang and S. Yang, Efficient influence maximization in social networks,
    KDD 2009.
    """
    network = task.network
    chance = float(network.widths.mean()) if network.n_arcs else 0.0
    heap, costs = task.candidates.copy(), task.cost_of_each
    values = np.diff(network.out.ptr) / costs
    heapify(heap, values)
    taken = np.empty(task.most_seeds, np.int32)
    n_taken = _discounted(
        network.out, chance, heap, values, costs, task.budget * (1 + 1e-12), task.given, taken
    )
    return taken[:n_taken]


def by_pagerank(task: Task) -> NDArray[np.int32]:
    """Choose the nodes of the highest PageRank, for their cost; walks start anew by the nodes' weights."""
    network = task.network
    weights = np.ones(network.n_nodes) if network.weights is None else network.weights
    return _affordable(task, pagerank(network, weights))


def at_random(task: Task, seed: int) -> NDArray[np.int32]:
    """Choose nodes at random."""
    order = np.random.default_rng(np.random.SeedSequence([seed, 2])).permutation(task.candidates)
    return within_budget(task, order.astype(np.int32))


def _affordable(task: Task, scores: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the nodes of the highest scores for their cost, the smaller number first of equal ones."""
    each = (scores / task.cost_of_each)[task.candidates]
    return within_budget(task, task.candidates[np.argsort(-each, kind="stable")])


def within_budget(task: Task, order: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the nodes that are bought by whoever goes through them in order and leaves out what is too dear."""
    if task.costs is None:
        return order[: task.most_seeds]
    left, bought = task.budget * (1 + 1e-12), []
    for node in order.tolist():
        if task.costs[node] <= left:
            left -= task.costs[node]
            bought.append(node)
    return np.array(bought, np.int32)


@kernel
def _discounted(
    out: Arcs,
    chance: float,
    heap: NDArray[np.int32],
    values: NDArray[np.float64],
    costs: NDArray[np.float64],
    left: float,
    given: NDArray[np.int32],
    taken: NDArray[np.int32],
) -> int:
    """Fill ``taken`` and return how many there are; ``values`` are upper bounds, since discounts only grow."""
    chosen = np.zeros(len(values), np.int64)
    for node in given:
        for arc in range(out.ptr[node], out.ptr[node + 1]):
            chosen[out.ends[arc]] += 1
    n_taken, n_left = 0, len(heap)
    while n_left > 0 and n_taken < len(taken):
        node = heap[0]
        degree, t = out.ptr[node + 1] - out.ptr[node], chosen[node]
        value = (degree - 2 * t - max(degree - t, 0) * t * chance) / costs[node]
        if value < values[node]:
            values[node] = value
            sift_down(heap[:n_left], values, 0)
            continue
        if costs[node] <= left:
            left -= costs[node]
            taken[n_taken] = node
            n_taken += 1
            for arc in range(out.ptr[node], out.ptr[node + 1]):
                chosen[out.ends[arc]] += 1
        n_left = drop_first(heap, values, n_left)
    return n_taken
