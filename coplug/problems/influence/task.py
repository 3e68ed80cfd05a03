"""What is asked of a network: how many seeds, at what cost, and which may be taken."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from coplug.problems.influence.network import Network


@dataclass(frozen=True, eq=False)
class Task:
    """Choose seeds in a network within a budget.

    Attributes
    ----------
    network : Network
    budget : float
        Of the number of seeds, or of their costs.
    costs : float64, shape (n_nodes,), or None
        Above 0; None: seeds are counted.
    given : int32, shape (n_given,)
        Seeds that are there already.
    candidates : int32, shape (n_candidates,)
        Nodes that can be chosen, ascending: neither given nor excluded, and none costs more than the budget.
    """

    network: Network
    budget: float
    costs: NDArray[np.float64] | None
    given: NDArray[np.int32]
    candidates: NDArray[np.int32]

    @cached_property
    def most_seeds(self) -> int:
        """How many seeds the budget allows at most."""
        if self.costs is None:
            return min(int(self.budget), len(self.candidates))
        dearest = np.cumsum(np.sort(self.costs[self.candidates]))
        return int(np.searchsorted(dearest, self.budget * (1 + 1e-12), side="right"))

    @cached_property
    def cost_of_each(self) -> NDArray[np.float64]:
        """The costs, 1 each if seeds are counted, float64, shape (n_nodes,)."""
        return np.ones(self.network.n_nodes) if self.costs is None else self.costs

    @property
    def greedy_share(self) -> float:
        """The share of the largest coverage that greedy surely reaches.

        1 - 1/e where seeds are counted (G. Nemhauser, L. Wolsey and M. Fisher 1978); with costs half of that, for the
        better of greedy by value, and greedy by value for the cost (J. Leskovec et al., KDD 2007).
        """
        return (1 - math.exp(-1)) / (1 if self.costs is None else 2)

    @property
    def log_choices(self) -> float:
        """Natural logarithm of a number that is no less than that of all choices of seeds, at least 0."""
        n, k = len(self.candidates), self.most_seeds
        largest = min(k, n // 2) if self.costs is not None else k
        one_size = math.lgamma(n + 1) - math.lgamma(largest + 1) - math.lgamma(n - largest + 1)
        return one_size if self.costs is None else one_size + math.log(k + 1)

    @property
    def least_spread(self) -> float:
        """What the best seeds reach at least: themselves, the ones of most weight; above 0.

        Under SIS they may have recovered.
        """
        weights = self.network.weights
        seeds = self.most_seeds if self.costs is None else 1
        if self.network.diffusion.model == "sis":
            survive = (1 - self.network.diffusion.recovery) ** self.network.diffusion.rounds
        else:
            survive = 1.0
        each = np.ones(self.network.n_nodes) if weights is None else weights
        sure = float(np.sort(each[self.candidates])[::-1][:seeds].sum() + each[self.given].sum())
        return max(survive * sure, 1e-6 * self.network.total)
