"""What a policy sees of the nodes of a network while seeds are chosen; nothing of it depends on the network's size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.seed_policy import N_FEATURES
from coplug.problems.influence.network import Network
from coplug.problems.influence.passing import passed_back

HOPS = 3


def chances_of(network: Network) -> NDArray[np.float32]:
    """Return the probability that each arc of ``out`` passes something on, float32, shape (n_arcs,).

    Under SIS, in any round of a lifetime: 1 - (1 - beta) to the power of the rounds.
    """
    diffusion = network.diffusion
    if diffusion.model != "sis":
        return network.widths
    chance = -np.expm1(diffusion.rounds * np.log1p(-min(diffusion.beta, 1 - 1e-7)))
    return np.full(network.n_arcs, chance, np.float32)


def worth_left(network: Network, reached: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return what it is still worth to reach each node, relative to the mean weight, float64, shape (n_nodes,)."""
    left = 1.0 - reached.astype(np.float64)
    return left if network.weights is None else left * network.weights * (network.n_nodes / network.total)


def features_of(
    network: Network, chances: NDArray[np.float32], reached: NDArray[np.float32], left: float
) -> NDArray[np.float32]:
    """Return features of all nodes, float32, shape (n_nodes, N_FEATURES).

    With ``w`` what a node is still worth: ``w``; the logarithm of 1 + the sum of ``w`` over walks of up to 1, 2 and 3
    arcs, each weighed by its probability; the logarithms of 1 + the arcs out and in; and ``left``.

    Parameters
    ----------
    network : Network
    chances : float32, shape (n_arcs,)
        Of :func:`chances_of`.
    reached : float32, shape (n_nodes,)
        Share of the worlds in which each node is reached.
    left : float
        Share of the budget.
    """
    worth = worth_left(network, reached)
    features = np.empty((network.n_nodes, N_FEATURES), np.float32)
    features[:, 0] = worth
    along = worth
    for hop in range(HOPS):
        along = worth + passed_back(network.out, chances, along)
        features[:, 1 + hop] = np.log1p(along)
    features[:, 4] = np.log1p(np.diff(network.out.ptr)) / 4
    features[:, 5] = np.log1p(np.diff(network.into.ptr)) / 4
    features[:, 6] = left
    return features
