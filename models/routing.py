"""The perceptrons that route packets, to be trained; :mod:`coplug.problems.routing.perceptron` evaluates them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from coplug.graphs import GraphBatch
from coplug.inference.architectures.routing import FORWARDER, FRONTIER, TENSILE
from coplug.inference.weights import load_weights

from .segments import segment_ids, segment_mean
from .weights_directory import export_network, take_over

SHARPNESS = 10.0
"""Logits of candidates are minus their scores, times this."""


class Scorer(nn.Module):
    """A perceptron of two hidden layers, and a linear map beside it.

    Parameters
    ----------
    width, second_width : int
        Of the hidden layers; ignored with ``weights``.
    weights : str
        Weights directory to start from; none if empty.
    start : mapping, optional
        Weights of the linear map before training, by feature; the perceptron adds a constant then.
    start_bias : float
        That constant.

    Attributes
    ----------
    architecture : str
    features : tuple of str
    """

    architecture: ClassVar[str]
    features: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        width: int = 16,
        second_width: int = 8,
        weights: str = "",
        *,
        start: Mapping[str, float] | None = None,
        start_bias: float = 0.0,
    ) -> None:
        super().__init__()
        tensors, config = load_weights(weights, self.architecture) if weights else ({}, {})
        width, second_width = config.get("width", width), config.get("second_width", second_width)
        self.sizes: dict[str, int | bool] = {"width": width, "second_width": second_width}
        self.first = nn.Linear(len(self.features), width)
        self.second = nn.Linear(width, second_width)
        self.last = nn.Linear(second_width, 1)
        self.skip = nn.Parameter(torch.zeros(len(self.features)))
        if start:
            self.skip.data = torch.tensor([start.get(name, 0.0) for name in self.features])
            nn.init.zeros_(self.last.weight)
            nn.init.constant_(self.last.bias, start_bias)
        self._complete()
        if weights:
            take_over(self, tensors)

    def _complete(self) -> None:
        """Add what a subclass has besides, before weights are taken over."""

    def score(self, features: Tensor) -> Tensor:
        """Return the scores of candidates, shape (n,), from float32, shape (n, n_features)."""
        hidden = torch.relu(self.second(torch.relu(self.first(features))))
        scores: Tensor = self.last(hidden)[:, 0] + features @ self.skip
        return scores

    def export(self, directory: str | Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory: ``model.safetensors``, and ``config.json`` with the sizes and ``info``.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, self.architecture, self.sizes, training=dict(info))


class ForwarderScorer(Scorer):
    """Scores the neighbours of a node, less being better; begins between compass and minimum sum.

    It is an :class:`~coplug.training.policy_gradient.rollout.ActorCritic` of
    :mod:`coplug.envs.routing.episodes`; its critic sees the means of what the node sees.
    """

    architecture = "routing-forwarder"
    features = FORWARDER

    def __init__(self, width: int = 16, second_width: int = 8, weights: str = "") -> None:
        super().__init__(width, second_width, weights, start={"slack": 1.0, "turn": 0.2})

    def _complete(self) -> None:
        self.value = nn.Linear(len(FORWARDER), 1)

    def forward(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """Return logits of all neighbours, shape (n_actions,), and values, shape (n_graphs,)."""
        nodes = graphs.nodes["neighbour"]
        means = segment_mean(nodes.values, segment_ids(nodes.ptr, len(nodes.values)), graphs.n_graphs)
        logits = -SHARPNESS * self.score(nodes.values)
        return logits[graphs.references["actions"].positions.values], self.value(means)[:, 0]


class ExplorerScorer(Scorer):
    """Estimates what the way from a node of the frontier is longer than the straight line.

    Where nodes know two hops it is a share of that line, and begins larger where nodes have few neighbours; where they
    know one it is in radii, and begins with the turn and a small share.

    Parameters
    ----------
    width, second_width, weights
        See :class:`Scorer`.
    two_hops : bool
        Whether nodes know the links of their neighbours.
    """

    architecture = "routing-explorer"
    features = FRONTIER

    def __init__(
        self, width: int = 16, second_width: int = 8, weights: str = "", two_hops: bool = True
    ) -> None:
        start = {"degree_at_start": -1.5} if two_hops else {"turn": 0.2, "remaining": 0.12}
        super().__init__(width, second_width, weights, start=start, start_bias=1.7 if two_hops else 0.0)
        self.sizes = {**self.sizes, "two_hops": two_hops}
        self.two_hops = two_hops


class TensileScorer(Scorer):
    """The paper's perceptron: estimates minus the length of the way over a neighbour; there is no linear map beside it.

    Parameters
    ----------
    width, second_width : int
        The paper's are 50 and 1 times the number of inputs.
    """

    architecture = "routing-tensile"
    features = TENSILE

    def __init__(self, width: int = 200, second_width: int = 4) -> None:
        super().__init__(width, second_width)
        self.skip.requires_grad_(False)


class TensileMembers(nn.Module):
    """Several of the paper's perceptrons, which begin differently: some runs die, and the best one is kept.

    Parameters
    ----------
    members : int
    width, second_width : int
        See :class:`TensileScorer`.

    Attributes
    ----------
    members : ModuleList of TensileScorer
    best : int
        Which one is exported.
    """

    def __init__(self, members: int = 5, width: int = 200, second_width: int = 4) -> None:
        super().__init__()
        self.members = nn.ModuleList(TensileScorer(width, second_width) for _ in range(members))
        self.best = 0

    def export(self, directory: str | Path, info: Mapping[str, Any]) -> None:
        """Write the best member; see :meth:`Scorer.export`."""
        member = self.members[self.best]
        assert isinstance(member, TensileScorer)
        member.export(directory, info)
