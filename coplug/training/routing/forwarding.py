"""Forwarding to a neighbour as whoever knows the whole network would."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.errors import RecipeError
from coplug.inference.architectures.routing import FORWARDER
from coplug.models.routing import SHARPNESS, Scorer
from coplug.models.segments import segment_ids, segment_max, segment_sum
from coplug.models.weights_directory import arrays_of
from coplug.problems.routing.features import neighbour_features
from coplug.problems.routing.judging import judge, sampled_pairs
from coplug.problems.routing.learned import perceptron
from coplug.problems.routing.methods import Method, by_rule
from coplug.problems.routing.network import Network
from coplug.problems.routing.rules import COMPASS, FORWARDED, MIN_SUM
from coplug.problems.routing.shortest import shortest_to
from coplug.problems.routing.walks import distances_to
from coplug.training.reporter import Reporter

from .networks import drawn_networks

MOST_REGRET = 5.0
"""Radii: one hopeless candidate must not outweigh all others."""


class Examples(NamedTuple):
    """Decisions, and what each candidate is worth.

    Attributes
    ----------
    ptr : int64, shape (n_decisions + 1,)
    features : float32, shape (n_candidates, n_features)
    regret : float32, shape (n_candidates,)
        What the way over a candidate is longer than over the best, in radii.
    """

    ptr: NDArray[np.int64]
    features: NDArray[np.float32]
    regret: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Batch:
    """Some decisions as tensors; see :class:`Examples`."""

    features: Tensor
    regret: Tensor
    decision: Tensor
    n_decisions: int


class ForwardingTask:
    """Imitate shortest paths where only neighbours are seen; a :class:`~..supervised.SupervisedTask`.

    Examples are all nodes of the training networks, for all destinations.

    The loss is the expected regret of a choice by softmax: a wrong choice costs what it makes the way longer, and one
    that does not matter costs nothing.

    Parameters
    ----------
    n_nodes : int
        Of a training network.
    densities : str
        Of the training networks, one after the other; a number with ``h`` before is of the hyperbolic family.
    n_networks : int
        Training networks of each density.
    seed : int
        Of the training networks.
    valid_nodes, valid_densities, valid_networks, valid_seed
        The same of the networks by which epochs are compared.
    metric : {"mean_stretch", "zeta_accuracy"}
        By which epochs are compared.

    Raises
    ------
    RecipeError, UsageError
        If an argument is unknown or out of range.
    """

    def __init__(
        self,
        n_nodes: int = 50,
        densities: str = "5",
        n_networks: int = 1,
        seed: int = 0,
        valid_nodes: int = 100,
        valid_densities: str = "2 3 4 5",
        valid_networks: int = 4,
        valid_seed: int = 1_000_000,
        metric: str = "zeta_accuracy",
    ) -> None:
        if metric not in ("mean_stretch", "zeta_accuracy"):
            raise RecipeError(f"metric is {metric!r}, expected mean_stretch or zeta_accuracy")
        self.metric, self.maximize = metric, metric == "zeta_accuracy"
        networks = drawn_networks(n_nodes, densities, n_networks, seed)
        self.examples = joined([examples_of(one) for one in networks])
        self.valid = [
            (one, sampled_pairs(one, 2000, np.random.default_rng(0)))
            for one in drawn_networks(valid_nodes, valid_densities, valid_networks, valid_seed)
        ]

    def __len__(self) -> int:
        """Return the number of decisions."""
        return len(self.examples.ptr) - 1

    def prepare(self, network: Scorer, reporter: Reporter) -> None:
        """Say what is learned from."""
        reporter.message(f"{len(self)} decisions among {self.examples.ptr[-1]} candidates")

    def batches(self, groups: Iterable[Sequence[int]], device: torch.device) -> Iterator[Batch]:
        """Yield a batch for each group of decisions."""
        ptr = self.examples.ptr
        for group in groups:
            picked = [np.arange(ptr[i], ptr[i + 1]) for i in group]
            rows = np.concatenate(picked)
            sizes = torch.tensor([0, *(len(part) for part in picked)]).cumsum(0)
            features, regret = (torch.from_numpy(array[rows]).to(device) for array in self.examples[1:])
            yield Batch(features, regret, segment_ids(sizes, len(rows)).to(device), len(group))

    def loss(self, network: Scorer, batch: Batch) -> Tensor:
        """Return the mean expected regret."""
        logits = -SHARPNESS * network.score(batch.features)
        most = segment_max(logits.detach(), batch.decision, batch.n_decisions)
        weights = (logits - most[batch.decision]).exp()
        total = segment_sum(weights, batch.decision, batch.n_decisions)
        expected = segment_sum(weights * batch.regret, batch.decision, batch.n_decisions) / total
        return expected.mean()

    def contents(self, batch: Batch) -> Mapping[str, Any]:
        """Return the batch."""
        return vars(batch)

    def evaluate(self, network: Scorer) -> dict[str, float]:
        """Return the means over the validation networks of zeta-accuracy, delivery and stretch."""
        return self._measured(by_rule(FORWARDED, perceptron(arrays_of(network))))

    def baselines(self) -> dict[str, float]:
        """Return the metric of compass and minimum sum."""
        ways = {"compass": by_rule(COMPASS), "min-sum": by_rule(MIN_SUM)}
        return {name: self._measured(way)[self.metric] for name, way in ways.items()}

    def _measured(self, method: Method) -> dict[str, float]:
        found = [judge(pairs, method(one, pairs).costs) for one, pairs in self.valid]
        return {
            "zeta_accuracy": float(np.mean([quality.zeta_accuracy for quality in found])),
            "delivery": float(np.mean([quality.delivery for quality in found])),
            "mean_stretch": float(np.mean([quality.mean_stretch or np.nan for quality in found])),
        }

    def export(self, network: Scorer, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory."""
        network.export(directory, info)


def examples_of(network: Network) -> Examples:
    """Return every choice of a neighbour, for all connected pairs that are no neighbours."""
    links, rows, regret, sizes = network.links, [], [], [0]
    out = np.zeros((int(np.diff(links.ptr).max(initial=1)), len(FORWARDER)), np.float32)
    for dest in range(network.n_nodes):
        left, to_dest = shortest_to(links, dest)[0], distances_to(links, dest)
        for node in range(network.n_nodes):
            part = slice(links.ptr[node], links.ptr[node + 1])
            ends = links.ends[part]
            if node == dest or not np.isfinite(left[node]) or dest in ends:
                continue
            count = neighbour_features(links, node, to_dest, out)
            truth = (links.spans[part] + left[ends]) / links.radius
            rows.append(out[:count].copy())
            regret.append(truth - truth.min())
            sizes.append(count)
    values = np.minimum(np.concatenate(regret), MOST_REGRET).astype(np.float32)
    return Examples(np.cumsum(sizes), np.concatenate(rows), values)


def joined(parts: Sequence[Examples]) -> Examples:
    """Return the examples of several sources as one."""
    sizes = np.concatenate([np.diff(part.ptr) for part in parts])
    features, regret = (np.concatenate([part[k] for part in parts]) for k in (1, 2))
    return Examples(np.concatenate([[0], np.cumsum(sizes)]), features, regret)
