"""A network over all pairs of nodes, edges or not, that does not depend on the order or number of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.errors import WeightsError
from coplug.inference.pairformer import PairformerKernel
from coplug.inference.weights import load_weights

from .pair_network import PairLinear, PairNetwork, PairNorm
from .weights_directory import arrays_of, export_network, take_over


class TriangleBlock(nn.Module):
    """A triangle update, the means of rows, and a transition.

    The update of pair ij sums products of what pairs ik and kj carry over all k, a matrix product for each channel; by
    it the network sees paths, of twice as many edges after each block. Everything is added to the pair and symmetric.

    Parameters
    ----------
    width : int
    hidden : int
        Channels within the transition.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = PairNorm(width)
        self.left, self.right = PairLinear(width, width), PairLinear(width, width)
        self.triangle_norm = PairNorm(width)
        self.triangle = PairLinear(width, width, scale=0.5)
        self.row = PairLinear(width, width, scale=0.5)
        self.transition_norm = PairNorm(width)
        self.inner = PairLinear(width, hidden, bias=True)
        self.outer = PairLinear(hidden, width, scale=0.5)

    def forward(self, z: Tensor, inside: Tensor, n: Tensor) -> Tensor:
        """Update pairs (b, width, k, k); ``inside`` is 1 where both nodes exist, ``n`` the number of nodes."""
        y = self.norm(z)
        path = torch.matmul(self.left(y), self.right(y)) / n.sqrt()
        row = self.row(y.sum(dim=3, keepdim=True) / n)
        paths = self.triangle(self.triangle_norm(path + path.transpose(2, 3)))
        z = z + inside * (paths + row + row.transpose(2, 3))
        updated: Tensor = z + inside * self.outer(torch.relu(self.inner(self.transition_norm(z))))
        return updated


class Pairformer(PairNetwork):
    """Triangle blocks over the tensor of all pairs, equivariant under permutations of the nodes.

    Source: the Evoformer's triangle multiplicative update and transition (J. Jumper et al., Highly accurate protein
    structure prediction with AlphaFold, Nature 596 (2021), Supplement 1.6), cut down as in A. Mehrabian et al., Finding
    increasingly large extremal graphs with AlphaZero and tabu search, IJCAI 2024. Their network attends along rows and
    columns; the product is the Evoformer's other triangle operation, and on a CPU the cheaper.

    Parameters
    ----------
    width : int
        Channels of a pair.
    depth : int
        Number of blocks.
    weights : str
        Weights directory to start from, of the same sizes; none if empty.

    Raises
    ------
    WeightsError
        If the weights cannot be read or have other sizes.
    """

    def __init__(self, width: int = 16, depth: int = 3, weights: str = "") -> None:
        super().__init__(width, depth)
        self.blocks = nn.ModuleList(TriangleBlock(width, width) for _ in range(depth))
        if weights:
            tensors, config = load_weights(weights, "pairformer")
            for name, size in self.sizes.items():
                if config[name] != size:
                    raise WeightsError(
                        f"{weights}: {name} is {config[name]}, expected {size}; set it to that"
                    )
            take_over(self, tensors)

    def body(self, z: Tensor, inside: Tensor, n: Tensor) -> Tensor:
        """Update the pairs by the blocks."""
        for block in self.blocks:
            z = block(z, inside, n)
        return z

    def export(self, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory; see :func:`coplug.models.weights_directory.export_network`."""
        export_network(self, directory, "pairformer", self.sizes, training=dict(info))

    def compiled(self) -> PairformerKernel:
        """Return the same network, with the weights of now, as compiled code on arrays."""
        return PairformerKernel(arrays_of(self), self.sizes["depth"])
