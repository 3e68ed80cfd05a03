"""A network that chooses the next seed of a diffusion, for policy gradients."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.graphs import GraphBatch
from coplug.inference.architectures.seed_policy import N_FEATURES

from .segments import segment_ids, segment_mean, segment_sum
from .weights_directory import export_network

VALUE_SCALE = 50.0
"""The critic's unit: returns are in percent of the nodes."""


class SeedRound(nn.Module):
    """A residual round of messages against the arcs: what a node may influence tells it of itself.

    ``h_u + relu(own h_u + around sum_v p_uv h_v / sqrt(1 + sum_v p_uv))``.

    Parameters
    ----------
    width : int
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.own = nn.Linear(width, width)
        self.around = nn.Linear(width, width, bias=False)

    def forward(self, hidden: Tensor, tails: Tensor, heads: Tensor, chances: Tensor, scale: Tensor) -> Tensor:
        """Return new embeddings, shape (n_nodes, width); arguments as :meth:`SeedPolicy.embed` computes them."""
        passed = segment_sum(hidden[heads] * chances, tails, len(hidden)) * scale
        return hidden + torch.relu(self.own(hidden) + self.around(passed))


class SeedPolicy(nn.Module):
    """Scores the nodes that may become the next seed, and estimates what all further seeds will add.

    Takes the observations of :class:`coplug.problems.influence.episodes.SeedEpisodes`. It is an
    :class:`~coplug.training.policy_gradient.rollout.ActorCritic`. No part of it depends on the number of nodes.

    Parameters
    ----------
    width : int
        Of the embeddings.
    depth : int
        Rounds of message passing.
    """

    def __init__(self, width: int = 16, depth: int = 2) -> None:
        super().__init__()
        self.sizes = {"width": width, "depth": depth}
        self.embedding = nn.Linear(N_FEATURES, width)
        self.rounds = nn.ModuleList(SeedRound(width) for _ in range(depth))
        self.score = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1, bias=False))
        self.value = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """Return logits of all actions, shape (n_actions,), and values, shape (n_graphs,)."""
        hidden = self.embed(graphs)
        nodes, actions = graphs.nodes["node"], graphs.references["actions"].positions
        mean = segment_mean(hidden, segment_ids(nodes.ptr, len(hidden)), graphs.n_graphs)
        return self.score(hidden)[actions.values, 0], VALUE_SCALE * self.value(mean)[:, 0]

    def embed(self, graphs: GraphBatch[Tensor]) -> Tensor:
        """Return the embedding of each node, shape (n_nodes, width)."""
        nodes, edges = graphs.nodes["node"], graphs.edges["edge"]
        assert edges.features is not None
        tails, heads = edges.index
        scale = (1 + segment_sum(edges.features, tails, len(nodes.values))).rsqrt()
        hidden = torch.relu(self.embedding(nodes.values))
        for layer in self.rounds:
            hidden = layer(hidden, tails, heads, edges.features, scale)
        return hidden

    def export(self, directory: str | Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory: ``model.safetensors``, and ``config.json`` with the sizes and ``info``.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, "seed-policy", self.sizes, training=dict(info))
