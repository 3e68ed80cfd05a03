"""A residual network that reads a graph's matrix like an image: the cheap network to compare others with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .pair_network import PairNetwork, PairNorm
from .weights_directory import export_network


class ConvolutionBlock(nn.Module):
    """Two 3 x 3 convolutions, added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = PairNorm(width)
        self.inner = nn.Conv2d(width, width, 3, padding=1)
        self.outer = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, z: Tensor, inside: Tensor) -> Tensor:
        """Update pairs (b, width, k, k); ``inside`` is 1 where both nodes exist."""
        updated: Tensor = z + inside * self.outer(inside * torch.relu(self.inner(self.norm(z))))
        return updated


class PairResNet(PairNetwork):
    """Convolutions over the matrix of pairs, with the heads of the :class:`~.pairformer.Pairformer`.

    It depends on the order of the nodes, and sees no further than a few rows and columns; a pair costs the same on
    graphs of all sizes, where it costs the Pairformer a product over all nodes. Logits are symmetric by their heads.

    Source: the torso of A. Mehrabian et al., IJCAI 2024, that their Pairformer is compared with; K. He et al., Deep
    residual learning for image recognition, CVPR 2016.

    Parameters
    ----------
    width : int
        Channels of a pair.
    depth : int
        Number of blocks.
    """

    def __init__(self, width: int = 16, depth: int = 3) -> None:
        super().__init__(width, depth)
        self.blocks = nn.ModuleList(ConvolutionBlock(width) for _ in range(depth))

    def body(self, z: Tensor, inside: Tensor, n: Tensor) -> Tensor:
        """Update the pairs by the blocks."""
        for block in self.blocks:
            z = block(z, inside)
        return z

    def export(self, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory, to compare and to look at; there is no compiled code that evaluates it."""
        export_network(self, directory, "pair-resnet", self.sizes, training=dict(info))
