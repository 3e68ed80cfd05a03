"""How likely each node is to be reached, as a differentiable and monotone function of how likely each is a seed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

ALMOST_ONE = 1 - 1e-5
LEAST = 1e-7
"""Probabilities are kept between these where logarithms or powers are taken of them."""


@dataclass(frozen=True, eq=False)
class Wires:
    """The arcs of a network.

    Attributes
    ----------
    n_nodes : int
    tails, heads : Tensor, int64, shape (n_arcs,)
    back : Tensor, int64, shape (n_arcs,)
        The arc from the head to the tail; the arc itself where there is none.
    has_back : Tensor, float32, shape (n_arcs, 1)
        1 where there is one, else 0.
    chances : Tensor, float32, shape (n_arcs, 1)
        Probabilities, or weights.
    features : Tensor, float32, shape (n_arcs, n_features)
        What chances are corrected by.
    """

    n_nodes: int
    tails: Tensor
    heads: Tensor
    back: Tensor
    has_back: Tensor
    chances: Tensor
    features: Tensor

    def into_nodes(self, values: Tensor) -> Tensor:
        """Return the sum of the values of the arcs into each node, shape (n_nodes, ...)."""
        return values.new_zeros((self.n_nodes, *values.shape[1:])).index_add(0, self.heads, values)


class DiffusionNetwork(nn.Module):
    """Messages along arcs, round by round, as a diffusion passes them; monotone in the seeds whatever is learned.

    The message of an arc is the probability that its tail is reached by others than its head: what came from a node
    does not return to it, so that the result is exact where the network is a tree and seeds are independent of each
    other. Learned are factors of the chances, ``exp(features w)``, and an exponent of the result.

    Parameters
    ----------
    wires : Wires
    rounds : int

    References
    ----------
    A. Lokhov and D. Saad, Optimal deployment of resources for maximizing impact in spreading processes, PNAS 2017
    (dynamic message passing); C. Ling et al., Deep graph representation learning and optimization for influence
    maximization, ICML 2023 (a monotone network that seeds are optimised through).
    """

    def __init__(self, wires: Wires, rounds: int) -> None:
        super().__init__()
        self.wires = wires
        self.rounds = rounds
        self.factors = nn.Parameter(torch.zeros(wires.features.shape[1]))
        self.log_power = nn.Parameter(torch.zeros(()))

    def forward(self, seeds: Tensor) -> Tensor:
        """Return the probability that each node is reached.

        Parameters
        ----------
        seeds : float32, shape (n_nodes, n_sets)
            In [0, 1], the probability that each node is a seed, independently of others.

        Returns
        -------
        float32, shape (n_nodes, n_sets)
        """
        factors = torch.exp(self.wires.features @ self.factors)[:, None]
        reached = self.spread(seeds, (self.wires.chances * factors).clamp(max=ALMOST_ONE))
        return reached.clamp(LEAST, 1.0).pow(self.log_power.exp())

    def spread(self, seeds: Tensor, chances: Tensor) -> Tensor:
        """Return the probabilities under corrected chances, shape (n_nodes, n_sets)."""
        raise NotImplementedError


class CascadeNetwork(DiffusionNetwork):
    """Independent cascade: a node stays out if it is no seed and every arc into it fails."""

    def spread(self, seeds: Tensor, chances: Tensor) -> Tensor:
        """See :meth:`DiffusionNetwork.spread`."""
        wires = self.wires
        of_tails = 1 - seeds[wires.tails]
        messages = seeds[wires.tails]
        for _ in range(self.rounds):
            failed = torch.log1p(-chances * messages)
            others = wires.into_nodes(failed)[wires.tails] - wires.has_back * failed[wires.back]
            messages = 1 - of_tails * torch.exp(others)
        return 1 - (1 - seeds) * torch.exp(wires.into_nodes(torch.log1p(-chances * messages)))


class LinearNetwork(DiffusionNetwork):
    """Linear threshold with random thresholds: at most one arc into a node is live, with its weight as probability."""

    def spread(self, seeds: Tensor, chances: Tensor) -> Tensor:
        """See :meth:`DiffusionNetwork.spread`."""
        wires = self.wires
        of_tails = 1 - seeds[wires.tails]
        messages = seeds[wires.tails]
        for _ in range(self.rounds):
            passed = chances * messages
            others = wires.into_nodes(passed)[wires.tails] - wires.has_back * passed[wires.back]
            messages = seeds[wires.tails] + of_tails * others.clamp(0, 1)
        return seeds + (1 - seeds) * wires.into_nodes(chances * messages).clamp(0, 1)


class ThresholdNetwork(DiffusionNetwork):
    """Linear threshold with the same threshold everywhere, as a steep sigmoid of the weights from active nodes.

    Parameters
    ----------
    wires : Wires
    rounds : int
    threshold : float

    Attributes
    ----------
    softness : float
        The sigmoid's width; the diffusion itself as it goes to 0.
    """

    def __init__(self, wires: Wires, rounds: int, threshold: float) -> None:
        super().__init__(wires, rounds)
        self.threshold = threshold
        self.softness = 0.1

    def spread(self, seeds: Tensor, chances: Tensor) -> Tensor:
        """See :meth:`DiffusionNetwork.spread`."""
        wires, active = self.wires, seeds
        for _ in range(self.rounds):
            weight = wires.into_nodes(chances * active[wires.tails])
            active = 1 - (1 - seeds) * torch.sigmoid((self.threshold - weight) / self.softness)
        return active


class ContagionNetwork(DiffusionNetwork):
    """Susceptible-infected-susceptible in mean field, several rounds of the diffusion in one of the network.

    Parameters
    ----------
    wires : Wires
        Chances are those of one round of the network.
    rounds : int
    recovery : float
        In one round of the network.

    References
    ----------
    D. Chakrabarti et al., Epidemic thresholds in real networks, ACM TISSEC 10 (2008).
    """

    def __init__(self, wires: Wires, rounds: int, recovery: float) -> None:
        super().__init__(wires, rounds)
        self.recovery = recovery

    def spread(self, seeds: Tensor, chances: Tensor) -> Tensor:
        """See :meth:`DiffusionNetwork.spread`."""
        wires, infected = self.wires, seeds
        for _ in range(self.rounds):
            escaped = torch.exp(wires.into_nodes(torch.log1p(-chances * infected[wires.tails])))
            infected = 1 - (1 - infected * (1 - self.recovery)) * escaped
        return infected
