"""The recursion over independent sets: a node is out, or in; a comparator says which, or the least degree does.

Until no edge is left, a pivot v is drawn, smaller graphs are estimated, and the best one is kept; the nodes that are
left are the set. Two rules say which graphs:

- out or in: a maximum independent set is as large as the larger of those of G without v and of G without v's
  neighbours (L. Brusca et al., NeurIPS 2023, theorem 1 and algorithm 1, where v is drawn uniformly).
- neighbourhood: some maximum independent set holds v or a neighbour of v, so it is as large as the largest of those of
  G without the neighbours of u, over all u among them. There v has least degree.

All on one residual of the graph, by removing and putting back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.inference.comparator import Comparator, estimate
from coplug.jit import kernel
from coplug.problems.mis.residual import (
    N_EDGES,
    N_LEFT,
    N_TRAIL,
    Residual,
    remove,
    remove_neighbours,
    residual,
    undo,
)
from coplug.random_kernels import uniform

OUT_OR_IN, NEIGHBOURHOOD = 0, 1
RULES = {"out-or-in": OUT_OR_IN, "neighbourhood": NEIGHBOURHOOD}
"""The rules of the recursion, by name."""

OUT, IN = 0, 1
"""What is decided about a node: to remove it, or its neighbours."""

UNIFORM, LEAST_DEGREE = 0, 1
"""How a pivot is drawn: among all nodes that have neighbours, or among those of least degree."""

NONE = -1


class Recursion(NamedTuple):
    """A residual graph, laid out for the comparator too.

    Attributes
    ----------
    left : Residual
    first, length : int64 and int32, shape (n_nodes,)
        Where each node's list is.
    random : uint64, shape (1,)
    """

    left: Residual
    first: NDArray[np.int64]
    length: NDArray[np.int32]
    random: NDArray[np.uint64]


def begin(graph: Graph, seed: int) -> Recursion:
    """Return the recursion at its root.

    Parameters
    ----------
    graph : Graph
    seed : int
        In 0..2**64 - 1.
    """
    random = np.array([seed], dtype=np.uint64)
    return Recursion(residual(graph), graph.ptr[:-1].copy(), graph.degrees.astype(np.int32), random)


def largest_of(net: Comparator, graph: Graph, rule: int, n_rollouts: int, seed: int) -> NDArray[np.bool_]:
    """Return the largest set of some roll-outs of the comparator; bool, shape (n_nodes,)."""
    state = begin(graph, seed)
    best = np.zeros(graph.n_nodes, dtype=np.bool_)
    for _ in range(n_rollouts):
        roll_out(net, state, rule)
        if np.count_nonzero(state.left.there) > np.count_nonzero(best):
            best = state.left.there.astype(np.bool_)
        undo(state.left, 0)
    return best


@kernel
def draw_pivot(state: Recursion, pivot: int) -> int:
    """Draw a node that has neighbours; there must be one."""
    there, degree = state.left.there, state.left.degree
    least, n_least, chosen = 2**31, 0, NONE
    for node in range(len(there)):
        if not there[node] or degree[node] == 0:
            continue
        key = 0 if pivot == UNIFORM else int(degree[node])
        if key < least:
            least, n_least = key, 0
        if key == least:
            n_least += 1
            if uniform(state.random) * n_least < 1:
                chosen = node
    return chosen


@kernel
def estimate_left(net: Comparator, state: Recursion) -> float:
    """Estimate what is left; see :func:`coplug.inference.comparator.estimate`."""
    left = state.left
    return estimate(net, left.neighbours, state.first, state.length, left.there, left.degree)


@kernel
def decide(state: Recursion, node: int, side: int) -> None:
    """Remove a node, or its neighbours."""
    if side == IN:
        remove_neighbours(state.left, node)
    else:
        remove(state.left, node)


@kernel
def estimate_after(net: Comparator, state: Recursion, node: int, side: int) -> float:
    """Estimate what a decision would leave."""
    mark = state.left.counts[N_TRAIL]
    decide(state, node, side)
    size = estimate_left(net, state)
    undo(state.left, mark)
    return size


@kernel
def choose(net: Comparator, state: Recursion, rule: int) -> tuple[int, int, int, int]:
    """Draw a pivot and compare; there must be an edge.

    Returns
    -------
    node, side : int
        The decision that leaves the graph with the largest estimate.
    node, side : int
        Another one that was compared with it, drawn uniformly if there are several.
    """
    if rule == OUT_OR_IN:
        node = draw_pivot(state, UNIFORM)
        if estimate_after(net, state, node, IN) >= estimate_after(net, state, node, OUT):
            return node, IN, node, OUT
        return node, OUT, node, IN
    pivot = draw_pivot(state, LEAST_DEGREE)
    best, other, n_others = pivot, NONE, 0
    largest = estimate_after(net, state, pivot, IN)
    for at in range(state.left.ptr[pivot], state.left.ptr[pivot + 1]):
        node = state.left.neighbours[at]
        if not state.left.there[node]:
            continue
        size = estimate_after(net, state, node, IN)
        if size > largest:
            node, best, largest = best, node, size
        n_others += 1
        if uniform(state.random) * n_others < 1:
            other = node
    return best, IN, other, IN


@kernel
def roll_out(net: Comparator, state: Recursion, rule: int) -> int:
    """Decide until no edge is left; return the size of the set, which is ``left.there``."""
    while state.left.counts[N_EDGES]:
        node, side, _, _ = choose(net, state, rule)
        decide(state, node, side)
    return int(state.left.counts[N_LEFT])


@kernel
def roll_out_greedily(state: Recursion) -> int:
    """Take nodes of least degree until no edge is left; return the size of the set."""
    while state.left.counts[N_EDGES]:
        remove_neighbours(state.left, draw_pivot(state, LEAST_DEGREE))
    return int(state.left.counts[N_LEFT])
