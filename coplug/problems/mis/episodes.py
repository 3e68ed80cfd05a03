"""Building independent sets side by side, as :class:`coplug.contracts.episodes.Episodes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.episodes import ACTIONS, Baseline, Observation, Step, least, returns_by
from coplug.errors import UsageError
from coplug.graphs import EdgeSet, GraphBatch, Graphs, Ragged, Reference
from coplug.graphs.graph import Graph
from coplug.graphs.source import Source, drawn_graphs
from coplug.key_values import split_pairs
from coplug.problems.mis import local_search
from coplug.problems.mis.construction import Construction, Left, solved_alone
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.rules import rules_of

BASELINE_WORK = 2_000_000
"""Of the local search that sets are measured against, in its own units; some hundredths of a second."""


class IndependentSetEpisodes:
    """The episodes of ``coplug/IndependentSet-v1``, many in one compiled step.

    A graph is observed as what is left of it: nodes ``node`` with their degree, float32, shape (n, 1); edges ``edge``
    in both directions, those from a node in a row. Every node is an action. An episode ends by itself when no node is
    left. Graphs that the reductions solve at once are drawn again.

    Parameters
    ----------
    source : Source
    reductions : str
        See :func:`~.rules.rules_of`.
    pool : int
        So many different graphs are drawn, and kept; a seed chooses one. 0: a new one for every seed.
    """

    def __init__(self, source: Source, reductions: str = "none", pool: int = 0) -> None:
        if pool < 0:
            raise UsageError(f"a pool of {pool} graphs is out of range; take 0 for no pool, or more")
        self._source = source
        self._rules = rules_of(reductions)
        self._pool = pool
        self._kept: dict[int, Graph] = {}
        self._construction: Construction | None = None
        self._waiting: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._left: Left | None = None
        self._owed: NDArray[np.int64] = self._waiting

    def reset(self, seeds: Sequence[int]) -> Observation:
        """See :meth:`coplug.contracts.episodes.Episodes.reset`."""
        return self.begin([self._graph(int(seed)) for seed in seeds])

    def begin(self, graphs: Sequence[Graph]) -> Observation:
        """Start an episode on each of these graphs, of which at least one has to ask for a decision."""
        self._construction = Construction(graphs, self._rules)
        self._owed = self._construction.sizes.copy()
        self._waiting = np.flatnonzero(self._construction.n_left)
        return self._observe()

    def step(self, actions: NDArray[np.int64]) -> Step:
        """See :meth:`coplug.contracts.episodes.Episodes.step`; the reward is the number of nodes that a set gained."""
        assert self._construction is not None
        assert self._left is not None
        chosen = self._left.nodes.values[self._left.nodes.ptr[:-1] + actions]
        gained = self._construction.take(self._construction.ptr[self._waiting] + chosen) + self._owed
        self._owed = np.zeros_like(gained)
        rewards = gained[self._waiting].astype(np.float64)
        terminated = self._construction.n_left[self._waiting] == 0
        self._waiting = self._waiting[~terminated]
        following = self._observe() if len(self._waiting) else None
        return Step(rewards, terminated, np.zeros_like(terminated), None, following)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many nodes each set has, int64, shape (n_episodes,)."""
        assert self._construction is not None
        return self._construction.sizes.copy()

    def chosen(self) -> list[NDArray[np.bool_]]:
        """Return the sets, each bool, shape (n_nodes,); complete once the episodes have ended."""
        assert self._construction is not None
        return np.split(self._construction.chosen(), self._construction.ptr[1:-1])

    def baselines(self) -> Mapping[str, Baseline]:
        """Return ``min-degree`` greedy, and ``local-search`` on the whole graph within a fixed amount of work."""
        return {
            "min-degree": lambda seeds: returns_by(self, _of_least_degree, seeds),
            "local-search": lambda seeds: np.array(
                [searched(self._graph(int(s))) for s in seeds], np.float64
            ),
        }

    def _observe(self) -> Observation:
        assert self._construction is not None
        self._left = self._construction.left(self._waiting)
        return Observation(as_batch(self._left), self._waiting)

    def _graph(self, seed: int) -> Graph:
        key = seed % self._pool if self._pool else seed
        if key in self._kept:
            return self._kept[key]
        graph = self._drawn(key)
        if self._pool:
            self._kept[key] = graph
        return graph

    def _drawn(self, key: int) -> Graph:
        rng = np.random.default_rng(np.random.SeedSequence(key))
        return self._source.draw(rng, lambda graph: solved_alone(graph, self._rules)).graph


def _of_least_degree(graphs: Graphs, rng: np.random.Generator) -> NDArray[np.int64]:
    nodes = graphs.nodes["node"]
    return least(nodes.values[:, 0], nodes.ptr)


def searched(graph: Graph) -> int:
    """Return the size of the set that a local search finds within :data:`BASELINE_WORK`."""
    state = local_search.start(graph, min_degree_greedy(graph), 0)
    local_search.run(state, BASELINE_WORK, 2**40, graph.n_nodes)
    return int(state.counts[local_search.BEST])


def as_batch(left: Left) -> Graphs:
    """Return what is left of some graphs as a batch; see :class:`IndependentSetEpisodes`."""
    nodes, edges = left.nodes, left.edges
    degrees = left.degrees.astype(np.float32)[:, None]
    positions = np.arange(len(degrees), dtype=np.int64)
    return GraphBatch(
        nodes={"node": Ragged(degrees, nodes.ptr)},
        edges={"edge": EdgeSet("node", "node", np.ascontiguousarray(edges.values.T), edges.ptr)},
        references={ACTIONS: Reference("node", Ragged(positions, nodes.ptr))},
    )


def family_episodes(
    family: str = "rb", size: str = "easy", reductions: str = "none", pool: int = 0, parameters: str = ""
) -> IndependentSetEpisodes:
    """Return episodes on the graphs of a family; the arguments are what a recipe can say.

    Parameters
    ----------
    family, size : str
    reductions, pool
        See :class:`IndependentSetEpisodes`.
    parameters : str
        Of the family, such as ``min_nodes=20 max_nodes=20``; they win over the size.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """
    changed = split_pairs(parameters.split(), what="parameter", example="max_nodes=20")
    return IndependentSetEpisodes(drawn_graphs(family, size, None, changed), reductions, pool)
