"""Pairs of graphs from the recursion's own paths, with the sizes that roll-outs find in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs import EdgeSet, GraphBatch, Graphs, Ragged, collate
from coplug.graphs.graph import Graph, from_edges
from coplug.inference.comparator import Comparator
from coplug.jit import kernel
from coplug.problems.mis import local_search
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.recursion import (
    Recursion,
    begin,
    choose,
    decide,
    roll_out,
    roll_out_greedily,
)
from coplug.problems.mis.residual import N_EDGES, N_TRAIL, undo

ROLL_OUTS = ("normal", "mixed", "search")
"""What labels a graph: roll-outs of the comparator; one by least degree among them; or, instead of roll-outs, a short
local search (not in the paper)."""

SEARCH_WORK, SEARCH_STEPS = 300_000, 2_000
"""List entries that a local search reads, and its insertions, for one label: a few milliseconds."""


def labelled_pairs(
    net: Comparator,
    graph: Graph,
    *,
    rule: int,
    n_pairs: int,
    n_rollouts: int,
    roll_outs: str,
    rng: np.random.Generator,
) -> Graphs:
    """Follow the comparator once, and label some of the pairs that it compared.

    Parameters
    ----------
    net : Comparator
    graph : Graph
        With at least one edge.
    rule : int
        One of :data:`coplug.problems.mis.recursion.RULES`.
    n_pairs : int
        Drawn without replacement from the path; all of it if it is shorter.
    n_rollouts : int
        A label is the largest set of so many roll-outs.
    roll_outs : str
        One of :data:`ROLL_OUTS`.
    rng : Generator

    Returns
    -------
    Graphs
        One a pair, which is the graph that was decided on: ``nodes["node"]``, uint8, shape (n, 2), whether a node is in
        either graph (that without the pivot first, by the rule out or in); ``edges["edge"]``, each once;
        ``extras["size"]``, float32, shape (1, 2), the labels.
    """
    state = begin(graph, int(rng.integers(2**63)))
    path = np.empty((graph.n_nodes, 4), dtype=np.int32)
    length = _follow(net, state, rule, path)
    undo(state.left, 0)
    chosen = np.sort(rng.choice(length, size=min(n_pairs, length), replace=False))
    pairs = []
    done = 0
    for step in chosen.tolist():
        _repeat(state, path[done:step])
        done = step
        there = state.left.there.astype(np.bool_)
        flags = np.empty((graph.n_nodes, 2), dtype=np.uint8)
        sizes = np.empty((1, 2), dtype=np.float32)
        for number, (node, side) in enumerate(_in_order(path[step])):
            mark = int(state.left.counts[N_TRAIL])
            decide(state, node, side)
            flags[:, number] = state.left.there
            if roll_outs == "search":
                sizes[0, number] = _searched(graph, state.left.there.astype(np.bool_), rng)
            else:
                sizes[0, number] = _largest(net, state, rule, n_rollouts, roll_outs == "mixed")
            undo(state.left, mark)
        pairs.append(_pair(graph, there, flags, sizes))
    return collate(pairs)


def _in_order(decisions: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Return two decisions, that to leave a node out first."""
    node, side, other, other_side = decisions.tolist()
    return sorted([(node, side), (other, other_side)], key=lambda decision: decision[1])


def _pair(
    graph: Graph, there: NDArray[np.bool_], flags: NDArray[np.uint8], sizes: NDArray[np.float32]
) -> Graphs:
    """Return what is left of a graph, its nodes numbered anew, as a batch of one."""
    kept = np.ascontiguousarray(_edges_within(graph, there).T)
    ends = np.array([0, kept.shape[1]], dtype=np.int64)
    return GraphBatch(
        {"node": Ragged.of([flags[there]])},
        {"edge": EdgeSet("node", "node", kept, ends)},
        {"size": Ragged.of([sizes])},
    )


def _edges_within(graph: Graph, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the edges of what is left, its nodes numbered anew; shape (k, 2)."""
    number = np.cumsum(there) - 1
    edges = graph.edges()
    return number[edges[there[edges].all(axis=1)]].astype(np.int64)


def _searched(graph: Graph, there: NDArray[np.bool_], rng: np.random.Generator) -> int:
    """Return the size of the largest set that a local search finds in what is left, started from greedy."""
    left = from_edges(int(np.count_nonzero(there)), _edges_within(graph, there))
    state = local_search.start(left, min_degree_greedy(left), int(rng.integers(2**63)))
    local_search.run(state, SEARCH_WORK, SEARCH_STEPS, left.n_nodes)
    return int(state.counts[local_search.BEST])


@kernel
def _follow(net: Comparator, state: Recursion, rule: int, path: NDArray[np.int32]) -> int:
    """Roll out and write down what was decided, and another decision that was compared; return how many there were."""
    length = 0
    while state.left.counts[N_EDGES]:
        node, side, other, other_side = choose(net, state, rule)
        path[length, 0], path[length, 1], path[length, 2], path[length, 3] = node, side, other, other_side
        length += 1
        decide(state, node, side)
    return length


@kernel
def _repeat(state: Recursion, steps: NDArray[np.int32]) -> None:
    for k in range(len(steps)):
        decide(state, steps[k, 0], steps[k, 1])


@kernel
def _largest(net: Comparator, state: Recursion, rule: int, n_rollouts: int, mixed: bool) -> int:
    """Return the size of the largest set found in what is left, which is put back."""
    mark = state.left.counts[N_TRAIL]
    best = 0
    for _ in range(n_rollouts):
        best = max(best, roll_out(net, state, rule))
        undo(state.left, mark)
    if mixed:
        best = max(best, roll_out_greedily(state))
        undo(state.left, mark)
    return best
