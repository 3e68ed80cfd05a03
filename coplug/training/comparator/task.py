"""The self-training task of a comparator: roots, pairs, loss, and the ratio of its sets on held-out graphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from coplug.errors import RecipeError
from coplug.families import generate_instances
from coplug.graphs import GraphBatch, Graphs, collate
from coplug.graphs.graph import Graph
from coplug.inference.comparator import Comparator, make_comparator
from coplug.models.comparator import ComparatorNetwork
from coplug.problems.mis import local_search
from coplug.problems.mis.acting import build_sets, uniform
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.recursion import RULES, largest_of
from coplug.training.comparator.labels import ROLL_OUTS, labelled_pairs

REFERENCE_WORK = 30_000_000
"""List entries that the local search reads for the reference of a validation graph: some tenths of a second."""

MAX_SEED = 2**31


class ComparatorTask:
    """What a comparator teaches itself; see :class:`coplug.training.self_training.SelfTrainingTask`.

    Parameters
    ----------
    families : str
        Families of graphs and their sizes, such as ``rb:easy special:easy``; roots are drawn from each in turn.
    rule : str
        One of :data:`coplug.problems.mis.recursion.RULES`.
    roll_outs : str
        One of :data:`coplug.training.comparator.labels.ROLL_OUTS`.
    n_roots, n_pairs, n_rollouts : int
        Roots of a training step, pairs of each, roll-outs that label a graph.
    tie : float
        The target of the second graph of a pair where both are as large, in [0, 1]: 0.5 in the paper. With 1, by the
        rule out or in, the pivot is only left out where that is expected to be better.
    regression : float
        Weight of the squared difference between estimate and label, beside the cross-entropy of comparisons.
    valid_graphs, valid_seed : int
        Graphs of each family by which epochs are compared.

    Raises
    ------
    RecipeError, UsageError
        If an argument is unknown or out of range.
    """

    metric = "ratio"
    maximize = True

    def __init__(
        self,
        families: str = "rb:easy",
        rule: str = "out-or-in",
        roll_outs: str = "mixed",
        n_roots: int = 4,
        n_pairs: int = 8,
        n_rollouts: int = 3,
        tie: float = 0.5,
        regression: float = 0.003,
        valid_graphs: int = 32,
        valid_seed: int = 777,
    ) -> None:
        for name, value, choices in (("rule", rule, RULES), ("roll_outs", roll_outs, ROLL_OUTS)):
            if value not in choices:
                raise RecipeError(f"{name} is {value!r}, expected one of {', '.join(choices)}")
        counts = {
            "n_roots": n_roots,
            "n_pairs": n_pairs,
            "n_rollouts": n_rollouts,
            "valid_graphs": valid_graphs,
        }
        for name, count in counts.items():
            if count < 1:
                raise RecipeError(f"{name} is {count}, expected at least 1")
        self.families = [_family(entry) for entry in families.split()]
        if not self.families:
            raise RecipeError("families is empty, expected entries such as rb:easy")
        self.rule, self.rule_name = RULES[rule], rule
        self.roll_outs = roll_outs
        self.n_roots, self.n_pairs, self.n_rollouts = n_roots, n_pairs, n_rollouts
        if not 0 <= tie <= 1:
            raise RecipeError(f"tie is {tie}, expected 0 to 1")
        self.tie, self.regression = tie, regression
        self.valid = [
            drawn.instance
            for family, size in self.families
            for drawn in generate_instances(family, valid_graphs, valid_seed, size)
        ]
        self.references = [_reference(graph) for graph in self.valid]

    def label(self, network: ComparatorNetwork, rng: np.random.Generator) -> Graphs:
        """Draw roots, and label pairs of each."""
        net = compiled(network)
        return collate(
            [
                labelled_pairs(
                    net,
                    root,
                    rule=self.rule,
                    n_pairs=self.n_pairs,
                    n_rollouts=self.n_rollouts,
                    roll_outs=self.roll_outs,
                    rng=rng,
                )
                for root in self._roots(rng)
            ]
        )

    def loss(self, network: ComparatorNetwork, graphs: GraphBatch[Tensor]) -> Tensor:
        """Return the cross-entropy of comparisons, and the squared error of estimates with its weight."""
        sizes = graphs.extras["size"].values
        adjacency, flags = dense(graphs)
        estimates = torch.stack([network(adjacency, flags[:, :, side]) for side in (0, 1)], dim=1)
        is_in = torch.where(sizes[:, 1] == sizes[:, 0], self.tie, (sizes[:, 1] > sizes[:, 0]).float())
        wanted = torch.stack([1 - is_in, is_in], dim=1)
        compared = -(wanted * log_softmax(estimates * network.scale.exp(), dim=1)).sum(dim=1).mean()
        return compared + self.regression * (estimates - sizes).square().mean()

    def evaluate(self, network: ComparatorNetwork) -> dict[str, float]:
        """Return ratios of one roll-out, and of the larger of that and greedy, to what a local search finds."""
        net = compiled(network)
        alone = [
            np.count_nonzero(largest_of(net, graph, self.rule, 1, seed))
            for seed, graph in enumerate(self.valid)
        ]
        greedy = [np.count_nonzero(min_degree_greedy(graph)) for graph in self.valid]
        references = np.array(self.references)
        return {
            "ratio": float(np.mean(alone / references)),
            "mixed_ratio": float(np.mean(np.maximum(alone, greedy) / references)),
            "greedy_ratio": float(np.mean(greedy / references)),
        }

    def baselines(self) -> dict[str, float]:
        """Return the same ratio of ``random`` sets and of ``min-degree`` greedy."""
        ways = {
            "random": build_sets(uniform, self.valid, samples=1, rng=np.random.default_rng(0)),
            "min-degree": [min_degree_greedy(graph) for graph in self.valid],
        }
        sizes = {name: np.array([np.count_nonzero(s) for s in sets]) for name, sets in ways.items()}
        return {name: float(np.mean(found / np.array(self.references))) for name, found in sizes.items()}

    def export(self, network: ComparatorNetwork, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory."""
        families = [f"{family}:{size}" for family, size in self.families]
        network.export(
            directory,
            {
                "problem": "mis",
                "rule": self.rule_name,
                "training": {"families": families, **info},
            },
        )

    def _roots(self, rng: np.random.Generator) -> Iterator[Graph]:
        for number in range(self.n_roots):
            family, size = self.families[number % len(self.families)]
            seed = int(rng.integers(MAX_SEED))
            yield from (drawn.instance for drawn in generate_instances(family, 1, seed, size))


