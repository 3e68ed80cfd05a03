"""Summing the embeddings of each node's neighbours: compiled on a CPU, plain torch elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from coplug.jit import fast_kernel

from .segments import segment_ids


def neighbour_sum(embeddings: Tensor, ptr: Tensor, neighbours: Tensor) -> Tensor:
    """Return the sum over the neighbours of each node of an undirected graph.

    The adjacency matrix is symmetric, so the gradient is the same sum over what arrives.

    Parameters
    ----------
    embeddings : float, shape (n, width)
    ptr : int64, shape (n + 1,)
        The neighbours of node ``i`` are ``neighbours[ptr[i]:ptr[i + 1]]``.
    neighbours : int64, shape (n_ends,)
        Each edge from both ends.

    Returns
    -------
    float, shape (n, width)

    Raises
    ------
    IndexError
        If a neighbour is no node.
    """
    if embeddings.device.type != "cpu":
        rows = segment_ids(ptr, len(neighbours))
        return torch.zeros_like(embeddings).index_add(0, rows, embeddings[neighbours])
    n = len(embeddings)
    if len(neighbours) and (int(neighbours.min()) < 0 or int(neighbours.max()) >= n):
        raise IndexError(f"a neighbour is outside 0..{n - 1}")
    apply = cast(Callable[..., Tensor], _NeighbourSum.apply)
    return apply(embeddings, ptr, neighbours)


class _NeighbourSum(Function):
    @staticmethod
    def forward(ctx: Any, embeddings: Tensor, ptr: Tensor, neighbours: Tensor) -> Tensor:
        ctx.save_for_backward(ptr, neighbours)
        return _summed(embeddings, ptr, neighbours)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return _summed(gradient, *ctx.saved_tensors), None, None


def _summed(values: Tensor, ptr: Tensor, neighbours: Tensor) -> Tensor:
    contiguous = values.detach().contiguous()
    total = torch.zeros_like(contiguous)
    _sum(contiguous.numpy(), ptr.numpy(), neighbours.contiguous().numpy(), total.numpy())
    return total


@fast_kernel
def _sum(
    values: NDArray[Any], ptr: NDArray[np.int64], neighbours: NDArray[np.int64], total: NDArray[Any]
) -> None:
    for i in range(total.shape[0]):
        row = total[i]
        for at in range(ptr[i], ptr[i + 1]):
            other = values[neighbours[at]]
            for k in range(row.shape[0]):
                row[k] += other[k]
