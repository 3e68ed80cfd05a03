"""The comparator of Brusca et al.: an estimate of the size of a graph's largest independent set, to compare two graphs.

Source: L. Brusca, L. Quaedvlieg, S. Skoulakis, G. Chrysos, V. Cevher, Maximum Independent Set: Self-Training through
Dynamic Programming, NeurIPS 2023: three rounds of messages from neighbours and from anti-neighbours, starting from
zero.
Other than there: ReLU for GELU; isolated nodes count 1 and send no messages; the estimate is the sum over nodes of
their shares in [0, 1], not a function of the mean embedding. Two graphs that differ in few nodes then differ by what
these add, however large the rest is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.inference.architectures.mis_comparator import WIDTH
from coplug.inference.comparator import FAR_SCALE, NEAR_SCALE

from .weights_directory import export_network

FIRST_SHARE_LOGIT = -2.0
"""Bias of the output before training: a node in eight is in the set."""


class Round(nn.Module):
    """One round of messages: ``LayerNorm(ReLU(W0 h_v + W1 sum of N(v) + W2 sum of the others + b))``.

    Parameters
    ----------
    first : bool
        Embeddings are zero, so there is the bias alone.
    """

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        if not first:
            self.own, self.near, self.far = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(3))
        self.bias = nn.Parameter(torch.empty(WIDTH).uniform_(-1.0, 1.0))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, states: Tensor, adjacency: Tensor) -> Tensor:
        """Return the next embeddings, shape (b, n, WIDTH); those of nodes that are not there stay to be masked."""
        if not hasattr(self, "own"):
            constant: Tensor = self.norm(self.bias.relu())
            return constant.expand(*states.shape)
        near = adjacency @ states
        far = states.sum(dim=1, keepdim=True) - states - near
        messages = self.near(near * float(NEAR_SCALE)) + self.far(far * float(FAR_SCALE))
        following: Tensor = self.norm((self.own(states) + messages + self.bias).relu())
        return following


class ComparatorNetwork(nn.Module):
    """Estimates the size of a maximum independent set.

    Attributes
    ----------
    scale : Parameter, shape ()
        Of two estimates, the logits of a comparison are their ``exp(scale)``-fold.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rounds = nn.ModuleList([Round(first=True), Round(first=False), Round(first=False)])
        self.hidden = nn.Linear(WIDTH, WIDTH)
        self.output = nn.Linear(WIDTH, 1)
        self.scale = nn.Parameter(torch.ones(()))
        nn.init.constant_(self.output.bias, FIRST_SHARE_LOGIT)

    def forward(self, adjacency: Tensor, there: Tensor) -> Tensor:
        """Estimate the sizes of a batch of graphs.

        Parameters
        ----------
        adjacency : float, shape (b, n, n)
            1 for edges, in both directions; edges of nodes that are not there are left out of account.
        there : float, shape (b, n)
            1 for nodes of the graph, 0 for padding and removed nodes.

        Returns
        -------
        float, shape (b,)
        """
        is_linked = there * ((adjacency @ there[..., None])[..., 0] > 0)
        mask = is_linked[..., None]
        states = adjacency.new_zeros((*there.shape, WIDTH))
        for messages in self.rounds:
            states = messages(states, adjacency) * mask
        shares = self.output(self.hidden(states).relu())[..., 0].sigmoid()
        sizes: Tensor = (there - is_linked).sum(dim=1) + (shares * is_linked).sum(dim=1)
        return sizes

    def export(self, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory: ``model.safetensors``, and ``config.json`` with ``info``.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, "mis-comparator", {}, **info)
