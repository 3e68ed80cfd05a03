"""A set of seeds that is built node by node, on worlds that stay the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.network import make_network
from coplug.problems.influence.reached import add_gains, gain_of, mark, new_worlds, shares_reached
from coplug.problems.influence.worlds import new_scratch

BUILDING = 30
"""The stream of the worlds."""


class Building:
    """Seeds so far, and what they reach.

    Parameters
    ----------
    graph : Graph
        At least one node.
    diffusion : Diffusion
        Whose spread is submodular.
    n_worlds : int
    seed : int
        Of the worlds.

    Attributes
    ----------
    network : Network
    seeds : list of int
        In order.
    spread : float
        Mean over the worlds.
    """

    def __init__(self, graph: Graph, diffusion: Diffusion, n_worlds: int, seed: int) -> None:
        self.network = make_network(graph, diffusion)
        self._worlds = new_worlds(self.network, seed, BUILDING, n_worlds)
        self._scratch = new_scratch(graph.n_nodes)
        self.seeds: list[int] = []
        self.spread = 0.0

    def add(self, node: int) -> float:
        """Make a node a seed, and return what it adds to the spread."""
        gain = float(gain_of(self._worlds, node, self._scratch)) / len(self._worlds.keys)
        mark(self._worlds, node, self._scratch)
        self.seeds.append(node)
        self.spread += gain
        return gain

    def gains(self) -> NDArray[np.float64]:
        """Return what each node would add to the spread, float64, shape (n_nodes,)."""
        gains = np.zeros(self.network.n_nodes)
        add_gains(self._worlds, np.arange(len(gains), dtype=np.int32), gains)
        return gains / len(self._worlds.keys)

    def reached(self) -> NDArray[np.float32]:
        """Return the share of the worlds in which each node is reached, float32, shape (n_nodes,)."""
        return shares_reached(self._worlds)

    def fill(self, matrix: NDArray[np.float32]) -> None:
        """Write the probability of the arc from row to column, 0 where there is none.

        Parameters
        ----------
        matrix : float32, shape (m, m)
            With m not below the number of nodes.
        """
        out = self.network.out
        tails = np.repeat(np.arange(self.network.n_nodes), np.diff(out.ptr))
        matrix[:] = 0
        matrix[tails, out.ends] = self.network.widths
