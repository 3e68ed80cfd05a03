"""The part of a half convolution that happens on edges, in plain torch and, on a CPU, as one compiled pass.

An edge-sized temporary of a training batch (320,000 edges, 64 wide) takes 82 MB, so that plain torch waits
for memory. The compiled pass reads two nodes, adds, and writes one; it keeps nothing for an edge, and the
backward pass computes it again.
"""

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


def edge_sum(
    left: Tensor, right: Tensor, weight: Tensor, rows: Tensor, columns: Tensor, values: Tensor, to_rows: bool
) -> Tensor:
    """Sum ``relu(left[row] + right[column] + value * weight)`` over the edges of each row, or of each column.

    Compiled on a CPU, plain torch elsewhere. Gradients reach ``left``, ``right`` and ``weight``.

    Parameters
    ----------
    left : float, shape (n_rows, width)
    right : float, shape (n_columns, width)
    weight : float, shape (width,)
    rows, columns : int64, shape (n_edges,)
        Ends of each edge. Any order is right; sorted by row is fastest.
    values : float, shape (n_edges, 1)
    to_rows : bool
        Whether to sum at rows.

    Returns
    -------
    float, shape (n_rows, width) or (n_columns, width)

    Raises
    ------
    IndexError
        If an edge ends outside the graph.
    """
    if left.device.type != "cpu":
        return edge_sum_torch(left, right, weight, rows, columns, values, to_rows)
    apply = cast(Callable[..., Tensor], _EdgeSum.apply)
    return apply(left, right, weight, rows, columns, values, to_rows)


def edge_sum_torch(
    left: Tensor, right: Tensor, weight: Tensor, rows: Tensor, columns: Tensor, values: Tensor, to_rows: bool
) -> Tensor:
    """:func:`edge_sum` in plain torch: on any device, with edge-sized temporaries."""
    message = torch.relu(left[rows] + right[columns] + values * weight)
    target, like = (rows, left) if to_rows else (columns, right)
    return torch.zeros_like(like).index_add(0, target, message)


class _EdgeSum(Function):
    @staticmethod
    def forward(
        ctx: Any,
        left: Tensor,
        right: Tensor,
        weight: Tensor,
        rows: Tensor,
        columns: Tensor,
        values: Tensor,
        to_rows: bool,
    ) -> Tensor:
        for ends, n, side in ((rows, left.shape[0], "row"), (columns, right.shape[0], "column")):
            if ends.numel() and (int(ends.min()) < 0 or int(ends.max()) >= n):
                raise IndexError(f"an edge ends at a {side} outside 0..{n - 1}")
        ctx.save_for_backward(left, right, weight, rows, columns, values)
        ctx.to_rows = to_rows
        total = torch.zeros_like(left if to_rows else right, memory_format=torch.contiguous_format)
        _sum_edges(to_rows, total.numpy(), *_arrays(left, right, weight, rows, columns, values))
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        left, right, weight, rows, columns, values = ctx.saved_tensors
        to_left, to_right, to_weight = (torch.zeros(t.shape, dtype=t.dtype) for t in (left, right, weight))
        _spread_gradient(
            ctx.to_rows,
            *_arrays(gradient, to_left, to_right, to_weight, left, right, weight, rows, columns, values),
        )
        return to_left, to_right, to_weight, None, None, None, None


def _arrays(*tensors: Tensor) -> list[NDArray[Any]]:
    """View tensors as contiguous arrays; a copy is made only of one that is not contiguous."""
    return [tensor.detach().contiguous().numpy() for tensor in tensors]


@fast_kernel
def _sum_edges(
    to_rows: bool,
    total: NDArray[Any],
    left: NDArray[Any],
    right: NDArray[Any],
    weight: NDArray[Any],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[Any],
) -> None:
    """Add each edge's message to ``total`` at its target."""
    zero = left.dtype.type(0)
    for edge in range(rows.shape[0]):
        i, j, value = rows[edge], columns[edge], values[edge, 0]
        at_left, at_right = left[i], right[j]
        at_target = total[i] if to_rows else total[j]
        for k in range(weight.shape[0]):
            before = at_left[k] + at_right[k] + value * weight[k]
            at_target[k] += zero if before < zero else before


@fast_kernel
def _spread_gradient(
    to_rows: bool,
    gradient: NDArray[Any],
    to_left: NDArray[Any],
    to_right: NDArray[Any],
    to_weight: NDArray[Any],
    left: NDArray[Any],
    right: NDArray[Any],
    weight: NDArray[Any],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[Any],
) -> None:
    """Add each edge's part of the gradient to both its ends and to the weight of its value."""
    zero = left.dtype.type(0)
    for edge in range(rows.shape[0]):
        i, j, value = rows[edge], columns[edge], values[edge, 0]
        at_left, at_right, add_left, add_right = left[i], right[j], to_left[i], to_right[j]
        at_target = gradient[i] if to_rows else gradient[j]
        for k in range(weight.shape[0]):
            before = at_left[k] + at_right[k] + value * weight[k]
            passed = at_target[k] if before > zero else zero
            add_left[k] += passed
            add_right[k] += passed
            to_weight[k] += value * passed
