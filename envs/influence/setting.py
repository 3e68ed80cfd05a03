"""What single environments and batches of them share: the arguments, what is observed, and how an episode begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from gymnasium import spaces

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.source import GraphSource, Source, drawn_graphs
from coplug.problems.influence.building import Building
from coplug.problems.influence.diffusion import KINDS, Diffusion


class Begun(NamedTuple):
    """An episode's graph, the seeds so far, and how many graphs were thrown away before."""

    graph: Graph
    building: Building
    redraws: int


@dataclass(frozen=True)
class Setting:
    """Where episodes take place.

    Attributes
    ----------
    source : Source
    budget, n_worlds : int
    diffusion : Diffusion
    """

    source: Source
    budget: int
    n_worlds: int
    diffusion: Diffusion

    @property
    def space(self) -> spaces.Dict:
        """What is observed."""
        n = self.source.max_nodes
        return spaces.Dict(
            {
                "arcs": spaces.Box(0, 1, (n, n), np.float32),
                "nodes": spaces.Box(0, 1, (n,), np.int8),
                "seeds": spaces.Box(0, 1, (n,), np.int8),
                "reached": spaces.Box(0, 1, (n,), np.float32),
                "left": spaces.Box(0, self.budget, (1,), np.int64),
            }
        )

    def begin(self, rng: np.random.Generator, source: Source) -> Begun:
        """Draw a graph and the worlds.

        Raises
        ------
        UsageError
            If the source has no graph of use.
        """
        graph, redraws = source.draw(rng, lambda graph: "" if graph.n_nodes else "had no nodes")
        return Begun(graph, Building(graph, self.diffusion, self.n_worlds, int(rng.integers(2**31))), redraws)


def make_setting(
    graphs: GraphSource,
    size: str | None,
    budget: int,
    diffusion: str,
    probability: str,
    worlds: int,
    max_nodes: int | None,
    parameters: Mapping[str, float] | None,
) -> Setting:
    """Return the setting that arguments of :class:`~.environment.InfluenceMaximizationEnv` describe.

    Raises
    ------
    UsageError
        If one is unknown or out of range.
    """
    if diffusion not in KINDS:
        raise UsageError(f"diffusion {diffusion!r} is unknown; choose one of: {', '.join(KINDS)}")
    for name, value in (("budget", budget), ("worlds", worlds)):
        if value < 1:
            raise UsageError(f"{name} {value} is out of range; take at least 1")
    return Setting(
        drawn_graphs(graphs, size, max_nodes, parameters), budget, worlds, Diffusion(diffusion, probability)
    )
