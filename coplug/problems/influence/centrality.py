"""How central nodes are, and what nodes cost whose cost is how central they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.problems.influence.network import Network
from coplug.problems.influence.options import CENTRALITIES
from coplug.problems.influence.passing import passed_back

DAMPING = 0.85
MOST_ITERATIONS = 100
CONVERGED = 1e-6


def degrees(network: Network) -> NDArray[np.float64]:
    """Return how many arcs leave each node, float64, shape (n_nodes,)."""
    return np.diff(network.out.ptr).astype(np.float64)


def pagerank(network: Network, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the PageRank of each node, where a node passes rank on to those that influence it.

    The rank that a node gets from one that it influences is in proportion to the arc's probability.

    Parameters
    ----------
    network : Network
    start : float64, shape (n_nodes,)
        Where a walk starts anew, in proportion; not all 0.

    Returns
    -------
    float64, shape (n_nodes,)
        Sums to 1.
    """
    start = start / start.sum()
    rank, shares = start, _shares(network)
    for _ in range(MOST_ITERATIONS):
        passed = passed_back(network.out, shares, rank)
        following = DAMPING * passed + (1 - DAMPING * passed.sum()) * start
        change = float(np.abs(following - rank).sum())
        rank = following
        if change < CONVERGED:
            break
    return rank


def central_costs(network: Network, centrality: str) -> NDArray[np.float64]:
    """Return costs that are as a centrality is, float64, shape (n_nodes,), above 0, with mean 1.

    Parameters
    ----------
    network : Network
    centrality : str
        ``degree``: one more than the arcs that leave a node; ``pagerank``: walks start anew anywhere.
    """
    assert centrality in CENTRALITIES
    costs = 1.0 + degrees(network) if centrality == "degree" else pagerank(network, np.ones(network.n_nodes))
    scaled: NDArray[np.float64] = costs / costs.mean()
    return scaled


def _shares(network: Network) -> NDArray[np.float64]:
    """Return the probability of each arc of ``out`` over the sum of those into its head."""
    widths = network.widths.astype(np.float64)
    sums = np.bincount(network.out.ends, widths, network.n_nodes)
    return widths / np.maximum(sums, 1e-300)[network.out.ends]
