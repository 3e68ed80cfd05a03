"""Greedy sets: by least degree, and by most weight where nodes have weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel

_NONE = -1


def min_degree_greedy(graph: Graph) -> NDArray[np.bool_]:
    """Return a maximal independent set: a node of least degree, without its neighbours, and so on; in linear time.

    Source: M. Halldorsson and J. Radhakrishnan, Greed is good, Algorithmica 18 (1997), 145-163.

    Returns
    -------
    bool, shape (n_nodes,)
    """
    return _greedy(graph.ptr, graph.neighbours).astype(np.bool_)


def heaviest_first_greedy(graph: Graph) -> NDArray[np.bool_]:
    """Return a maximal independent set, of nodes of much weight for themselves and each neighbour first.

    Source: S. Sakai, M. Togasaki and K. Yamazaki, A note on greedy algorithms for the maximum weighted independent set
    problem, Discrete Applied Mathematics 126 (2003), 313-322; here degrees stay those of the whole graph.

    Returns
    -------
    bool, shape (n_nodes,)
    """
    order = np.argsort(-graph.weights_of_nodes() / (graph.degrees + 1), kind="stable")
    return _in_order(graph.ptr, graph.neighbours, order).astype(np.bool_)


@kernel
def _in_order(
    ptr: NDArray[np.int64], neighbours: NDArray[np.int32], order: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Take each node that has no neighbour among those taken."""
    chosen = np.zeros(len(order), dtype=np.uint8)
    free = np.ones(len(order), dtype=np.uint8)
    for node in order:
        if free[node]:
            chosen[node] = 1
            for at in range(ptr[node], ptr[node + 1]):
                free[neighbours[at]] = 0
    return chosen


@kernel
def _greedy(ptr: NDArray[np.int64], neighbours: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Run with buckets of equal degree as linked lists, the node moved last in front."""
    n = len(ptr) - 1
    chosen = np.zeros(n, dtype=np.uint8)
    there = np.ones(n, dtype=np.uint8)
    degree = np.empty(n, dtype=np.int32)
    largest = 0
    for node in range(n):
        degree[node] = ptr[node + 1] - ptr[node]
        largest = max(largest, degree[node])
    first = np.full(largest + 1, _NONE, dtype=np.int32)
    after = np.full(n, _NONE, dtype=np.int32)
    before = np.full(n, _NONE, dtype=np.int32)
    for node in range(n - 1, -1, -1):
        _insert(first, after, before, node, degree[node])
    least = 0
    while least <= largest:
        node = first[least]
        if node == _NONE:
            least += 1
            continue
        chosen[node] = 1
        there[node] = 0
        _detach(first, after, before, node, degree[node])
        for at in range(ptr[node], ptr[node + 1]):
            gone = neighbours[at]
            if not there[gone]:
                continue
            there[gone] = 0
            _detach(first, after, before, gone, degree[gone])
            for place in range(ptr[gone], ptr[gone + 1]):
                other = neighbours[place]
                if there[other]:
                    _detach(first, after, before, other, degree[other])
                    degree[other] -= 1
                    _insert(first, after, before, other, degree[other])
                    least = min(least, degree[other])
    return chosen


@kernel
def _insert(
    first: NDArray[np.int32], after: NDArray[np.int32], before: NDArray[np.int32], node: int, key: int
) -> None:
    head = first[key]
    after[node], before[node] = head, _NONE
    if head != _NONE:
        before[head] = node
    first[key] = node


@kernel
def _detach(
    first: NDArray[np.int32], after: NDArray[np.int32], before: NDArray[np.int32], node: int, key: int
) -> None:
    if before[node] == _NONE:
        first[key] = after[node]
    else:
        after[before[node]] = after[node]
    if after[node] != _NONE:
        before[after[node]] = before[node]
