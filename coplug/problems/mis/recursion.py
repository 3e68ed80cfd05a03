"""The recursion over independent sets: a node v is out, or in; a comparator says which, or the least degree does.

For any node v that is not isolated, a maximum independent set is as large as the larger of those of G without v and of
G without the neighbours of v (Brusca et al., NeurIPS 2023, theorem 1). Until no edge is left, a pivot is drawn, both
graphs are estimated, and the better one is kept; the nodes that are left are the set (algorithm 1).
All on one residual of the graph, by removing and putting back.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.comparator import Comparator, estimate
from coplug.jit import kernel
from coplug.problems.graphs.graph import Graph
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
from coplug.search.tabu import uniform

UNIFORM, LEAST_DEGREE = 0, 1
PIVOTS = {"uniform": UNIFORM, "least-degree": LEAST_DEGREE}
"""How pivots are drawn: among all nodes that have neighbours, as in the paper, or among those of least degree."""

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


def largest_of(net: Comparator, graph: Graph, pivot: int, n_rollouts: int, seed: int) -> NDArray[np.bool_]:
    """Return the largest set of some roll-outs of the comparator; bool, shape (n_nodes,)."""
    state = begin(graph, seed)
    best = np.zeros(graph.n_nodes, dtype=np.bool_)
    for _ in range(n_rollouts):
        roll_out(net, state, pivot)
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
def prefers_in(net: Comparator, state: Recursion, node: int) -> bool:
    """Tell whether the comparator finds the graph without the node's neighbours better than that without the node."""
    mark = state.left.counts[N_TRAIL]
    remove(state.left, node)
    outside = estimate_left(net, state)
    undo(state.left, mark)
    remove_neighbours(state.left, node)
    inside = estimate_left(net, state)
    undo(state.left, mark)
    return inside >= outside


@kernel
def roll_out(net: Comparator, state: Recursion, pivot: int) -> int:
    """Decide until no edge is left; return the size of the set, which is ``left.there``."""
    while state.left.counts[N_EDGES]:
        node = draw_pivot(state, pivot)
        if prefers_in(net, state, node):
            remove_neighbours(state.left, node)
        else:
            remove(state.left, node)
    return int(state.left.counts[N_LEFT])


@kernel
def roll_out_greedily(state: Recursion) -> int:
    """Take nodes of least degree until no edge is left; return the size of the set."""
    while state.left.counts[N_EDGES]:
        remove_neighbours(state.left, draw_pivot(state, LEAST_DEGREE))
    return int(state.left.counts[N_LEFT])
