"""The independent sets of many graphs as what a GFlowNet walks on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.dag import Baseline, BoolArray, log_rewards_by
from coplug.contracts.episodes import least
from coplug.errors import UsageError
from coplug.graphs import Graphs, Ragged
from coplug.graphs.graph import Graph
from coplug.graphs.operations import union
from coplug.graphs.ragged import pointer
from coplug.graphs.source import drawn_graphs
from coplug.jit import kernel
from coplug.problems.mis.construction import Left
from coplug.problems.mis.episodes import as_batch, searched

NUMBERS = "numbers"
"""Name of the extra that says which node of its graph each one is."""

IntArray = NDArray[np.int64]


class IndependentSetDag:
    """Add nodes to independent sets until none can be added; the objects are the maximal sets of many graphs.

    A state is the number of a graph and, for each of ``max_nodes`` nodes, 1 if it is in the set. Action ``v`` adds
    node ``v``, a backward action takes it away; the last action stops and is allowed where nothing else is. The reward
    of a set is ``exp(beta size)``, also of one that is not maximal. There are no reductions: with them, the way back
    from a set would not be known.

    It is a :class:`~coplug.contracts.dag.Conditional` and a
    :class:`~coplug.contracts.dag.ForwardLooking` DAG. States are encoded as what is left of
    their graph, as :class:`~.episodes.IndependentSetEpisodes` observes it, with an extra ``numbers``.

    Source: D. Zhang et al., Let the flows tell: solving graph combinatorial optimization problems with GFlowNets,
    NeurIPS 2023.

    Parameters
    ----------
    graphs : sequence of Graph
        At least one.
    beta : float
        Above 0.

    Raises
    ------
    UsageError
        If an argument is out of range.
    """

    n_features = 1

    def __init__(self, graphs: list[Graph], beta: float = 8.0) -> None:
        if not graphs or beta <= 0.0:
            raise UsageError(
                f"{len(graphs)} graphs, beta {beta} are out of range; take at least one, and above 0"
            )
        self.beta = beta
        self.max_nodes = max(graph.n_nodes for graph in graphs)
        self._nodes = pointer(graph.n_nodes for graph in graphs)
        self._whole = union(graphs)
        self._graphs = graphs

    @property
    def n_actions(self) -> int:
        """One for each node, and the stop."""
        return self.max_nodes + 1

    @property
    def n_graphs(self) -> int:
        """Number of graphs."""
        return len(self._nodes) - 1

    def initial(self, n: int) -> IntArray:
        """Return the empty set of the first graph ``n`` times, shape (n, 1 + max_nodes)."""
        return self.empty(np.zeros(n, dtype=np.int64))

    def sources(self, n: int, rng: np.random.Generator) -> IntArray:
        """Return the empty sets of graphs that are drawn, shape (n, 1 + max_nodes)."""
        return self.empty(rng.integers(self.n_graphs, size=n))

    def empty(self, graphs: IntArray) -> IntArray:
        """Return the empty set of each of these graphs, shape (n, 1 + max_nodes)."""
        states = np.zeros((len(graphs), 1 + self.max_nodes), dtype=np.int64)
        states[:, 0] = graphs
        return states

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the sets with a node more each."""
        return _changed(states, actions, 1)

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the sets without a node each."""
        return _changed(states, actions, 0)

    def forward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which nodes can be added; where none can, the stop."""
        left = self._left(states)
        return np.column_stack([left, ~left.any(axis=1)])

    def backward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which nodes are in the sets."""
        return np.equal(states[:, 1:], 1)

    def encode(self, states: IntArray) -> Graphs:
        """Return what is left of each state's graph."""
        parts = _parts(self._left(states), states[:, 0], self._nodes, self._whole.ptr, self._whole.neighbours)
        nodes, node_ptr, degrees, edges, edge_ptr = parts
        left = Left(Ragged(nodes, node_ptr), degrees, Ragged(edges, edge_ptr))
        batch = as_batch(left)
        return type(batch)(batch.nodes, batch.edges, {NUMBERS: left.nodes})

    def log_reward(self, states: IntArray) -> NDArray[np.float64]:
        """Return ``beta`` times the size, shape (n,)."""
        sizes: NDArray[np.int64] = states[:, 1:].sum(axis=1)
        return self.beta * sizes.astype(np.float64)

    def partial_log_reward(self, states: IntArray) -> NDArray[np.float64]:
        """Return the same of any state, shape (n,)."""
        return self.log_reward(states)

    def baselines(self) -> Mapping[str, Baseline]:
        """Return ``min-degree`` greedy, and ``local-search`` on the whole graph within a fixed amount of work."""
        return {
            "min-degree": lambda sources: log_rewards_by(self, self._of_least_degree, sources),
            "local-search": lambda sources: (
                self.beta * np.array([searched(self._graphs[k]) for k in sources[:, 0]])
            ),
        }

    def _of_least_degree(self, states: IntArray, allowed: BoolArray, rng: np.random.Generator) -> IntArray:
        left = self.encode(states)
        nodes = left.nodes["node"]
        numbers: IntArray = left.extras[NUMBERS].values
        return numbers[nodes.ptr[:-1] + least(nodes.values[:, 0], nodes.ptr)]

    def _left(self, states: IntArray) -> NDArray[np.bool_]:
        return _left(states, self._nodes, self._whole.ptr, self._whole.neighbours)


