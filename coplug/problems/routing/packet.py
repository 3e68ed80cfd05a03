"""One packet on its way, forwarded hop by hop: what environments are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.routing import FORWARDER

from .features import neighbour_features
from .network import Network
from .perceptron import NOTHING
from .rules import new_scratch, next_node
from .shortest import shortest_to
from .walks import distances_to


class Packet:
    """A packet from one node to another.

    Parameters
    ----------
    network : Network
    origin, dest : int
        Connected.

    Attributes
    ----------
    node : int
        Where it is.
    route : list of int
        Where it was.
    length : float
        What its route has cost so far.
    shortest : float
        What the cheapest route costs.
    """

    def __init__(self, network: Network, origin: int, dest: int) -> None:
        self.network, self.dest, self.node = network, dest, origin
        self.links = network.links
        self.route, self.length = [origin], 0.0
        self._to_dest = distances_to(self.links, dest)
        self.shortest = float(shortest_to(self.links, dest)[0][origin])
        most = int(np.diff(self.links.ptr).max(initial=1))
        self._features = np.zeros((most, len(FORWARDER)), np.float32)
        self._scratch = new_scratch(self.links, NOTHING)

    @property
    def neighbours(self) -> NDArray[np.int32]:
        """Neighbours of the node, ascending."""
        return self.links.ends[self.links.ptr[self.node] : self.links.ptr[self.node + 1]]

    @property
    def arrived(self) -> bool:
        """Whether it is at its destination."""
        return self.node == self.dest

    @property
    def is_next_to_end(self) -> bool:
        """Whether the destination is a neighbour."""
        return bool((self.neighbours == self.dest).any())

    def features(self) -> NDArray[np.float32]:
        """Return what the node sees of its neighbours, float32, shape (n_neighbours, 10)."""
        count = neighbour_features(self.links, self.node, self._to_dest, self._features)
        return self._features[:count].copy()

    def place_by(self, rule: int) -> int:
        """Return the place among the neighbours of the one that a rule of :mod:`~.rules` takes, 0 if it takes none."""
        chosen = next_node(self.links, rule, NOTHING, self.node, self.dest, self._to_dest, self._scratch)
        return int(np.searchsorted(self.neighbours, chosen)) if chosen >= 0 else 0

    def forward(self, place: int) -> float:
        """Go to a neighbour, by its place among them, and from there to the destination if it is a neighbour.

        Returns
        -------
        float
            What that cost.
        """
        cost = self._go(place)
        if not self.arrived and self.is_next_to_end:
            cost += self._go(int(np.searchsorted(self.neighbours, self.dest)))
        return cost

    def _go(self, place: int) -> float:
        link = int(self.links.ptr[self.node]) + place
        self.node = int(self.links.ends[link])
        self.route.append(self.node)
        cost = float(self.links.costs[link])
        self.length += cost
        return cost


def drawn_pair(network: Network, rng: np.random.Generator, tries: int = 20) -> tuple[int, int] | None:
    """Return a connected pair that is no link, uniform among those, or None if none of some draws is one."""
    if network.n_nodes < 3:
        return None
    links = network.links
    for _ in range(tries):
        origin, dest = (int(node) for node in rng.choice(network.n_nodes, 2, replace=False))
        near = links.ends[links.ptr[origin] : links.ptr[origin + 1]]
        if dest not in near and np.isfinite(shortest_to(links, dest)[0][origin]):
            return origin, dest
    return None
