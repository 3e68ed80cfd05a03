"""Independent sets that are built node by node, in several graphs side by side.

The graphs are one graph of several components, kept in place by :mod:`coplug.problems.mis.reduction_graph`: a step
takes a node of each graph that still has some, and then, if asked to, reduces. As rules look no further than a
component, what happens in a graph does not depend on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.graphs.operations import union
from coplug.graphs.ragged import Ragged, pointer
from coplug.jit import kernel
from coplug.problems.mis.reduction_graph import N_TRAIL, WORK_LIMIT, State, start, take, tidy
from coplug.problems.mis.reduction_kernels import reduce_some, undo_trail

WORK_A_CALL = 2**62
"""List entries that a call may read: as many as it takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """What is left of some graphs.

    Attributes
    ----------
    nodes : Ragged, int64
        The nodes that are left of each graph, ascending, numbered as in that graph.
    degrees : int64, shape (n,)
        Their neighbours that are left.
    edges : Ragged, int64, values of shape (k, 2)
        Each edge in both directions, as positions in the values of ``nodes``; the first ends ascend.
    """

    nodes: Ragged[NDArray[np.int64]]
    degrees: NDArray[np.int64]
    edges: Ragged[NDArray[np.int64]]


class Construction:
    """A set of each of some graphs, empty or what the reductions begin with, and what may still be added.

    With reductions that fold (``DEGREE_TWO``), a node that is left may stand for several, and which of them are in
    the set is decided at the end; the set's size is known at once.

    Parameters
    ----------
    graphs : sequence of Graph
        At least one.
    rules : int or None
        Reduce before the first and after every step, by a sum of the rules of
        :mod:`coplug.problems.mis.reduction_graph` (0 for degrees 0 and 1 alone). None: do not reduce.
    """

    def __init__(self, graphs: Sequence[Graph], rules: int | None = None) -> None:
        self.ptr: NDArray[np.int64] = pointer(graph.n_nodes for graph in graphs)
        whole = union(graphs)
        self._state: State = start(whole.ptr, whole.neighbours, rules or 0)
        self._state.counts[WORK_LIMIT] = WORK_A_CALL
        self._reduces = rules is not None
        self.sizes: NDArray[np.int64] = np.zeros(len(graphs), dtype=np.int64)
        if self._reduces:
            self.take(np.empty(0, np.int64))

    @property
    def n_left(self) -> NDArray[np.int64]:
        """How many nodes are left of each graph, int64, shape (n_graphs,)."""
        sums = np.concatenate([[0], np.cumsum(self._state.there, dtype=np.int64)])
        return np.asarray(np.diff(sums[self.ptr]))

    def take(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add nodes, which removes their neighbours, and reduce.

        Parameters
        ----------
        nodes : int64, shape (k,)
            Nodes that are left, at most one of a graph, numbered through all graphs: node ``v`` of graph ``i`` is
            ``ptr[i] + v``.

        Returns
        -------
        int64, shape (n_graphs,)
            By how much each set has grown.
        """
        gained = np.zeros(len(self.sizes), dtype=np.int64)
        _take_all(self._state, self.ptr, nodes, self._reduces, gained)
        self.sizes += gained
        return gained

    def take_one(self, node: int) -> int:
        """Do as :meth:`take`, in the only graph; return by how much its set has grown."""
        gained = take_and_reduce(self._state, node, self._reduces)
        self.sizes[0] += gained
        return gained

    def left(self, which: NDArray[np.int64] | None = None) -> Left:
        """Return what is left of all graphs, or of some, int64, ascending."""
        graphs = np.arange(len(self.sizes)) if which is None else which
        nodes, node_ptr, degrees, edges, edge_ptr = _left(self._state, self.ptr, graphs)
        return Left(Ragged(nodes, node_ptr), degrees, Ragged(edges, edge_ptr))

    def show(self, adjacency: NDArray[np.int8], left: NDArray[np.int8]) -> int:
        """Write what is left of the only graph into arrays; see :func:`write_matrix`."""
        return write_matrix(self._state, adjacency, left)

    def chosen(self) -> NDArray[np.bool_]:
        """Return the sets, bool, shape (ptr[-1],); complete for graphs of which nothing is left."""
        whole = np.zeros(int(self.ptr[-1]), dtype=np.uint8)
        undo_trail(self._state.trail[: self._state.counts[N_TRAIL]], whole)
        return whole.astype(np.bool_)


def solved_alone(graph: Graph, rules: int | None) -> str:
    """Say that the reductions leave nothing of a graph to choose from; empty if they leave something."""
    if rules is None or Construction([graph], rules).n_left[0]:
        return "" if graph.n_nodes else "had no nodes; take larger graphs"
    return "were solved by the reductions alone; take larger graphs, or no reductions"


@kernel
def take_and_reduce(state: State, node: int, reduces: bool) -> int:
    """Take a node, or none if it is negative, and reduce if asked to; return by how much the set grows."""
    before = int(state.counts[N_TRAIL])
    if node >= 0:
        take(state, node)
    if reduces:
        reduce_some(state, WORK_A_CALL)
    return int(state.counts[N_TRAIL]) - before


@kernel
def write_matrix(state: State, adjacency: NDArray[np.int8], left: NDArray[np.int8]) -> int:
    """Write the edges and nodes that are left into arrays of zeros, at least as large; return how many nodes are left.

    Parameters
    ----------
    state : State
        Of one graph.
    adjacency : int8, shape (n, n)
    left : int8, shape (n,)
    """
    n_left = 0
    for node in range(len(state.first)):
        if not state.there[node]:
            continue
        n_left += 1
        left[node] = 1
        row = adjacency[node]
        begin = tidy(state, node)
        for at in range(begin, begin + state.degree[node]):
            row[state.pool[at]] = 1
    return n_left


@kernel
def _take_all(
    state: State, ptr: NDArray[np.int64], nodes: NDArray[np.int64], reduces: bool, gained: NDArray[np.int64]
) -> None:
    """Take nodes and reduce; write into ``gained`` by how much the set of each graph grows."""
    before = state.counts[N_TRAIL]
    for node in nodes:
        take(state, node)
    if reduces:
        reduce_some(state, WORK_A_CALL)
    for at in range(before, state.counts[N_TRAIL]):
        gained[np.searchsorted(ptr, state.trail[at, 0], side="right") - 1] += 1


@kernel
def _left(
    state: State, ptr: NDArray[np.int64], graphs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return nodes, their ptr, degrees, edges and their ptr; see :class:`Left`."""
    number = np.empty(len(state.first), dtype=np.int64)
    node_ptr = np.zeros(len(graphs) + 1, dtype=np.int64)
    edge_ptr = np.zeros(len(graphs) + 1, dtype=np.int64)
    n_nodes, n_edges = 0, 0
    for i in range(len(graphs)):
        for node in range(ptr[graphs[i]], ptr[graphs[i] + 1]):
            if state.there[node]:
                number[node] = n_nodes
                n_nodes += 1
                n_edges += state.degree[node]
        node_ptr[i + 1], edge_ptr[i + 1] = n_nodes, n_edges
    nodes = np.empty(n_nodes, dtype=np.int64)
    degrees = np.empty(n_nodes, dtype=np.int64)
    edges = np.empty((n_edges, 2), dtype=np.int64)
    filled = 0
    for i in range(len(graphs)):
        for node in range(ptr[graphs[i]], ptr[graphs[i] + 1]):
            if not state.there[node]:
                continue
            at_node = number[node]
            nodes[at_node] = node - ptr[graphs[i]]
            degrees[at_node] = state.degree[node]
            begin = tidy(state, node)
            for at in range(begin, begin + state.degree[node]):
                edges[filled, 0], edges[filled, 1] = at_node, number[state.pool[at]]
                filled += 1
    return nodes, node_ptr, degrees, edges, edge_ptr
