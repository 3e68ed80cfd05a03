"""A simple graph in compressed rows: what graph files are read into and graph solvers work on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coplug.errors import UsageError
from coplug.graphs.rows import compressed_rows

MAX_NODES = 2**31 - 1
"""Nodes are numbered by int32."""


@dataclass(frozen=True, eq=False)
class Graph:
    """A graph without loops and parallel edges; its arrays are not to be changed.

    Weights are float64: what files hold may be a fraction, whole numbers are exact up to 2**53 and so are their sums,
    and compiled code needs one version only.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
        The neighbours of node ``v`` are ``neighbours[ptr[v]:ptr[v + 1]]``.
    neighbours : int32, shape (2 * n_edges,), or (n_edges,) if directed
        Ascending within a node. An undirected edge stands twice, a directed one at the node that it leaves.
    names : sequence of int or str
        What the nodes are called in the file; ``0, 1, ...`` if not given.
    node_weights : float64, shape (n_nodes,), or None
        Finite.
    edge_weights : float64, shape of ``neighbours``, or None
        Finite; both entries of an undirected edge have its weight.
    directed : bool

    Raises
    ------
    UsageError
        If there is not one name a node, or weights are too many, too few or not finite.
    """

    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    names: Sequence[int] | Sequence[str] = field(default=())
    node_weights: NDArray[np.float64] | None = None
    edge_weights: NDArray[np.float64] | None = None
    directed: bool = False

    def __post_init__(self) -> None:
        if len(self.names) == 0:
            object.__setattr__(self, "names", range(self.n_nodes))
        if len(self.names) != self.n_nodes:
            raise UsageError(f"the graph has {self.n_nodes} nodes and {len(self.names)} names; give one each")
        _check_weights(self.node_weights, self.n_nodes, "nodes")
        _check_weights(self.edge_weights, len(self.neighbours), "ends of edges")

    @classmethod
    def of(cls, n_nodes: int, edges: Iterable[Sequence[int]]) -> Graph:
        """Return the undirected graph with these edges, in any order and orientation, repeated or not.

        Other than :func:`from_edges`, which takes lists as files have them, it refuses loops.

        Raises
        ------
        UsageError
            If the number of nodes is negative, or an edge is a loop or leaves ``0..n_nodes - 1``.
        """
        if n_nodes < 0:
            raise UsageError(f"a graph has no {n_nodes} nodes; take a number >= 0")
        pairs = np.array(list(edges), np.int64).reshape(-1, 2)
        bad = (pairs < 0).any(axis=1) | (pairs >= n_nodes).any(axis=1) | (pairs[:, 0] == pairs[:, 1])
        if bad.any():
            i, j = pairs[bad][0]
            raise UsageError(
                f"({i}, {j}) is no edge of {n_nodes} nodes; take two different nodes of 0..{n_nodes - 1}"
            )
        return from_edges(n_nodes, pairs)

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.ptr) - 1

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.neighbours) // (1 if self.directed else 2)

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Number of neighbours of each node, those that edges lead to if directed; int64, shape (n_nodes,)."""
        return np.diff(self.ptr)

    def adjacent(self, node: int) -> NDArray[np.int32]:
        """Return the neighbours of a node; int32, ascending."""
        return self.neighbours[self.ptr[node] : self.ptr[node + 1]]

    def edges(self) -> NDArray[np.int32]:
        """Return the edges ``(u, v)``, sorted, with ``u < v`` unless directed; int32, shape (n_edges, 2)."""
        tails = self._tails()
        once = self._once(tails)
        return np.column_stack([tails[once], self.neighbours[once]])

    def weights_of_edges(self) -> NDArray[np.float64]:
        """Return the weight of each of :meth:`edges`, 1 if the graph has none; float64, shape (n_edges,)."""
        if self.edge_weights is None:
            return np.ones(self.n_edges)
        return self.edge_weights[self._once(self._tails())]

    def weights_of_nodes(self) -> NDArray[np.float64]:
        """Return the weight of each node, 1 if the graph has none; float64, shape (n_nodes,)."""
        return np.ones(self.n_nodes) if self.node_weights is None else self.node_weights

    def density(self) -> float:
        """Return the share of pairs that are edges; 0 below two nodes."""
        pairs = self.n_nodes * (self.n_nodes - 1) // (1 if self.directed else 2)
        return self.n_edges / pairs if pairs else 0.0

    def adjacency(self) -> NDArray[np.int8]:
        """Return the matrix of 0 and 1, int8, shape (n_nodes, n_nodes), rows being what edges leave."""
        matrix = np.zeros((self.n_nodes, self.n_nodes), np.int8)
        matrix[self._tails(), self.neighbours] = 1
        return matrix

    def _tails(self) -> NDArray[np.int32]:
        return np.repeat(np.arange(self.n_nodes, dtype=np.int32), self.degrees)

    def _once(self, tails: NDArray[np.int32]) -> NDArray[np.bool_] | slice:
        """Return the entries that stand for each edge once."""
        return slice(None) if self.directed else tails < self.neighbours


def from_edges(
    n_nodes: int,
    edges: ArrayLike,
    names: Sequence[int] | Sequence[str] = (),
    *,
    node_weights: ArrayLike | None = None,
    edge_weights: ArrayLike | None = None,
    directed: bool = False,
) -> Graph:
    """Return the graph of a list of edges; loops are left out, and edges that come again.

    Unless the graph is directed, an edge also comes again the other way round. The first one's weight counts.

    Parameters
    ----------
    n_nodes : int
        At least 0.
    edges : integers, shape (k, 2)
        In ``0..n_nodes - 1``; ``(u, v)`` leads from ``u`` to ``v``.
    names : sequence of int or str
        One a node, or none.
    node_weights : float, shape (n_nodes,), optional
    edge_weights : float, shape (k,), optional
    directed : bool

    Raises
    ------
    UsageError
        If an end of an edge is no node, the nodes are too many for int32, or names or weights do not fit.
    """
    if not 0 <= n_nodes <= MAX_NODES:
        raise UsageError(f"a graph of {n_nodes} nodes is out of range; take 0 to {MAX_NODES}")
    pairs = np.ascontiguousarray(edges, dtype=np.int64).reshape(-1, 2)
    if len(pairs) and not (pairs.min() >= 0 and pairs.max() < n_nodes):
        raise UsageError(f"an edge leaves the graph's {n_nodes} nodes; number them 0 to {n_nodes - 1}")
    values = _floats(edge_weights)
    if values is not None and len(values) != len(pairs):
        raise UsageError(f"there are {len(pairs)} edges and {len(values)} weights of edges; give one each")
    ptr, entries = compressed_rows(n_nodes, pairs, directed)
    return Graph(
        ptr,
        (entries >> 32).astype(np.int32),
        names,
        _floats(node_weights),
        None if values is None else values[entries & (2**32 - 1)],
        directed,
    )


def _check_weights(weights: NDArray[np.float64] | None, count: int, of: str) -> None:
    if weights is None:
        return
    if weights.shape != (count,):
        raise UsageError(f"the graph has {count} {of} and weights of shape {weights.shape}; give one each")
    if not np.isfinite(weights).all():
        raise UsageError(f"a weight of the {of} is infinite or NaN; weights are finite")


def _floats(weights: ArrayLike | None) -> NDArray[np.float64] | None:
    return None if weights is None else np.asarray(weights, dtype=np.float64)
