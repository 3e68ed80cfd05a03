"""The paper's training: a few nodes of one small network, and the best of some runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.errors import RecipeError
from coplug.models.routing import TensileMembers, TensileScorer
from coplug.models.weights_directory import arrays_of
from coplug.problems.routing.judging import judge, pair_of, sampled_pairs
from coplug.problems.routing.learned import perceptron
from coplug.problems.routing.linear import draw_nodes, tensile_examples
from coplug.problems.routing.methods import CONTROLS, by_rule
from coplug.problems.routing.network import Network
from coplug.problems.routing.rules import TENSILE_NET
from coplug.training.reporter import Reporter

from .networks import drawn_networks

DEAD = 0.5
"""A member of less zeta-accuracy has died."""


class TensileTask:
    """Fit the lengths of shortest paths from the paper's features; a :class:`~..supervised.SupervisedTask`.

    Each member has a network of its own. Source: arXiv:2308.09829.

    Parameters
    ----------
    variant : {"supervised", "rl"}
        Learn at drawn nodes, or at those on the way that the member takes now.
    members : int
        As many as the network has.
    n_nodes, density : int, float
        Of the training networks.
    phi : int
        Nodes of one pair that are learned from, if they are drawn.
    seed : int
        Of the training networks.
    valid_nodes, valid_densities, valid_networks, valid_seed
        Of the networks by which members and epochs are compared.

    Raises
    ------
    RecipeError, UsageError
        If an argument is unknown or out of range.
    """

    metric = "zeta_accuracy"
    maximize = True

    def __init__(
        self,
        variant: str = "supervised",
        members: int = 5,
        n_nodes: int = 50,
        density: float = 5.0,
        phi: int = 3,
        seed: int = 0,
        valid_nodes: int = 64,
        valid_densities: str = "3 5",
        valid_networks: int = 2,
        valid_seed: int = 1_000_000,
    ) -> None:
        if variant not in ("supervised", "rl"):
            raise RecipeError(f"variant is {variant!r}, expected supervised or rl")
        self.variant = variant
        rng = np.random.default_rng(seed)
        self.networks = drawn_networks(n_nodes, str(density), members, seed)
        self.drawn = [draw_nodes(one, rng, phi) for one in self.networks]
        self.valid = [
            (one, sampled_pairs(one, 1000, np.random.default_rng(0)))
            for one in drawn_networks(valid_nodes, valid_densities, valid_networks, valid_seed)
        ]

    def __len__(self) -> int:
        """Return the number of members, each of which is an example."""
        return len(self.networks)

    def prepare(self, network: TensileMembers, reporter: Reporter) -> None:
        """See that there is a training network for each member, and say how many samples those have.

        Raises
        ------
        RecipeError
            If there is not.
        """
        if len(network.members) != len(self.networks):
            raise RecipeError(
                f"{len(network.members)} members and {len(self.networks)} networks; make them alike"
            )
        counts = [
            len(tensile_examples(one, *drawn)[1])
            for one, drawn in zip(self.networks, self.drawn, strict=True)
        ]
        reporter.message(f"members learn from {counts} samples")

    def batches(self, groups: Iterable[Sequence[int]], device: torch.device) -> Iterator[torch.device]:
        """Yield the device for each group: every batch has all samples."""
        for _ in groups:
            yield device

    def loss(self, network: TensileMembers, batch: torch.device) -> Tensor:
        """Return the sum over members of the mean squared error."""
        total = torch.zeros((), device=batch)
        for k, member in enumerate(network.members):
            assert isinstance(member, TensileScorer)
            origin, dest, nodes = self.drawn[k]
            if self.variant == "rl":
                nodes = _on_the_way(self.networks[k], member, origin, dest)
            features, values = tensile_examples(self.networks[k], origin, dest, nodes)
            scores = member.score(torch.from_numpy(features).to(batch))
            total = total + (scores - torch.from_numpy(values).to(batch)).square().mean()
        return total

    def contents(self, batch: torch.device) -> Mapping[str, Any]:
        """Return the networks' positions."""
        return {f"positions_{k}": torch.from_numpy(one.positions) for k, one in enumerate(self.networks)}

    def evaluate(self, network: TensileMembers) -> dict[str, float]:
        """Return the zeta-accuracy of the best member, which is exported, their mean, and how many have died."""
        found = np.array([self._accuracy(member) for member in network.members])
        network.best = int(found.argmax())
        return {
            "zeta_accuracy": float(found.max()),
            "mean_zeta_accuracy": float(found.mean()),
            "dead": float((found < DEAD).sum()),
        }

    def baselines(self) -> dict[str, float]:
        """Return the zeta-accuracy of greedy forwarding, compass and the paper's closed form."""
        return {
            name: float(
                np.mean(
                    [
                        judge(pairs, CONTROLS[name].make(one)(one, pairs).costs).zeta_accuracy
                        for one, pairs in self.valid
                    ]
                )
            )
            for name in ("greedy", "compass", "two-planes")
        }

    def _accuracy(self, member: torch.nn.Module) -> float:
        method = by_rule(TENSILE_NET, perceptron(arrays_of(member)))
        return float(
            np.mean([judge(pairs, method(one, pairs).costs).zeta_accuracy for one, pairs in self.valid])
        )

    def export(self, network: TensileMembers, directory: Path, info: Mapping[str, Any]) -> None:
        """Write the weights directory of the best member."""
        network.export(directory, info)


def _on_the_way(network: Network, member: TensileScorer, origin: int, dest: int) -> NDArray[np.int64]:
    """Return the nodes that a packet is at on the way that a member takes now, the destination left out."""
    routed = by_rule(TENSILE_NET, perceptron(arrays_of(member)))(network, pair_of(network, origin, dest))
    nodes = dict.fromkeys(node for node in routed.route if node != dest)
    return np.array(list(nodes), np.int64)
