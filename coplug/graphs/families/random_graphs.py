"""Random graphs that follow a rule of growth or chance: Erdos-Renyi, Barabasi-Albert, Holme-Kim, Watts-Strogatz."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.graphs.formats.writing import GRAPHS
from coplug.graphs.graph import Graph, from_edges
from coplug.graphs.operations import pairs_at


@dataclass(frozen=True)
class ErdosRenyi:
    """Erdos-Renyi graphs: each pair of nodes is an edge with the same probability.

    The number of nodes is uniform in ``min_nodes..max_nodes``. The size medium, 700 to 800 nodes at 0.15, is the usual
    test of learned independent-set solvers (R. Qiu, Z. Sun, Y. Yang, DIMES, NeurIPS 2022).

    Attributes
    ----------
    min_nodes : int
        Nodes of the smallest graph, at least 1.
    max_nodes : int
        Nodes of the largest graph.
    edge_probability : float
        Probability of each edge, in [0, 1].
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"min_nodes": 60, "max_nodes": 80},
        "easy": {"min_nodes": 200, "max_nodes": 300},
        "medium": {"min_nodes": 700, "max_nodes": 800},
        "hard": {"min_nodes": 1300, "max_nodes": 1500},
    }

    min_nodes: int = 200
    max_nodes: int = 300
    edge_probability: float = 0.15

    def __post_init__(self) -> None:
        check_nodes(self.min_nodes, self.max_nodes)
        check_share("edge_probability", self.edge_probability)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph; time and memory grow with the edges, not with the pairs."""
        n = draw_size(rng, self.min_nodes, self.max_nodes)
        n_pairs = n * (n - 1) // 2
        n_edges = int(rng.binomial(n_pairs, self.edge_probability)) if n_pairs else 0
        return from_edges(n, pairs_at(distinct(rng, n_pairs, n_edges)))


@dataclass(frozen=True)
class BarabasiAlbert:
    """Barabasi-Albert graphs: each new node is joined to earlier ones in proportion to their degree.

    Attributes
    ----------
    min_nodes : int
        Nodes of the smallest graph, at least 1.
    max_nodes : int
        Nodes of the largest graph.
    affinity : int
        Edges of a new node; below ``min_nodes``.
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"min_nodes": 60, "max_nodes": 80},
        "easy": {"min_nodes": 200, "max_nodes": 300},
        "medium": {"min_nodes": 1000, "max_nodes": 1000},
        "hard": {"min_nodes": 10_000, "max_nodes": 10_000},
    }

    min_nodes: int = 200
    max_nodes: int = 300
    affinity: int = 4

    def __post_init__(self) -> None:
        check_nodes(self.min_nodes, self.max_nodes)
        check_affinity(self.affinity, self.min_nodes)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph."""
        n = draw_size(rng, self.min_nodes, self.max_nodes)
        return from_networkx_edges(nx.barabasi_albert_graph(n, self.affinity, seed=rng))


@dataclass(frozen=True)
class HolmeKim:
    """Holme-Kim graphs: Barabasi-Albert graphs in which steps that close triangles are mixed.

    Source: P. Holme and B. Kim, Growing scale-free networks with tunable clustering, Physical Review E 65
    (2002), 026107.

    Attributes
    ----------
    min_nodes : int
        Nodes of the smallest graph, at least 1.
    max_nodes : int
        Nodes of the largest graph.
    affinity : int
        Edges of a new node; below ``min_nodes``.
    triangle_probability : float
        Probability of a step that closes a triangle, in [0, 1].
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = BarabasiAlbert.sizes

    min_nodes: int = 200
    max_nodes: int = 300
    affinity: int = 4
    triangle_probability: float = 0.5

    def __post_init__(self) -> None:
        check_nodes(self.min_nodes, self.max_nodes)
        check_affinity(self.affinity, self.min_nodes)
        check_share("triangle_probability", self.triangle_probability)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph."""
        n = draw_size(rng, self.min_nodes, self.max_nodes)
        return from_networkx_edges(
            nx.powerlaw_cluster_graph(n, self.affinity, self.triangle_probability, seed=rng)
        )


@dataclass(frozen=True)
class WattsStrogatz:
    """Watts-Strogatz graphs: a ring in which each node has its nearest neighbours, some edges moved at random.

    Attributes
    ----------
    min_nodes : int
        Nodes of the smallest graph, at least 1.
    max_nodes : int
        Nodes of the largest graph.
    ring_degree : int
        Neighbours of each node in the ring; even, and below ``min_nodes``.
    rewiring : float
        Probability that an edge is moved, in [0, 1].
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = BarabasiAlbert.sizes

    min_nodes: int = 200
    max_nodes: int = 300
    ring_degree: int = 6
    rewiring: float = 0.15

    def __post_init__(self) -> None:
        check_nodes(self.min_nodes, self.max_nodes)
        if self.ring_degree % 2 or not 2 <= self.ring_degree < self.min_nodes:
            raise UsageError(
                f"ring_degree {self.ring_degree} is out of range; take it even, from 2 to below min_nodes"
            )
        check_share("rewiring", self.rewiring)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph."""
        n = draw_size(rng, self.min_nodes, self.max_nodes)
        return from_networkx_edges(nx.watts_strogatz_graph(n, self.ring_degree, self.rewiring, seed=rng))


def from_networkx_edges(graph: nx.Graph) -> Graph:
    """Return a networkx graph on nodes 0, 1, ..."""
    return from_edges(len(graph), np.array(list(graph.edges()), dtype=np.int64).reshape(-1, 2))


def draw_size(rng: np.random.RandomState, least: int, largest: int) -> int:
    """Draw a number of nodes, uniform in ``least..largest``."""
    return int(rng.randint(least, largest + 1))


def distinct(rng: np.random.RandomState, n: int, count: int) -> NDArray[np.int64]:
    """Draw ``count`` different numbers below ``n``, ascending; int64."""
    if 3 * count > n:
        return np.sort(rng.permutation(n)[:count]).astype(np.int64)
    drawn = np.empty(0, dtype=np.int64)
    while len(drawn) < count:
        more = rng.randint(0, n, size=count - len(drawn), dtype=np.int64)
        drawn = np.unique(np.concatenate([drawn, more]))
    return drawn


def check_nodes(least: int, largest: int) -> None:
    """See that a range of sizes is one.

    Raises
    ------
    UsageError
        If it is empty or begins below 1.
    """
    if not 1 <= least <= largest:
        raise UsageError(f"{least} to {largest} nodes is no range; take 1 <= min_nodes <= max_nodes")


def check_affinity(affinity: int, least: int) -> None:
    """See that a new node finds enough earlier ones.

    Raises
    ------
    UsageError
        If it does not.
    """
    if not 1 <= affinity < least:
        raise UsageError(f"affinity {affinity} does not fit {least} nodes; take 1 <= affinity < min_nodes")


def check_share(name: str, value: float) -> None:
    """See that a parameter is a probability.

    Raises
    ------
    UsageError
        If it is not.
    """
    if not 0 <= value <= 1:
        raise UsageError(f"{name} {value} is out of range; take it in [0, 1]")
