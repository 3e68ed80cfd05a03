"""A weighted graph that is being reduced in place: the graph of the unweighted rules, weights, and the way back.

The way back is a trail of steps, last one first. A step is a few numbers: nodes, how many these are, and its kind.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.mis import reduction_graph
from coplug.problems.mis.reduction_kernels import ALL_RULES

TAKEN, SPARE, FOLDED, JOINED, CHAINED = 0, 1, 2, 3, 4
"""Kinds of steps; :func:`undo` says what each means."""

N_TRAIL, OFFSET = 0, 1


class State(NamedTuple):
    """A graph, its weights, and the steps taken.

    Attributes
    ----------
    graph : coplug.problems.mis.reduction_graph.State
        Its own trail is not used.
    weight : int64, shape (n_nodes,)
        At least 1 for nodes that are left.
    held : int64, shape (n_nodes,)
        Scratch.
    trail : int32, shape (n_trail,)
    counts : int64, shape (2,)
        How long the trail is, and what a heaviest set of the whole graph has more than one of what is left.
    """

    graph: reduction_graph.State
    weight: NDArray[np.int64]
    held: NDArray[np.int64]
    trail: NDArray[np.int32]
    counts: NDArray[np.int64]


def start(ptr: NDArray[np.int64], neighbours: NDArray[np.int32], weights: NDArray[np.int64]) -> State:
    """Return the state of a whole graph, every node queued.

    Each step removes a node, and lists of its neighbours at most; no step adds edges. So the trail is long enough.
    """
    n = len(ptr) - 1
    return State(
        graph=reduction_graph.start(ptr, neighbours, ALL_RULES),
        weight=weights.copy(),
        held=np.zeros(n, dtype=np.int64),
        trail=np.empty(3 * n + len(neighbours), dtype=np.int32),
        counts=np.zeros(2, dtype=np.int64),
    )


@kernel
def push(state: State, node: int) -> None:
    """Append a number to the trail."""
    state.trail[state.counts[N_TRAIL]] = node
    state.counts[N_TRAIL] += 1


@kernel
def close(state: State, node: int, n_others: int, kind: int) -> None:
    """End a step of which ``n_others`` nodes have been pushed."""
    push(state, node)
    push(state, n_others)
    push(state, kind)


@kernel
def undo(trail: NDArray[np.int32], chosen: NDArray[np.uint8]) -> None:
    """Go back through the steps, last first, and complete the set.

    Parameters
    ----------
    trail : int32
        Steps ``others ..., node, n_others, kind``.
    chosen : uint8, shape (n_nodes,)
        An independent set of what is left; changed.
    """
    end = len(trail)
    while end > 0:
        node, n_others, kind = trail[end - 3], trail[end - 2], trail[end - 1]
        others = trail[end - 3 - n_others : end - 3]
        end -= 3 + n_others
        if kind == TAKEN:
            chosen[node] = 1
        elif kind == SPARE:  # the node is taken unless one of the others is
            chosen[node] = 1
            for other in others:
                if chosen[other]:
                    chosen[node] = 0
        elif kind == FOLDED:  # the first of the others stood for all of them, else the node is taken
            chosen[node] = 1 - chosen[others[0]]
            for other in others:
                chosen[other] = chosen[others[0]]
        elif kind == JOINED:  # the node stood for itself and another one
            chosen[others[0]] = chosen[node]
        elif chosen[others[1]]:  # CHAINED: the second of the others stood for both
            chosen[others[0]] = 1
        else:
            chosen[node] = 1 - chosen[others[0]]
