"""The independent sets of one graph whose nodes have several weights, as what a sampler of Pareto fronts walks on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.source import drawn_graphs
from coplug.problems.mis.dag import IndependentSetDag

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]


class MultiObjectiveSetDag:
    """Add nodes to an independent set until none can be added; each objective is the set's weight by one row.

    A state is 1 for each node in the set. Action ``v`` adds node ``v``, the last one stops and is allowed where
    nothing else is. States are encoded by which nodes are in the set and which can still be added.

    It is a :class:`~coplug.contracts.dag.MultiObjective` DAG.

    Parameters
    ----------
    graph : Graph
        With at least one node.
    weights : array, shape (n_objectives, n_nodes)
        Finite, at least one row.

    Raises
    ------
    UsageError
        If an argument does not fit.
    """

    def __init__(self, graph: Graph, weights: ArrayLike) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)
        n = graph.n_nodes
        if n < 1 or self.weights.ndim != 2 or self.weights.shape[1] != n or not len(self.weights):
            raise UsageError(
                f"weights of shape {self.weights.shape} do not fit a graph of {n} nodes; give a row for each "
                "objective, with a number for each node"
            )
        if not np.isfinite(self.weights).all():
            raise UsageError("weights are NaN or infinite; give finite numbers")
        self._sets = IndependentSetDag([graph])
        self.n_nodes = n

    @property
    def n_actions(self) -> int:
        """One for each node, and the stop."""
        return self.n_nodes + 1

    @property
    def n_features(self) -> int:
        """Two for each node."""
        return 2 * self.n_nodes

    @property
    def n_objectives(self) -> int:
        """Rows of weights."""
        return len(self.weights)

    def initial(self, n: int) -> IntArray:
        """Return the empty set ``n`` times, shape (n, n_nodes)."""
        return np.zeros((n, self.n_nodes), dtype=np.int64)

    def step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the sets with a node more each."""
        return _changed(states, actions, 1)

    def backward_step(self, states: IntArray, actions: IntArray) -> IntArray:
        """Return the sets without a node each."""
        return _changed(states, actions, 0)

    def forward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which nodes can be added; where none can, the stop."""
        numbered = np.column_stack([np.zeros(len(states), dtype=np.int64), states])
        return self._sets.forward_mask(numbered)

    def backward_mask(self, states: IntArray) -> NDArray[np.bool_]:
        """Return which nodes are in the sets."""
        return np.equal(states, 1)

    def encode(self, states: IntArray) -> NDArray[np.float32]:
        """Return which nodes are in the sets, then which can be added, shape (n, n_features)."""
        return np.concatenate([states, self.forward_mask(states)[:, :-1]], axis=1).astype(np.float32)

    def objectives(self, states: IntArray) -> FloatArray:
        """Return the weights of the sets, shape (n, n_objectives)."""
        # Row by row, so that a set's weight does not depend on the sets beside it.
        return np.stack([(states * row).sum(axis=1) for row in self.weights], axis=1)


def drawn_objectives_dag(
    family: str = "rb", size: str = "tiny", seed: int = 0, n_objectives: int = 2, largest: int = 100
) -> MultiObjectiveSetDag:
    """Return the sets of a graph of a family, whose nodes have whole weights drawn from ``1..largest``.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """
    if seed < 0 or n_objectives < 1 or largest < 1:
        raise UsageError(
            f"seed {seed}, n_objectives {n_objectives}, largest {largest} are out of range; take at least 0, 1 and 1"
        )
    rng = np.random.default_rng(seed)
    graph = drawn_graphs(family, size).draw(rng).graph
    return MultiObjectiveSetDag(graph, rng.integers(1, largest + 1, (n_objectives, graph.n_nodes)))


def _changed(states: IntArray, actions: IntArray, to: int) -> IntArray:
    changed = states.copy()
    changed[np.arange(len(states)), actions] = to
    return changed
