"""How well probabilities predict cascades that they were not estimated from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.problems.influence.cascades import Cascades


def error_of(graph: Graph, chances: NDArray[np.float64], held_out: Cascades) -> float:
    """Return the mean squared error of the predicted probability that a node is in a cascade, given the others in it.

    Of those that were there before it, if there are times; of all others else. Nodes of a cascade's earliest time, and
    nodes that no other could have activated, are not predicted.

    Parameters
    ----------
    graph : Graph
    chances : float64, shape (n_arcs,)
    held_out : Cascades
    """
    times = np.zeros(len(held_out.nodes)) if held_out.times is None else held_out.times
    total, count = _errors(
        graph.ptr, graph.neighbours, chances, held_out.ptr, held_out.nodes, times, held_out.times is not None
    )
    return float(total / count) if count else 0.0


@kernel
def _errors(
    ptr: NDArray[np.int64],
    neighbours: NDArray[np.int32],
    chances: NDArray[np.float64],
    cascade_ptr: NDArray[np.int64],
    nodes: NDArray[np.int32],
    times: NDArray[np.float64],
    in_order: bool,
) -> tuple[float, int]:
    """Return the sum of the squared errors, and of how many."""
    n = len(ptr) - 1
    escaped, when, tried = np.ones(n), np.full(n, np.inf), np.zeros(n, np.bool_)
    total, count = 0.0, 0
    for cascade in range(len(cascade_ptr) - 1):
        begin, end = cascade_ptr[cascade], cascade_ptr[cascade + 1]
        for at in range(begin, end):
            when[nodes[at]] = times[at]
        for at in range(begin, end):
            node = nodes[at]
            for arc in range(ptr[node], ptr[node + 1]):
                head = neighbours[arc]
                if not in_order or times[at] < when[head]:
                    escaped[head] *= 1.0 - chances[arc]
                    tried[head] = True
        for at in range(begin, end):
            for arc in range(ptr[nodes[at]], ptr[nodes[at] + 1]):
                head = neighbours[arc]
                if tried[head]:
                    there = when[head] < np.inf
                    total += ((1.0 if there else 0.0) - (1.0 - escaped[head])) ** 2
                    count += 1
                    tried[head], escaped[head] = False, 1.0
        for at in range(begin, end):
            when[nodes[at]] = np.inf
    return total, count
