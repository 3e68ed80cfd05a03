"""Maximum independent set on Barabasi-Albert or Erdos-Renyi graphs, with clique inequalities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.parameters import later, recorded
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


@dataclass(frozen=True)
class IndependentSet:
    """Choose as many nodes as possible, no two of them adjacent: max 1'x, one inequality a clique, x binary.

    The graph grows node by node: the first ``affinity + 1`` nodes form a star, every later node is joined
    to ``affinity`` distinct earlier ones, drawn in proportion to their degree; or, with ``erdos_renyi``,
    each pair of nodes is joined with ``edge_probability``. Its nodes are partitioned greedily into cliques.
    A clique of two or more gives the row ``sum of its nodes <= 1``, and so does every edge between two
    cliques, so each edge stands in exactly one row.

    Sources: A. Barabasi and R. Albert, Science 286 (1999), 509-512; P. Erdos and A. Renyi, Publicationes
    Mathematicae 6 (1959), 290-297; D. Bergman et al., Decision Diagrams for Optimization, 2016, section
    4.6.4. The order of the random draws and the sizes easy, medium and hard
    are those of ``01_generate_instances.py`` in ``ds4dm/learn2branch`` (Gasse et al., NeurIPS 2019; the
    paper says Erdos-Renyi, the code says Barabasi-Albert): a seed gives the graph that this script gives
    for it. Ties between nodes of one degree in the partition, which the script leaves to the machine's
    sorting routine, go to the smaller node, and the rows are sorted, so the instance is the same on every
    machine.

    The size tiny is coplug's own, for tests and first steps.

    Attributes
    ----------
    n_nodes : int
        Above ``affinity``; with ``erdos_renyi``, at least 1.
    affinity : int
        At least 1; unused with ``erdos_renyi``.
    erdos_renyi : bool
        Join the nodes independently instead of by preferential attachment.
    edge_probability : float
        In [0, 1]; used with ``erdos_renyi`` alone.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "independent_set"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_nodes": 250},
        "easy": {"n_nodes": 500},
        "medium": {"n_nodes": 1000},
        "hard": {"n_nodes": 1500},
    }

    n_nodes: int = 500
    affinity: int = 4
    erdos_renyi: bool = later(False)
    edge_probability: float = later(0.25)

    def __post_init__(self) -> None:
        if self.erdos_renyi:
            self._check_erdos_renyi()
        elif not 1 <= self.affinity < self.n_nodes:
            raise UsageError(
                f"independent set affinity {self.affinity} does not fit {self.n_nodes} nodes; "
                "take 1 <= affinity < n_nodes"
            )

    def _check_erdos_renyi(self) -> None:
        if self.n_nodes < 1:
            raise UsageError(f"independent set of {self.n_nodes} nodes is empty; take n_nodes >= 1")
        if not 0 <= self.edge_probability <= 1:
            raise UsageError(
                f"independent set edge_probability {self.edge_probability} is out of range; take it in [0, 1]"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.

        Returns
        -------
        MilpInstance
            Variables ``x1..``, one a node; rows ``clique_k``, largest degree first, then ``edge_u_v`` with
            ``u < v``.
        """
        edges = self._draw_graph(rng)
        cliques = greedy_clique_partition(self.n_nodes, edges)
        clique_of = np.empty(self.n_nodes, dtype=np.int64)
        for number, clique in enumerate(cliques):
            clique_of[clique] = number
        between = edges[clique_of[edges[:, 0]] != clique_of[edges[:, 1]]].tolist()
        groups = [clique for clique in cliques if len(clique) > 1]
        row_names = [f"clique_{k + 1}" for k in range(len(groups))] + [
            f"edge_{u + 1}_{v + 1}" for u, v in between
        ]
        groups += between

        columns = np.array([node for group in groups for node in group], dtype=np.int64)
        ends = np.cumsum([0, *(len(group) for group in groups)])
        matrix = scipy.sparse.csr_array(
            (np.ones(len(columns)), columns, ends), shape=(len(groups), self.n_nodes)
        )
        return MilpInstance(
            name=self.name,
            family=self.name,
            sense="max",
            objective=np.ones(self.n_nodes),
            matrix=matrix,
            row_lhs=np.full(len(groups), -np.inf),
            row_rhs=np.ones(len(groups)),
            lower=np.zeros(self.n_nodes),
            upper=np.ones(self.n_nodes),
            integral=np.ones(self.n_nodes, dtype=np.bool_),
            variable_names=tuple(f"x{j + 1}" for j in range(self.n_nodes)),
            row_names=tuple(row_names),
            parameters=recorded(self),
            generator_version=self.version,
        )

    def _draw_graph(self, rng: np.random.RandomState) -> NDArray[np.int64]:
        if self.erdos_renyi:
            return erdos_renyi(self.n_nodes, self.edge_probability, rng)
        return barabasi_albert(self.n_nodes, self.affinity, rng)


def barabasi_albert(n_nodes: int, affinity: int, rng: np.random.RandomState) -> NDArray[np.int64]:
    """Draw a preferential-attachment graph.

    Parameters
    ----------
    n_nodes, affinity : int
        ``1 <= affinity < n_nodes``.
    rng : numpy.random.RandomState

    Returns
    -------
    int64, shape ((n_nodes - affinity) * affinity, 2)
        Edges ``(u, v)`` with ``u < v``, sorted.
    """
    degrees = np.zeros(n_nodes, dtype=np.int64)
    targets = np.empty((n_nodes - affinity, affinity), dtype=np.int64)
    for step, node in enumerate(range(affinity, n_nodes)):
        if step == 0:
            targets[step] = np.arange(affinity)
        else:
            # Every edge so far has two ends.
            chance = degrees[:node] / (2 * step * affinity)
            targets[step] = rng.choice(node, affinity, replace=False, p=chance)
        degrees[targets[step]] += 1
        degrees[node] = affinity
    nodes = np.repeat(np.arange(affinity, n_nodes), affinity)
    edges = np.column_stack([targets.ravel(), nodes])
    return edges[np.lexsort((edges[:, 1], edges[:, 0]))]


def erdos_renyi(n_nodes: int, edge_probability: float, rng: np.random.RandomState) -> NDArray[np.int64]:
    """Draw a graph in which each pair of nodes is joined with the same probability.

    Parameters
    ----------
    n_nodes : int
        At least 1.
    edge_probability : float
        In [0, 1].
    rng : numpy.random.RandomState

    Returns
    -------
    int64, shape (n_edges, 2)
        Edges ``(u, v)`` with ``u < v``, sorted; pairs draw in this order.
    """
    pairs = np.column_stack(np.triu_indices(n_nodes, k=1)).astype(np.int64)
    joined = rng.rand(len(pairs)) < edge_probability
    return pairs[joined]


def greedy_clique_partition(n_nodes: int, edges: NDArray[np.int64]) -> list[list[int]]:
    """Partition the nodes of a graph into cliques.

    The free node of largest degree founds a clique; its free neighbours join in order of degree where they
    are adjacent to all members. Ties go to the smaller node.

    Parameters
    ----------
    n_nodes : int
    edges : int64, shape (n_edges, 2)

    Returns
    -------
    list of sorted lists of int
        Each node is in exactly one list; a list may hold a single node.
    """
    neighbours: list[set[int]] = [set() for _ in range(n_nodes)]
    for u, v in edges.tolist():
        neighbours[u].add(v)
        neighbours[v].add(u)
    order = sorted(range(n_nodes), key=lambda node: (-len(neighbours[node]), node))
    rank = {node: place for place, node in enumerate(order)}
    free = set(order)
    cliques = []
    for founder in order:
        if founder not in free:
            continue
        clique = {founder}
        for node in sorted(neighbours[founder] & free, key=rank.__getitem__):
            if clique <= neighbours[node]:
                clique.add(node)
        free -= clique
        cliques.append(sorted(clique))
    return cliques
