"""Learning from whole walks: how good the routes of many packets are, rather than single choices."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coplug.errors import RecipeError
from coplug.models.routing import Scorer
from coplug.models.weights_directory import arrays_of
from coplug.problems.routing.judging import Pairs, Quality, judge, sampled_pairs
from coplug.problems.routing.learned import perceptron
from coplug.problems.routing.methods import CONTROLS, Method, by_explorer, by_rule
from coplug.problems.routing.network import Network
from coplug.problems.routing.rules import FORWARDED

from .networks import drawn_networks

CONTROL = {"forwarder": "compass", "explorer-1": "map-1", "explorer-2": "map-2"}
"""What can learn to route, and the way without learning that knows as much."""


class WalkTask:
    """Route packets well; an :class:`~..evolution.EvolutionTask`.

    Fitness is the mean over networks of 1 minus a network's loss as a multiple of the control's: the best rule or the
    straight line, for the same knowledge. The loss is the share of pairs without zeta-accuracy, and what the mean
    stretch is above 1.

    Parameters
    ----------
    kind : {"forwarder", "explorer-1", "explorer-2"}
        What learns, see :mod:`coplug.inference.architectures.routing`; explorers in networks whose nodes know one hop
        or two. The network has to be of this kind.
    n_nodes, densities, n_networks, seed
        Of the training networks, see :func:`~.networks.drawn_networks`.
    networks_per_step : int
        So many of them are drawn for a fitness.
    n_pairs : int
        Pairs of each.
    valid_nodes, valid_densities, valid_networks, valid_seed
        Of the networks by which epochs are compared.

    Raises
    ------
    RecipeError, UsageError
        If an argument is unknown or out of range.
    """

    metric = "fitness"
    maximize = True

    def __init__(
        self,
        kind: str = "explorer-2",
        n_nodes: int = 120,
        densities: str = "2 2 2.5 3 4 5",
        n_networks: int = 20,
        seed: int = 0,
        networks_per_step: int = 12,
        n_pairs: int = 150,
        valid_nodes: int = 120,
        valid_densities: str = "2 3 4 5",
        valid_networks: int = 6,
        valid_seed: int = 1_000_000,
    ) -> None:
        if kind not in CONTROL:
            raise RecipeError(f"kind is {kind!r}, expected one of {', '.join(CONTROL)}")
        self.kind, self.networks_per_step = kind, networks_per_step
        self.control = CONTROLS[CONTROL[kind]].make
        self.trained = self._prepared(drawn_networks(n_nodes, densities, n_networks, seed), n_pairs)
        self.valid = self._prepared(
            drawn_networks(valid_nodes, valid_densities, valid_networks, valid_seed), 1000
        )

    def fitness(self, network: Scorer, rng: np.random.Generator) -> float:
        """Return the fitness on drawn networks."""
        drawn = rng.choice(len(self.trained), min(len(self.trained), self.networks_per_step), replace=False)
        method = self._method(network)
        return float(np.mean([_fitness(method, *self.trained[k])[0] for k in drawn.tolist()]))

    def evaluate(self, network: Scorer) -> dict[str, float]:
        """Return means over the validation networks."""
        found = [_fitness(self._method(network), *one) for one in self.valid]
        return {
            "fitness": float(np.mean([fitness for fitness, _ in found])),
            "zeta_accuracy": float(np.mean([quality.zeta_accuracy for _, quality in found])),
            "delivery": float(np.mean([quality.delivery for _, quality in found])),
            "mean_stretch": float(np.mean([quality.mean_stretch for _, quality in found])),
        }

    def export(self, network: Scorer, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory."""
        network.export(directory, info)

    def _method(self, network: Scorer) -> Method:
        net = perceptron(arrays_of(network))
        return (
            by_rule(FORWARDED, net)
            if self.kind == "forwarder"
            else by_explorer(net, self.kind == "explorer-2")
        )

    def _prepared(self, networks: list[Network], n_pairs: int) -> list[tuple[Network, Pairs, float]]:
        """Return networks with pairs, and the loss of the control."""
        found = []
        for one in networks:
            pairs = sampled_pairs(one, n_pairs, np.random.default_rng(0))
            if len(pairs):
                found.append((one, pairs, _loss(judge(pairs, self.control(one)(one, pairs).costs))))
        return found


def _fitness(method: Method, network: Network, pairs: Pairs, reference: float) -> tuple[float, Quality]:
    quality = judge(pairs, method(network, pairs).costs)
    return 1.0 - _loss(quality) / max(reference, 0.01), quality


def _loss(quality: Quality) -> float:
    return (1.0 - quality.zeta_accuracy) + ((quality.mean_stretch or 2.0) - 1.0)
