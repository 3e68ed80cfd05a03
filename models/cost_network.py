"""A multilayer perceptron from contexts to the costs of a linear program."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CostNetwork(nn.Module):
    """``known + W_L relu(... relu(W_0 (z - centre) / spread + b_0) ...) + b_L``.

    Shapes: contexts (n, n_contexts) to costs (n, n_costs).

    Parameters
    ----------
    n_contexts, n_costs : int
    width, depth : int
        Of the hidden layers, and how many there are.
    """

    centre: Tensor
    spread: Tensor
    known: Tensor

    def __init__(self, n_contexts: int, n_costs: int, width: int = 64, depth: int = 2) -> None:
        super().__init__()
        sizes = [n_contexts, *[width] * depth]
        self.layers = nn.ModuleList(
            nn.Linear(n_in, n_out) for n_in, n_out in zip(sizes, [*sizes[1:], n_costs], strict=True)
        )
        self.register_buffer("centre", torch.zeros(n_contexts))
        self.register_buffer("spread", torch.ones(n_contexts))
        self.register_buffer("known", torch.zeros(n_costs))

    @property
    def last(self) -> nn.Linear:
        """The layer that says costs."""
        layer = self.layers[-1]
        assert isinstance(layer, nn.Linear)  # all are
        return layer

    def forward(self, contexts: Tensor) -> Tensor:
        """Return costs."""
        values = (contexts - self.centre) / self.spread
        for layer in self.layers[:-1]:
            values = torch.relu(layer(values))
        costs: Tensor = self.layers[-1](values) + self.known
        return costs
