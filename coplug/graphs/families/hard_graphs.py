"""Graphs that are made to be hard for independent sets: the RB model, and a trap for min-degree greedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.graphs.families.random_graphs import check_nodes, check_share, distinct, draw_size
from coplug.graphs.formats.writing import GRAPHS
from coplug.graphs.graph import Graph, from_edges

MAX_DRAWS = 10_000


@dataclass(frozen=True)
class RbModel:
    """RB graphs: cliques stand for variables, edges between two cliques for forbidden pairs of values.

    With ``n`` cliques of ``k`` nodes, ``p`` the tightness, ``a = ln k / ln n`` and ``r = -a / ln(1 - p)``:
    ``round(r n ln n)`` times, two different cliques are drawn, and ``round(p k^2)`` different pairs of their nodes
    are joined. ``n`` and ``k`` are uniform in their ranges, ``p`` in ``[min_tightness, 1]``; draws outside
    the range of nodes are drawn again. No independent set is larger than ``n``.

    Sources: K. Xu and W. Li, Exact phase transitions in random constraint satisfaction problems, JAIR 12 (2000),
    93-103.
    Ranges of easy (200 to 300 nodes, "RB-small") and hard (800 to 1200, "RB-large") as in D. Zhang et al., Let the
    flows tell, NeurIPS 2023. The size tiny is coplug's own.

    Attributes
    ----------
    min_cliques : int
        Least number ``n`` of cliques, at least 2.
    max_cliques : int
        Largest number of cliques.
    min_clique_size : int
        Least number ``k`` of a clique's nodes, at least 2.
    max_clique_size : int
        Largest number of a clique's nodes.
    min_tightness : float
        Least tightness ``p``, in (0, 1]; what is drawn is kept below 1.
    min_nodes : int
        Nodes of the smallest graph that is kept.
    max_nodes : int
        Nodes of the largest graph that is kept.
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {
            "min_cliques": 8,
            "max_cliques": 10,
            "min_clique_size": 4,
            "max_clique_size": 6,
            "min_nodes": 32,
            "max_nodes": 60,
        },
        "easy": {},
        "medium": {
            "min_cliques": 30,
            "max_cliques": 36,
            "min_clique_size": 14,
            "max_clique_size": 18,
            "min_nodes": 450,
            "max_nodes": 600,
        },
        "hard": {
            "min_cliques": 40,
            "max_cliques": 54,
            "min_clique_size": 20,
            "max_clique_size": 24,
            "min_nodes": 800,
            "max_nodes": 1200,
        },
    }

    min_cliques: int = 20
    max_cliques: int = 24
    min_clique_size: int = 5
    max_clique_size: int = 11
    min_tightness: float = 0.3
    min_nodes: int = 200
    max_nodes: int = 300

    def __post_init__(self) -> None:
        check_nodes(self.min_nodes, self.max_nodes)
        check_share("min_tightness", self.min_tightness)
        fits = 2 <= self.min_cliques <= self.max_cliques and 2 <= self.min_clique_size <= self.max_clique_size
        if not fits or self.min_tightness == 0:
            raise UsageError(
                "an RB model needs 2 <= min <= max cliques and clique sizes, and min_tightness above 0"
            )
        least, largest = self.min_cliques * self.min_clique_size, self.max_cliques * self.max_clique_size
        if largest < self.min_nodes or least > self.max_nodes:
            raise UsageError(
                f"these cliques give {least} to {largest} nodes, never {self.min_nodes} to {self.max_nodes}; "
                "change one of the ranges"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph; nodes of a clique are numbered in a row.

        Raises
        ------
        UsageError
            If no draw falls into the range of nodes.
        """
        for _ in range(MAX_DRAWS):
            n = draw_size(rng, self.min_cliques, self.max_cliques)
            k = draw_size(rng, self.min_clique_size, self.max_clique_size)
            if self.min_nodes <= n * k <= self.max_nodes:
                tightness = min(rng.uniform(self.min_tightness, 1.0), 1.0 - 1e-9)
                return _rb_graph(n, k, tightness, rng)
        raise UsageError(
            f"no product of cliques and clique size fell into {self.min_nodes} to {self.max_nodes}; widen the ranges"
        )


def _rb_graph(n: int, k: int, tightness: float, rng: np.random.RandomState) -> Graph:
    ratio = -np.log(k) / np.log(n) / np.log(1 - tightness)
    within = np.column_stack(np.triu_indices(k, 1))
    edges = [within + k * clique for clique in range(n)]
    for _ in range(round(ratio * n * np.log(n))):
        one, other = rng.choice(n, 2, replace=False)
        pairs = distinct(rng, k * k, round(tightness * k * k))
        edges.append(np.column_stack([one * k + pairs // k, other * k + pairs % k]))
    return from_edges(n * k, np.concatenate(edges))


@dataclass(frozen=True)
class GreedyTrap:
    """Graphs on which min-degree greedy finds 3 nodes, where the best set has ``n``.

    Two nodes are joined to all nodes of an independent set of size ``n``, and these to all nodes of a clique of
    ``n + surplus``. Greedy takes the two nodes first. Called SPECIAL in L. Brusca et al., Maximum independent set:
    self-training through dynamic programming, NeurIPS 2023, whose mean of 107 nodes the size easy has.

    Attributes
    ----------
    min_set : int
        Least size ``n`` of the independent set, at least 4.
    max_set : int
        Largest size of the independent set.
    min_surplus : int
        Least surplus of the clique, at least 1.
    max_surplus : int
        Largest surplus of the clique.
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"min_set": 8, "max_set": 12},
        "easy": {},
        "medium": {"min_set": 150, "max_set": 250},
        "hard": {"min_set": 500, "max_set": 700},
    }

    min_set: int = 15
    max_set: int = 85
    min_surplus: int = 1
    max_surplus: int = 9

    def __post_init__(self) -> None:
        if not 4 <= self.min_set <= self.max_set or not 1 <= self.min_surplus <= self.max_surplus:
            raise UsageError(
                "a greedy trap needs 4 <= min_set <= max_set and 1 <= min_surplus <= max_surplus"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph, its nodes in random order."""
        size = draw_size(rng, self.min_set, self.max_set)
        clique = size + draw_size(rng, self.min_surplus, self.max_surplus)
        n_nodes = 2 + size + clique
        middle, last = np.arange(2, 2 + size), np.arange(2 + size, n_nodes)
        first, second = np.meshgrid(middle, np.concatenate([[0, 1], last]))
        within = np.column_stack(np.triu_indices(clique, 1)) + last[0]
        edges = np.concatenate([np.column_stack([first.ravel(), second.ravel()]), within])
        return from_edges(n_nodes, rng.permutation(n_nodes)[edges])