def compiled(network: ComparatorNetwork) -> Comparator:
    """Return a network's weights as the kernels take them."""
    return make_comparator({name: tensor.numpy(force=True) for name, tensor in network.state_dict().items()})


def dense(graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
    """Return adjacency matrices, float32, shape (b, n, n), and flags, float32, shape (b, n, 2), both padded by 0."""
    nodes, edges = graphs.nodes["node"], graphs.edges["edge"]
    lengths = nodes.ptr.diff()
    n_graphs, n = len(lengths), int(lengths.max())
    owner = torch.repeat_interleave(torch.arange(n_graphs, device=lengths.device), lengths)
    place = torch.arange(len(owner), device=lengths.device) - nodes.ptr[owner]
    flags = nodes.values.new_zeros((n_graphs, n, 2), dtype=torch.float32)
    flags[owner, place] = nodes.values.float()
    adjacency = flags.new_zeros((n_graphs, n, n))
    tails, heads = edges.index
    adjacency[owner[tails], place[tails], place[heads]] = 1.0
    adjacency[owner[tails], place[heads], place[tails]] = 1.0
    return adjacency, flags


def _family(entry: str) -> tuple[str, str]:
    family, colon, size = entry.partition(":")
    if not (family and colon and size):
        raise RecipeError(f"families has {entry!r}, expected FAMILY:SIZE such as rb:easy")
    return family, size


def _reference(graph: Graph) -> int:
    state = local_search.start(graph, min_degree_greedy(graph), 0)
    local_search.run(state, REFERENCE_WORK, 2**40, graph.n_nodes)
    return int(state.counts[local_search.BEST])
