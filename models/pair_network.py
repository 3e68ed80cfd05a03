"""Networks over all pairs of nodes of a graph: the layers, heads and input that they share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from coplug.inference.architectures.pairs import CHANNELS
from coplug.inference.pairformer import EPSILON, VALUE_UNIT


class PairLinear(nn.Module):
    """A linear map of the channels: (b, n_in, n, n) to (b, n_out, n, n)."""

    def __init__(self, n_in: int, n_out: int, bias: bool = False, scale: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in) * scale / n_in**0.5)
        self.bias = nn.Parameter(torch.zeros(n_out)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Map."""
        y = torch.matmul(self.weight, x.flatten(2))
        if self.bias is not None:
            y = y + self.bias[:, None]
        return y.view(x.shape[0], -1, *x.shape[2:])


class PairNorm(nn.Module):
    """Divide by the root of the mean square of the channels, which stays 0 where all are (Zhang, Sennrich 2019)."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (b, n, ...)."""
        norm = torch.rsqrt(x.square().mean(dim=1, keepdim=True) + EPSILON)
        return x * norm * self.weight.view(-1, *(1,) * (x.dim() - 2))


class PairHeads(nn.Module):
    """A logit for each pair i < j, numbered j (j - 1) / 2 + i, and a value of the whole."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = PairNorm(width)
        self.policy_inner = PairLinear(width, width, bias=True)
        self.policy_outer = PairLinear(width, 1, scale=0.1)
        self.value_pair = PairLinear(width, width, bias=True)
        self.value_inner = nn.Linear(2 * width, width)
        self.value_outer = nn.Linear(width, 1)

    def forward(self, z: Tensor, inside: Tensor, n: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits, shape (b, k (k - 1) / 2), and values, shape (b,)."""
        y = self.norm(z)
        scores = self.policy_outer(torch.relu(self.policy_inner(y)))[:, 0]
        j, i = torch.tril_indices(z.shape[2], z.shape[3], -1, device=z.device)
        logits = (scores[:, i, j] + scores[:, j, i]) / 2
        total = (inside * torch.relu(self.value_pair(y))).sum(dim=(2, 3))
        n = n.view(-1, 1)
        pooled = torch.cat([total / n**2, total / n**1.5], dim=1)
        values = self.value_outer(torch.relu(self.value_inner(pooled)))[:, 0]
        return logits, VALUE_UNIT * values


class PairNetwork(nn.Module):
    """What the networks over pairs share: input and heads; a subclass has the body between.

    Parameters
    ----------
    width : int
        Channels of a pair.
    depth : int
        Number of blocks of the body.
    """

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.sizes = {"width": width, "depth": depth}
        self.entry = PairLinear(len(CHANNELS), width, bias=True)
        self.heads = PairHeads(width)

    def body(self, z: Tensor, inside: Tensor, n: Tensor) -> Tensor:
        """Update pairs (b, width, k, k); ``inside`` is 1 where both nodes exist, ``n`` the number of nodes."""
        raise NotImplementedError

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Evaluate pictures of graphs.

        Parameters
        ----------
        pictures : float32, shape (b, len(CHANNELS), k, k)
            See :meth:`coplug.problems.extremal.game.ExtremalGame.encode`.

        Returns
        -------
        logits : float32, shape (b, k (k - 1) / 2)
            Of the pairs i < j, numbered j (j - 1) / 2 + i.
        values : float32, shape (b,)
        """
        inside = pictures[:, :1]
        n = inside[:, :, 0].sum(dim=2)[:, :, None, None]
        z = inside * self.entry(pictures)
        logits, values = self.heads(self.body(z, inside, n), inside, n)
        return logits, values
