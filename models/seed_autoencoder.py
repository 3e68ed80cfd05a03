"""Codes of seed sets, and how far the sets of codes spread."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SeedAutoencoder(nn.Module):
    """Turns sets of seeds into short codes, and codes into a score of each node.

    Parameters
    ----------
    n_nodes : int
    code : int
        Length of a code.
    width : int
        Of the hidden layers.
    """

    def __init__(self, n_nodes: int, code: int = 32, width: int = 64) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(n_nodes, width), nn.ReLU(), nn.Linear(width, code), nn.Tanh())
        self.decoder = nn.Sequential(nn.Linear(code, width), nn.ReLU(), nn.Linear(width, n_nodes))

    def encode(self, sets: Tensor) -> Tensor:
        """Return the codes of sets, float32, shape (n_sets, code), in [-1, 1].

        Parameters
        ----------
        sets : float32, shape (n_sets, n_nodes)
            1 for members.
        """
        codes: Tensor = self.encoder(sets / sets.sum(dim=1, keepdim=True).clamp(min=1).sqrt())
        return codes

    def forward(self, codes: Tensor) -> Tensor:
        """Return the logit that each node is a member, float32, shape (n_sets, n_nodes)."""
        scores: Tensor = self.decoder(codes)
        return scores


class SpreadStudent(nn.Module):
    """Tells from a code alone which share of the network its set reaches.

    Parameters
    ----------
    code : int
    width : int
    """

    def __init__(self, code: int = 32, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(code, width), nn.Softplus(), nn.Linear(width, width), nn.Softplus(), nn.Linear(width, 1)
        )

    def forward(self, codes: Tensor) -> Tensor:
        """Return shares, float32, shape (n_sets,), in (0, 1)."""
        return torch.sigmoid(self.layers(codes))[:, 0]
