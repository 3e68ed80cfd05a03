"""A GCNN that chooses branching variables, with a critic beside it, for policy-gradient learning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.contracts.node import COLUMN_FEATURES, N_COLUMN_FEATURES, N_ROW_FEATURES
from coplug.graphs import GraphBatch

from .gcnn import GCNN, export, load
from .segments import segment_ids, segment_mean, segment_sum

CRITIC_WIDTH = 64
"""Of the critic's hidden layers: it is not shipped."""

_OBJECTIVE, _VALUE, _INCUMBENT = map(
    COLUMN_FEATURES.index, ("objective", "solution_value", "incumbent_value")
)
_LEAST_GAP = 1e-5  # relative; a node with less is about to be pruned


class GCNNActorCritic(nn.Module):
    """Scores the candidates by :class:`~.gcnn.GCNN`; estimates the return from gap and mean features of an LP.

    Takes the observations of :class:`coplug.problems.milp.episodes.BranchingEpisodes`.

    Parameters
    ----------
    width : int
        Of the GCNN's embeddings; ignored with ``weights``.
    weights : str
        Shipped policy or weights directory to start from; none if empty.

    Raises
    ------
    WeightsError
        If the weights cannot be read.
    """

    def __init__(self, width: int = 16, weights: str = "") -> None:
        super().__init__()
        self.actor = load(weights) if weights else GCNN(width)
        n_inputs = N_COLUMN_FEATURES + N_ROW_FEATURES + 4
        self.critic = nn.Sequential(
            nn.Linear(n_inputs, CRITIC_WIDTH),
            nn.ReLU(),
            nn.Linear(CRITIC_WIDTH, CRITIC_WIDTH),
            nn.ReLU(),
            nn.Linear(CRITIC_WIDTH, 1),
        )

    def forward(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """Return logits of all candidates, shape (n_actions,), and values, shape (n_graphs,)."""
        columns, rows, edges = graphs.nodes["column"], graphs.nodes["row"], graphs.edges["coefficient"]
        assert edges.features is not None
        scores = self.actor(columns.values, rows.values, edges.index[0], edges.index[1], edges.features[:, 0])
        logits: Tensor = scores[graphs.references["actions"].positions.values]
        means = [_means(part.values, part.ptr) for part in (columns, rows)]
        sizes = [part.ptr.diff().float().log1p()[:, None] for part in (columns, rows)]
        values: Tensor = self.critic(torch.cat([*means, *sizes, _gaps(columns.values, columns.ptr)], dim=1))
        return logits, values[:, 0]

    def export(self, directory: str | Path, info: Mapping[str, Any]) -> None:
        """Write the actor as a branching policy; the critic is not needed to act."""
        export(self.actor, directory, info)


def _means(features: Tensor, ptr: Tensor) -> Tensor:
    """Return the mean of each graph's features; NaN, an unknown value, counts as 0."""
    return segment_mean(features.nan_to_num(nan=0.0), segment_ids(ptr, len(features)), len(ptr) - 1)


def _gaps(columns: Tensor, ptr: Tensor) -> Tensor:
    """Return log10 of the relative gap between LP and incumbent, 0 without one, and whether there is one, shape (n, 2).

    The size of a subtree depends on nothing as much as on its gap.
    """
    segment, n = segment_ids(ptr, len(columns)), len(ptr) - 1
    objective, value, incumbent = columns[:, _OBJECTIVE], columns[:, _VALUE], columns[:, _INCUMBENT]
    bound = segment_sum(objective * value, segment, n)
    gap = segment_sum(objective * incumbent, segment, n) - bound
    relative = (gap / bound.abs().clamp(min=1e-9)).clamp(min=_LEAST_GAP).log10()
    known = ~gap.isnan()
    return torch.stack([torch.where(known, relative, 0.0), known.to(relative.dtype)], dim=1)
