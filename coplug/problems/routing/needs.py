"""What methods need in a network by what a node knows: the state that it keeps, and what it sends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

from .network import Links, Network

NAME, POSITION, PAIR_OF_PLACES, COST = 4, 8, 4, 4
"""Bytes of the number of a node, of a position (two float32), of a link as two places in a list, and of a cost."""

ONE_HOP, TWO_HOPS, ALL = "one hop", "two hops", "the network"
"""What a node can know."""


@dataclass(frozen=True)
class Need:
    """What a method needs in a network, on average over its nodes.

    Attributes
    ----------
    state_bytes : float
        Kept by a node.
    messages : float
        Broadcasts of a node until all know what they need.
    message_bytes : float
        Of all of those.
    """

    state_bytes: float
    messages: float
    message_bytes: float

    @property
    def document(self) -> dict[str, float]:
        """As JSON."""
        return dict(vars(self))


def need_of(knows: str, network: Network) -> Need:
    """Return what a method needs that knows so much.

    Nodes broadcast their position, then, for two hops, the names and positions of their neighbours. For all of the
    network, distance vectors are broadcast by every node whose own has changed, all at a time, until none does.
    """
    n, degree = network.n_nodes, 2.0 * network.n_links / max(1, network.n_nodes)
    entry = NAME + POSITION
    if knows == ONE_HOP:
        return Need(degree * entry, 1.0, float(entry))
    if knows == TWO_HOPS:
        degrees = np.diff(network.links.ptr)
        two = float((degrees**2).sum()) / max(1, n) * NAME + degree * entry
        return Need(two + degree * entry, 2.0, entry + degree * entry)
    broadcasts, entries = distance_vectors(network)
    each = 2 * NAME + COST
    return Need(float(n * each), broadcasts / max(1, n), entries / max(1, n) * (NAME + COST))


def distance_vectors(network: Network) -> tuple[int, int]:
    """Return the broadcasts of distance vectors until nothing changes, and how many changed entries they hold."""
    n = network.n_nodes
    cost = np.full((n, n), np.inf)
    np.fill_diagonal(cost, 0.0)
    changed = np.eye(n, dtype=np.bool_)
    broadcasts, entries = 0, 0
    while changed.any():
        broadcasts += int(changed.any(axis=1).sum())
        entries += int(changed.sum())
        offered = _offered(network.links, cost)
        changed = offered < cost - 1e-12
        cost = offered
    return broadcasts, entries


@kernel
def _offered(links: Links, cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least that each node or a neighbour of it offers for each destination, shape (n_nodes, n_nodes)."""
    offered = cost.copy()
    for node in range(len(cost)):
        for k in range(links.ptr[node], links.ptr[node + 1]):
            end = links.ends[k]
            for dest in range(len(cost)):
                offered[node, dest] = min(offered[node, dest], cost[end, dest] + links.costs[k])
    return offered
