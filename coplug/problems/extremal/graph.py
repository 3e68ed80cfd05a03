"""A graph as a state whose pairs are flipped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs.graph import Graph, from_edges
from coplug.problems.extremal import flips as kernels

GIRTH_5 = (3, 4)
"""The lengths whose absence makes a graph of girth at least 5."""

LENGTHS = range(3, 9)
"""Lengths of cycles that can be forbidden."""

_LARGEST_COUNT = 2**29


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
        self.n = graph.n_nodes
        self.lengths = checked_lengths(lengths, graph.n_nodes)
        self.flips = kernels.empty(graph.n_nodes, self.lengths)
        self.pairs = np.stack(np.triu_indices(graph.n_nodes, 1), axis=1)
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
            If it has another number of nodes, or is directed.
        """
        if graph.directed:
            raise UsageError("a directed graph has no pairs to flip; drop the direction with undirected()")
        if graph.n_nodes != self.n:
            raise UsageError(f"the graph has {graph.n_nodes} nodes, not {self.n}; pad it, or take that size")
        kernels.load(self.flips, graph.edges().astype(np.int64))

    def graph(self) -> Graph:
        """Return the graph as it is now."""
        return from_edges(self.n, self.pairs[self.flips.sign == -1])

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
