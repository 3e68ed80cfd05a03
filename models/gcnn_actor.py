"""A GCNN that chooses branching variables, with a critic beside it, for policy-gradient learning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.graphs import GraphBatch
from coplug.inference.weights import load_weights
from coplug.scip.state import N_COLUMN_FEATURES, N_ROW_FEATURES

from .gcnn import GCNN, export
from .segments import segment_ids, segment_mean


class GCNNActorCritic(nn.Module):
    """Scores the candidates by :class:`~.gcnn.GCNN`; estimates the return from the means of an LP's features.

    Takes the observations of :class:`coplug.envs.scip.episodes.BranchingEpisodes`.

    Parameters
    ----------
    width : int
        Of the GCNN's embeddings and of the critic's hidden layer; ignored with ``weights``.
    weights : str
        Weights directory of a policy to start from; none if empty.

    Raises
    ------
    WeightsError
        If the weights cannot be read.
    """

    def __init__(self, width: int = 16, weights: str = "") -> None:
        super().__init__()
        tensors, config = load_weights(weights) if weights else ({}, {"width": width})
        self.actor = GCNN(config["width"])
        if weights:
            self.actor.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
        n_inputs = N_COLUMN_FEATURES + N_ROW_FEATURES + 2
        self.critic = nn.Sequential(nn.Linear(n_inputs, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """Return logits of all candidates, shape (n_actions,), and values, shape (n_graphs,)."""
        columns, rows, edges = graphs.nodes["column"], graphs.nodes["row"], graphs.edges["coefficient"]
        assert edges.features is not None
        scores = self.actor(columns.values, rows.values, edges.index[0], edges.index[1], edges.features[:, 0])
        logits: Tensor = scores[graphs.references["actions"].positions.values]
        means = [_means(part.values, part.ptr) for part in (columns, rows)]
        sizes = [part.ptr.diff().float().log1p()[:, None] for part in (columns, rows)]
        values: Tensor = self.critic(torch.cat([*means, *sizes], dim=1))
        return logits, values[:, 0]

    def export(self, directory: str | Path, info: Mapping[str, Any]) -> None:
        """Write the actor as a branching policy; the critic is not needed to act."""
        export(self.actor, directory, info)


def _means(features: Tensor, ptr: Tensor) -> Tensor:
    """Return the mean of each graph's features; NaN, an unknown value, counts as 0."""
    return segment_mean(features.nan_to_num(nan=0.0), segment_ids(ptr, len(features)), len(ptr) - 1)
