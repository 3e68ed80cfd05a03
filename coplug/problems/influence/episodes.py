"""Choosing seeds side by side, as :class:`coplug.contracts.episodes.Episodes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.episodes import ACTIONS, Baseline, Observation, Step
from coplug.errors import UsageError
from coplug.graphs import EdgeSet, GraphBatch, Graphs, Ragged, Reference, collate
from coplug.graphs.graph import Graph
from coplug.graphs.source import Source, drawn_graphs
from coplug.key_values import split_pairs
from coplug.problems.influence.building import Building
from coplug.problems.influence.diffusion import KINDS, Diffusion
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.methods import Effort, choose
from coplug.problems.influence.network import Network
from coplug.problems.influence.node_features import chances_of, features_of
from coplug.problems.influence.options import WEIGHTED_CASCADE
from coplug.problems.influence.task import Task


@dataclass(eq=False)
class _Episode:
    """Seeds that are being chosen, and what of the network stays the same meanwhile."""

    building: Building
    chances: NDArray[np.float32]
    arcs: NDArray[np.int64]
    free: NDArray[np.int64]

    @property
    def network(self) -> Network:
        return self.building.network

    def observed(self, left: float) -> Graphs:
        features = features_of(self.network, self.chances, self.building.reached(), left)
        whole = np.array([0, len(features)]), np.array([0, len(self.chances)]), np.array([0, len(self.free)])
        return GraphBatch(
            nodes={"node": Ragged(features, whole[0])},
            edges={"edge": EdgeSet("node", "node", self.arcs, whole[1], self.chances[:, None])},
            references={ACTIONS: Reference("node", Ragged(self.free, whole[2]))},
        )


class SeedEpisodes:
    """The episodes of ``coplug/InfluenceMaximization-v0`` as sparse graphs, with rewards in percent of the nodes.

    A network is observed as nodes ``node`` with :func:`~.node_features.features_of` them, float32, shape (n,
    N_FEATURES), and its arcs ``edge`` with their chances, float32, shape (m, 1). Nodes that are no seeds are actions.

    Parameters
    ----------
    sources : sequence of Source
        Of which a seed chooses one.
    diffusion : Diffusion
        Whose spread is submodular.
    budget : int
        At least 1.
    worlds : int
        At least 1.
    """

    def __init__(self, sources: Sequence[Source], diffusion: Diffusion, budget: int, worlds: int) -> None:
        self._sources = sources
        self._diffusion = diffusion
        self._budget = budget
        self._worlds = worlds
        self._episodes: list[_Episode] = []
        self._waiting: NDArray[np.int64] = np.zeros(0, np.int64)

    def reset(self, seeds: Sequence[int]) -> Observation:
        """See :meth:`coplug.contracts.episodes.Episodes.reset`."""
        self._episodes = [self._begin(int(seed)) for seed in seeds]
        self._waiting = np.arange(len(seeds), dtype=np.int64)
        return self._observe()

    def step(self, actions: NDArray[np.int64]) -> Step:
        """See :meth:`coplug.contracts.episodes.Episodes.step`; the reward is what the seed adds, in percent."""
        rewards, terminated = np.zeros(len(actions)), np.zeros(len(actions), np.bool_)
        for i, (number, action) in enumerate(zip(self._waiting.tolist(), actions.tolist(), strict=True)):
            episode = self._episodes[number]
            gain = episode.building.add(int(episode.free[action]))
            episode.free = np.delete(episode.free, action)
            rewards[i] = 100 * gain / episode.network.n_nodes
            terminated[i] = len(episode.building.seeds) == self._budget or not len(episode.free)
        self._waiting = self._waiting[~terminated]
        following = self._observe() if len(self._waiting) else None
        return Step(rewards, terminated, np.zeros_like(terminated), None, following)

    def baselines(self) -> Mapping[str, Baseline]:
        """Return ``degree-discount`` and ``imm``, judged on the worlds of the episodes."""
        return {name: partial(self._returns, name) for name in ("degree-discount", "imm")}

    def _returns(self, method: str, seeds: Sequence[int]) -> NDArray[np.float64]:
        returns = np.zeros(len(seeds))
        for i, seed in enumerate(seeds):
            building = self._begin(int(seed)).building
            nodes = np.arange(building.network.n_nodes, dtype=np.int32)
            task = Task(building.network, float(min(self._budget, len(nodes))), None, nodes[:0], nodes)
            for node in choose(task, method, Effort(), Limits()).seeds.tolist():
                returns[i] += 100 * building.add(node) / len(nodes)
        return returns

    def _begin(self, seed: int) -> _Episode:
        rng = np.random.default_rng(np.random.SeedSequence(seed))
        source = self._sources[int(rng.integers(len(self._sources)))]
        graph = source.draw(rng, lambda graph: "" if graph.n_nodes else "had no nodes").graph
        return begun(graph, self._diffusion, self._worlds, int(rng.integers(2**31)))

    def _observe(self) -> Observation:
        waiting = [self._episodes[number] for number in self._waiting.tolist()]
        observed = [episode.observed(1 - len(episode.building.seeds) / self._budget) for episode in waiting]
        return Observation(collate(observed), self._waiting)


def begun(graph: Graph, diffusion: Diffusion, worlds: int, seed: int) -> _Episode:
    """Return an episode without seeds on a graph."""
    building = Building(graph, diffusion, worlds, seed)
    out = building.network.out
    tails = np.repeat(np.arange(graph.n_nodes), np.diff(out.ptr))
    arcs = np.stack([tails, out.ends.astype(np.int64)])
    return _Episode(building, chances_of(building.network), arcs, np.arange(graph.n_nodes))


def family_episodes(
    families: str = "barabasi_albert",
    size: str = "tiny",
    budget: int = 5,
    diffusion: str = "ic",
    probability: str = WEIGHTED_CASCADE,
    worlds: int = 64,
    parameters: str = "",
) -> SeedEpisodes:
    """Return episodes on graphs of families; the arguments are what a recipe can say.

    Parameters
    ----------
    families : str
        Their names, apart by blanks; a seed chooses one.
    size : str
        Named size of all of them.
    budget, worlds : int
    diffusion : str
        ``ic``, ``lt`` or ``sis``.
    probability : str
        Of an arc, ``weighted-cascade`` or a number.
    parameters : str
        Of the families, such as ``min_nodes=20 max_nodes=20``; they win over the size.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """
    if diffusion not in KINDS:
        raise UsageError(f"diffusion {diffusion!r} is unknown; choose one of: {', '.join(KINDS)}")
    for name, value in (("budget", budget), ("worlds", worlds)):
        if value < 1:
            raise UsageError(f"{name} {value} is out of range; take at least 1")
    if not families.split():
        raise UsageError("families names none; name one or more, apart by blanks")
    changed = split_pairs(parameters.split(), what="parameter", example="max_nodes=20")
    sources = [drawn_graphs(family, size, None, changed) for family in families.split()]
    return SeedEpisodes(sources, Diffusion(diffusion, probability), budget, worlds)
