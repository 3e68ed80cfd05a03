"""How good routes are, over all pairs or a sample of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .network import Network
from .shortest import shortest_to
from .walks import distances_to

EPS = 0.05
"""What a route may be longer than the shortest one to count as accurate; the paper leaves its value open."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Connected pairs of different nodes, and what the best routes cost.

    Attributes
    ----------
    dests : int64, shape (n_dests,)
    origins : list of int64 arrays
        Of each destination.
    shortest, straight : list of float64 arrays
        Cost of the cheapest route, and what the straight line would cost at the least cost per length of any link:
        its length, where links cost theirs.
    disconnected : int
        Pairs left out because there is no route.
    """

    dests: NDArray[np.int64]
    origins: list[NDArray[np.int64]]
    shortest: list[NDArray[np.float64]]
    straight: list[NDArray[np.float64]]
    disconnected: int

    def __len__(self) -> int:
        """Return the number of pairs."""
        return sum(map(len, self.origins))

    def part(self, first: int, last: int) -> Pairs:
        """Return the pairs of some of the destinations."""
        span = slice(first, last)
        return Pairs(
            self.dests[span], self.origins[span], self.shortest[span], self.straight[span], self.disconnected
        )


def all_pairs(network: Network) -> Pairs:
    """Return all pairs of a network."""
    nodes = np.arange(network.n_nodes)
    return _pairs(network, nodes, [np.delete(nodes, dest) for dest in nodes])


def sampled_pairs(network: Network, count: int, rng: np.random.Generator) -> Pairs:
    """Return some pairs: drawn destinations, at most 256 of them, each with as many drawn origins."""
    n = network.n_nodes
    if count >= n * (n - 1):
        return all_pairs(network)
    n_dests = min(n, 256, count)
    dests = np.sort(rng.choice(n, n_dests, replace=False))
    shares = np.full(n_dests, count // n_dests)
    shares[: count % n_dests] += 1
    origins = [
        np.sort(rng.choice(np.delete(np.arange(n), dest), min(share, n - 1), replace=False))
        for dest, share in zip(dests, shares, strict=True)
    ]
    return _pairs(network, dests, origins)


def pair_of(network: Network, origin: int, dest: int) -> Pairs:
    """Return one pair; none if it is not connected."""
    return _pairs(network, np.array([dest]), [np.array([origin])])


def _pairs(network: Network, dests: NDArray[np.int64], origins: list[NDArray[np.int64]]) -> Pairs:
    links, kept, shortest, straight, total = network.links, [], [], [], 0
    per_length = float((links.costs / np.maximum(links.spans, 1e-12)).min()) if len(links.costs) else 0.0
    for dest, nodes in zip(dests.tolist(), origins, strict=True):
        costs = shortest_to(links, dest)[0][nodes]
        connected = np.isfinite(costs)
        kept.append(nodes[connected])
        shortest.append(costs[connected])
        straight.append(per_length * distances_to(links, dest)[nodes[connected]])
        total += len(nodes)
    return Pairs(dests, kept, shortest, straight, total - sum(map(len, kept)))


@dataclass(frozen=True)
class Quality:
    """How good the routes of some pairs are.

    Attributes
    ----------
    pairs : int
        Connected pairs.
    delivery : float
        Share of them that is delivered.
    mean_stretch : float or None
        Of the delivered ones: cost over that of the cheapest route. A cheapest route that costs nothing counts as 1 if
        the route costs nothing either, and is left out otherwise.
    zeta_accuracy : float
        The paper's: share whose route costs at most ``zeta (1 + eps)`` times the cheapest, ``zeta`` being the ratio of
        the cheapest to the straight line.
    accuracy : float
        Share whose route costs at most ``1 + eps`` times the cheapest.
    """

    pairs: int
    delivery: float
    mean_stretch: float | None
    zeta_accuracy: float
    accuracy: float

    @property
    def document(self) -> dict[str, Any]:
        """As JSON."""
        return dict(vars(self))


def judge(pairs: Pairs, costs: list[NDArray[np.float64]], eps: float = EPS) -> Quality:
    """Judge routes.

    Parameters
    ----------
    pairs : Pairs
    costs : list of float64 arrays
        Of each pair's route, infinite where the packet was lost; as ``pairs.shortest``.
    eps : float
    """
    if not len(pairs):
        return Quality(0, 1.0, None, 1.0, 1.0)
    cost, best, straight = (np.concatenate(parts) for parts in (costs, pairs.shortest, pairs.straight))
    delivered = np.isfinite(cost)
    stretch = np.where(best > 0, cost / np.where(best > 0, best, 1.0), np.where(cost > 0, np.inf, 1.0))
    zeta = np.where(straight > 0, best / np.where(straight > 0, straight, 1.0), 1.0)
    counted = stretch[delivered & np.isfinite(stretch)]
    slack = 1.0 + 1e-9  # sums of the same links in another order
    return Quality(
        len(cost),
        float(delivered.mean()),
        float(counted.mean()) if len(counted) else None,
        float((stretch <= zeta * (1.0 + eps) * slack).mean()),
        float((stretch <= (1.0 + eps) * slack).mean()),
    )
