"""What is left of many graphs as one batch of graphs, written by compiled code."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from coplug.contracts.episodes import ACTIONS
from coplug.graphs.batch import EdgeSet, GraphBatch, Graphs, Reference
from coplug.graphs.ragged import Ragged
from coplug.jit import kernel

NUMBERS = "number"
"""The extra that says which action a node is."""

Int = NDArray[np.int64]


class GraphsSpace(spaces.Space[Graphs]):
    """Batches of n graphs of up to so many nodes each, see :func:`batch_of`.

    Parameters
    ----------
    n : int
    max_nodes : int
    """

    def __init__(self, n: int, max_nodes: int) -> None:
        super().__init__()
        self.n, self.max_nodes = n, max_nodes

    @property
    def is_np_flattenable(self) -> bool:
        """Graphs differ in size: no."""
        return False

    def sample(self, mask: Any = None, probability: Any = None) -> Graphs:
        """Draw graphs, each pair an edge with probability one half."""
        left = (self.np_random.random((self.n, self.max_nodes)) < 0.5).astype(np.int8)
        upper = np.triu(self.np_random.random((self.n, self.max_nodes, self.max_nodes)) < 0.5, 1)
        adjacency = (upper | upper.transpose(0, 2, 1)) & (left[:, :, None] & left[:, None, :]).astype(bool)
        return batch_of(adjacency.astype(np.int8), left, np.full(self.n, self.max_nodes))

    def contains(self, x: Any) -> bool:
        """Tell whether it is such a batch."""
        if not isinstance(x, GraphBatch) or x.n_graphs != self.n or NUMBERS not in x.extras:
            return False
        numbers, nodes = x.extras[NUMBERS].values, x.nodes["node"].values
        return bool(
            nodes.shape == (len(numbers), 1)
            and nodes.dtype == np.float32
            and ((numbers >= 0) & (numbers < self.max_nodes)).all()
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GraphsSpace) and (self.n, self.max_nodes) == (other.n, other.max_nodes)

    def __repr__(self) -> str:
        return f"GraphsSpace({self.n}, {self.max_nodes})"


def batch_of(adjacency: NDArray[np.int8], left: NDArray[np.int8], n_nodes: Int) -> Graphs:
    """Return a batch of graphs.

    Nodes have one feature, float32, their degree; ``extras["number"]``, int64, are their numbers: the actions.
    Edges are in both directions, sorted by their first ends. It is what policies of
    :class:`coplug.problems.mis.episodes.IndependentSetEpisodes` see, where all nodes may be chosen.

    Parameters
    ----------
    adjacency : int8, shape (n, m, m)
        Of what is left.
    left : int8, shape (n, m)
    n_nodes : int64, shape (n,)
        Nodes beyond are no nodes.
    """
    node_ptr, edge_ptr = np.zeros(len(left) + 1, np.int64), np.zeros(len(left) + 1, np.int64)
    np.cumsum(left.sum(axis=1, dtype=np.int64), out=node_ptr[1:])
    numbers, degrees = np.empty(node_ptr[-1], np.int64), np.empty((node_ptr[-1], 1), np.float32)
    _write_nodes(adjacency, left, n_nodes, numbers, degrees, edge_ptr)
    index = np.empty((2, edge_ptr[-1]), np.int64)
    _write_edges(adjacency, numbers, node_ptr, index)
    return GraphBatch(
        nodes={"node": Ragged(degrees, node_ptr)},
        edges={"edge": EdgeSet("node", "node", index, edge_ptr)},
        extras={NUMBERS: Ragged(numbers, node_ptr)},
        references={ACTIONS: Reference("node", Ragged(np.arange(len(numbers)), node_ptr))},
    )


@kernel
def _write_nodes(
    adjacency: NDArray[np.int8],
    left: NDArray[np.int8],
    n_nodes: Int,
    numbers: Int,
    degrees: NDArray[np.float32],
    edge_ptr: Int,
) -> None:
    at = 0
    for i in range(len(left)):
        edge_ptr[i + 1] = edge_ptr[i]
        for node in range(n_nodes[i]):
            if not left[i, node]:
                continue
            degree = 0
            for other in range(n_nodes[i]):
                degree += adjacency[i, node, other]
            numbers[at], degrees[at, 0] = node, degree
            edge_ptr[i + 1] += degree
            at += 1


@kernel
def _write_edges(adjacency: NDArray[np.int8], numbers: Int, node_ptr: Int, index: Int) -> None:
    edge = 0
    for i in range(len(node_ptr) - 1):
        for position in range(node_ptr[i], node_ptr[i + 1]):
            row = adjacency[i, numbers[position]]
            for other in range(node_ptr[i], node_ptr[i + 1]):
                if row[numbers[other]]:
                    index[0, edge], index[1, edge] = position, other
                    edge += 1
