"""Ego networks: a person, whom the person knows, and who of them know each other.

Stand-ins for the data sets COLLAB and TWITTER of L. Brusca et al., NeurIPS 2023, which are not ours to ship: of about
their mean nodes and density (table 4 there: 74.5 and 0.52, 131.8 and 0.205), drawn from simple models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.graphs.families.random_graphs import check_nodes, check_share, draw_size
from coplug.graphs.formats.writing import GRAPHS
from coplug.graphs.graph import Graph, from_edges


@dataclass(frozen=True)
class CollaborationEgo:
    """Ego networks of authors: each paper with the ego joins all its authors.

    Papers have ``2 + Poisson(share * n)`` authors at most, the first of whom has published nothing yet; they are drawn
    until everyone has published and ``papers`` are written.

    Attributes
    ----------
    min_nodes : int
        Nodes of the smallest graph, at least 1.
    max_nodes : int
        Nodes of the largest graph.
    share : float
        Mean share of the nodes that write a paper together, in [0, 1].
    papers : int
        Papers that are written at least, at least 1.
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"min_nodes": 20, "max_nodes": 30},
        "easy": {},
        "medium": {"min_nodes": 150, "max_nodes": 250},
        "hard": {"min_nodes": 400, "max_nodes": 500},
    }

    min_nodes: int = 40
    max_nodes: int = 110
    share: float = 0.25
    papers: int = 8

    def __post_init__(self) -> None:
        check_nodes(self.min_nodes, self.max_nodes)
        check_share("share", self.share)
        if self.papers < 1:
            raise UsageError(f"papers is {self.papers}, expected at least 1")

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph; node 0 is the ego."""
        n = draw_size(rng, self.min_nodes, self.max_nodes)
        waiting = np.ones(n, dtype=np.bool_)
        edges = []
        n_papers = 0
        while n_papers < self.papers or waiting[1:].any():
            others = 1 + rng.permutation(n - 1)[: 1 + rng.poisson(self.share * n)]
            new = np.flatnonzero(waiting[1:]) + 1
            first = rng.choice(new, 1) if len(new) else others[:1]
            authors = np.unique(np.concatenate([[0], first, others]))
            waiting[authors] = False
            edges.append(authors[np.column_stack(np.triu_indices(len(authors), 1))])
            n_papers += 1
        return from_edges(n, np.concatenate(edges))


@dataclass(frozen=True)
class SocialEgo:
    """Ego networks of friends: everyone is in one to three circles, and knows most of those in the same circle.

    Attributes
    ----------
    min_nodes : int
        Nodes of the smallest graph, at least 1.
    max_nodes : int
        Nodes of the largest graph.
    circles : int
        Circles of friends, at least 1.
    within : float
        Probability that two nodes know each other who share a circle, in [0, 1].
    across : float
        Probability that two nodes know each other who share none, in [0, 1].
    """

    draws: ClassVar = GRAPHS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"min_nodes": 30, "max_nodes": 50},
        "easy": {},
        "medium": {"min_nodes": 300, "max_nodes": 400},
        "hard": {"min_nodes": 700, "max_nodes": 900},
    }

    min_nodes: int = 60
    max_nodes: int = 200
    circles: int = 12
    within: float = 0.55
    across: float = 0.02

    def __post_init__(self) -> None:
        check_nodes(self.min_nodes, self.max_nodes)
        check_share("within", self.within)
        check_share("across", self.across)
        if self.circles < 1:
            raise UsageError(f"circles is {self.circles}, expected at least 1")

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph; node 0 is the ego."""
        n = draw_size(rng, self.min_nodes, self.max_nodes)
        member = self._members(n, rng)
        pairs = np.column_stack(np.triu_indices(n, 1))
        shared = (member[pairs[:, 0]] & member[pairs[:, 1]]).any(axis=1)
        knows = rng.random_sample(len(pairs)) < np.where(shared, self.within, self.across)
        return from_edges(n, pairs[knows | (pairs[:, 0] == 0)])

    def _members(self, n: int, rng: np.random.RandomState) -> NDArray[np.bool_]:
        """Return who is in which circle; bool, shape (n, circles)."""
        member = np.zeros((n, self.circles), dtype=np.bool_)
        for _ in range(3):
            joins = rng.random_sample(n) < (1.0 if not member.any() else 0.5)
            chosen = rng.randint(self.circles, size=n)
            member[np.flatnonzero(joins), chosen[joins]] = True
        return member