def drawn_dag(
    family: str = "rb", size: str = "easy", n_graphs: int = 4000, seed: int = 0, beta: float = 8.0
) -> IndependentSetDag:
    """Return the sets of graphs of a family; the arguments are what a recipe can say.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """
    if n_graphs < 1 or seed < 0:
        raise UsageError(f"n_graphs {n_graphs}, seed {seed} are out of range; take at least 1 and 0")
    source = drawn_graphs(family, size)
    children = np.random.SeedSequence(seed).spawn(n_graphs)
    return IndependentSetDag([source.draw(np.random.default_rng(child)).graph for child in children], beta)


def _changed(states: IntArray, actions: IntArray, to: int) -> IntArray:
    changed = states.copy()
    changed[np.arange(len(states)), 1 + actions] = to
    return changed


@kernel
def _left(
    states: IntArray, nodes: IntArray, ptr: IntArray, neighbours: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return which nodes are neither in a state's set nor beside it, shape (n, max_nodes)."""
    left = np.zeros((states.shape[0], states.shape[1] - 1), dtype=np.bool_)
    for i in range(states.shape[0]):
        first, last = nodes[states[i, 0]], nodes[states[i, 0] + 1]
        left[i, : last - first] = True
        for node in range(first, last):
            if states[i, 1 + node - first]:
                left[i, node - first] = False
                for at in range(ptr[node], ptr[node + 1]):
                    left[i, neighbours[at] - first] = False
    return left


@kernel
def _parts(
    left: NDArray[np.bool_],
    graphs: IntArray,
    nodes: IntArray,
    ptr: IntArray,
    neighbours: NDArray[np.int32],
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray]:
    """Return nodes, their ptr, degrees, edges and their ptr of what is left; see :class:`Left`."""
    n = left.shape[0]
    node_ptr, edge_ptr = np.zeros(n + 1, dtype=np.int64), np.zeros(n + 1, dtype=np.int64)
    for i in range(n):
        first, n_edges = nodes[graphs[i]], 0
        for v in range(left.shape[1]):
            if left[i, v]:
                for at in range(ptr[first + v], ptr[first + v + 1]):
                    n_edges += left[i, neighbours[at] - first]
        node_ptr[i + 1] = node_ptr[i] + left[i].sum()
        edge_ptr[i + 1] = edge_ptr[i] + n_edges
    kept = np.empty(node_ptr[n], dtype=np.int64)
    degrees = np.empty(node_ptr[n], dtype=np.int64)
    edges = np.empty((edge_ptr[n], 2), dtype=np.int64)
    number = np.empty(left.shape[1], dtype=np.int64)
    filled = 0
    for i in range(n):
        first, at_node = nodes[graphs[i]], node_ptr[i]
        for v in range(left.shape[1]):
            if left[i, v]:
                number[v] = at_node
                kept[at_node] = v
                at_node += 1
        for v in range(left.shape[1]):
            if not left[i, v]:
                continue
            begin = filled
            for at in range(ptr[first + v], ptr[first + v + 1]):
                other = neighbours[at] - first
                if left[i, other]:
                    edges[filled, 0], edges[filled, 1] = number[v], number[other]
                    filled += 1
            degrees[number[v]] = filled - begin
    return kept, node_ptr, degrees, edges, edge_ptr
