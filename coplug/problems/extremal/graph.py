"""A graph as the searches pass it around, and as a state whose pairs are flipped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.problems.extremal import flips as kernels

GIRTH_5 = (3, 4)
"""The lengths whose absence makes a graph of girth at least 5."""

LENGTHS = range(3, 9)
"""Lengths of cycles that can be forbidden."""

_LARGEST_COUNT = 2**29


@dataclass(frozen=True, eq=False)
class Graph:
    """A simple undirected graph on the nodes 0..n-1.

    Attributes
    ----------
    n : int
        Number of nodes, at least 0.
    edges : int64, shape (n_edges, 2)
        Each edge once as i < j, in ascending order; use :meth:`of` where they may come otherwise.
    """

    n: int
    edges: NDArray[np.int64]

    @classmethod
    def of(cls, n: int, edges: Iterable[Sequence[int]]) -> Graph:
        """Return the graph with these edges, in any order and orientation, repeated or not.

        Raises
        ------
        UsageError
            If n is negative, or an edge is a loop or leaves 0..n-1.
        """
        if n < 0:
            raise UsageError(f"a graph has no {n} nodes; take a number >= 0")
        pairs = np.array(list(edges), np.int64).reshape(-1, 2)
        bad = (pairs < 0).any(axis=1) | (pairs >= n).any(axis=1) | (pairs[:, 0] == pairs[:, 1])
        if bad.any():
            i, j = pairs[bad][0]
            raise UsageError(f"({i}, {j}) is no edge of {n} nodes; take two different nodes of 0..{n - 1}")
        return cls(n, np.unique(np.sort(pairs, axis=1), axis=0))

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.edges)

    @property
    def degrees(self) -> NDArray[np.int64]:
        """Degree of each node, shape (n,)."""
        degrees: NDArray[np.int64] = np.bincount(self.edges.ravel(), minlength=self.n)
        return degrees

    def padded(self, n: int) -> Graph:
        """Return the graph with isolated nodes added, n in all."""
        return Graph(n, self.edges)

    def without(self, node: int) -> Graph:
        """Return the graph without a node; those behind it move up."""
        kept = self.edges[(self.edges != node).all(axis=1)]
        return Graph(self.n - 1, kept - (kept > node))

    def adjacency(self) -> NDArray[np.int8]:
        """Return the matrix of 0 and 1, int8, shape (n, n)."""
        matrix = np.zeros((self.n, self.n), np.int8)
        matrix[self.edges[:, 0], self.edges[:, 1]] = matrix[self.edges[:, 1], self.edges[:, 0]] = 1
        return matrix


def checked_lengths(lengths: Iterable[int], n: int) -> tuple[int, ...]:
    """Return the lengths in ascending order, each once.

    Raises
    ------
    UsageError
        If there is none, one is outside :data:`LENGTHS`, or a complete graph of n nodes has more cycles of that length
        through an edge than can be counted.
    """
    found = tuple(sorted({int(length) for length in lengths}))
    if not found or not set(found) <= set(LENGTHS):
        raise UsageError(
            f"forbidden lengths {list(found)} are out of range; take one or more of 3..{LENGTHS[-1]}"
        )
    if max(n, 0) ** (found[-1] - 2) > _LARGEST_COUNT:
        raise UsageError(
            f"cycles of length {found[-1]} may be too many to count on {n} nodes; take fewer nodes or shorter cycles"
        )
    return found


class FlipGraph:
    """A graph whose pairs are flipped, with the gain of each flip; a ``ReversibleProblem`` for tabu search.

    Forbidden cycles are allowed and cost 1 each; :meth:`pruned` is free of them and no worse than the score.

    Parameters
    ----------
    graph : Graph
        To start with.
    lengths : iterable of int
        Forbidden lengths of cycles, within 3..8.

    Raises
    ------
    UsageError
        If the lengths mean nothing, see :func:`checked_lengths`.
    """

    def __init__(self, graph: Graph, lengths: Iterable[int] = GIRTH_5) -> None:
        self.n = graph.n
        self.lengths = checked_lengths(lengths, graph.n)
        self.flips = kernels.empty(graph.n, self.lengths)
        self.pairs = np.stack(np.triu_indices(graph.n, 1), axis=1)
        self.load(graph)

    @property
    def n_actions(self) -> int:
        """Number of pairs."""
        return len(self.flips.gain)

    @property
    def score(self) -> int:
        """Number of edges minus number of forbidden cycles."""
        return int(self.flips.score[0])

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return int(self.flips.degree.sum()) // 2

    @property
    def gains(self) -> NDArray[np.int32]:
        """Change of the score by each flip, int32, shape (n_actions,); a view that flips change."""
        return self.flips.gain

    def load(self, graph: Graph) -> None:
        """Make this the graph.

        Raises
        ------
        UsageError
            If it has another number of nodes.
        """
        if graph.n != self.n:
            raise UsageError(f"the graph has {graph.n} nodes, not {self.n}; pad it, or take that size")
        kernels.load(self.flips, graph.edges)

    def graph(self) -> Graph:
        """Return the graph as it is now."""
        return Graph(self.n, self.pairs[self.flips.sign == -1])

    def pruned(self) -> Graph:
        """Return the graph without an edge of each forbidden cycle, most harmful edges first."""
        copy = FlipGraph(self.graph(), self.lengths)
        while copy.score < copy.n_edges:
            harm = np.where(copy.flips.sign == -1, copy.flips.gain, -1)
            copy.apply(int(harm.argmax()))
        return copy.graph()

    def deltas(self) -> NDArray[np.float64]:
        """See :class:`coplug.contracts.reversible.ReversibleProblem`."""
        return self.flips.gain.astype(np.float64)

    def apply(self, action: int) -> None:
        """Flip a pair, by its number."""
        kernels.flip(self.flips, *self.pairs[action])

    def state(self) -> NDArray[Any]:
        """Return which pairs are edges, bool, shape (n_actions,)."""
        there: NDArray[np.bool_] = self.flips.sign == -1
        return there

    def reset_to(self, state: NDArray[Any]) -> None:
        """Make these pairs the edges."""
        kernels.load(self.flips, self.pairs[state])
