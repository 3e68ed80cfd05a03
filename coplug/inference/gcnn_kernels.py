"""The compiled loops of the GCNN's forward pass: dense products at nodes, and one pass over the edges.

Arrays of embeddings are C-contiguous float32 with a row a node. A row is as long as the network is wide,
rounded up to :data:`LANES`; the padding holds zeros because the weights that make it are zero. Arrays of
nodes have at least :data:`SPARE_ROWS` rows more than there are nodes, which the dense product writes and
nobody reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.inference.simd import LANES, add, load, multiply_add, positive_part, splat, store
from coplug.jit import fast_kernel

Float32 = NDArray[np.float32]

PANEL = 2 * LANES
SPARE_ROWS = 5

_ZERO = np.float32(0)


@fast_kernel
def dense(x: Float32, n: int, layer: Float32, onto: bool, relu: bool, y: Float32) -> None:
    """Compute ``y[:n] = x[:n] @ layer[:-1] + layer[-1]``, or ``y[:n] += x[:n] @ layer`` if ``onto``.

    Parameters
    ----------
    x : float32, shape (at least n + SPARE_ROWS, at least k)
    n : int
    layer : float32, shape (k + 1, m), or (k, m) if ``onto``
        ``m`` is a multiple of LANES; the last row is the bias, unless ``onto``.
    onto : bool
    relu : bool
        Whether negative results become 0.
    y : float32, shape (at least n + SPARE_ROWS, m)
    """
    m = layer.shape[1]
    last = m - m % PANEL
    for j in range(0, last, PANEL):
        _dense_panel(x, n, layer, onto, relu, y, j)
    if last < m:
        _dense_half(x, n, layer, onto, relu, y, last)


@fast_kernel
def _dense_panel(x: Float32, n: int, layer: Float32, onto: bool, relu: bool, y: Float32, j: int) -> None:
    """Compute PANEL outputs from the ``j``-th on, in blocks of 3 nodes.

    6 sums and 2 weights fill the 16 registers of AVX2, and 6 sums are enough to hide the latency of an AVX-512
    multiply-add.
    """
    m, y_stride = layer.shape[1], y.shape[1]
    k = layer.shape[0] if onto else layer.shape[0] - 1
    for i in range(0, n, 3):
        y_0 = i * y_stride + j
        y_1, y_2 = y_0 + y_stride, y_0 + 2 * y_stride
        if onto:
            a_0, a_1, a_2 = load(y, y_0), load(y, y_1), load(y, y_2)
            b_0, b_1, b_2 = load(y, y_0 + LANES), load(y, y_1 + LANES), load(y, y_2 + LANES)
        else:
            a_0 = load(layer, k * m + j)
            b_0 = load(layer, k * m + j + LANES)
            a_1, a_2, b_1, b_2 = a_0, a_0, b_0, b_0
        for p in range(k):
            weight_a, weight_b = load(layer, p * m + j), load(layer, p * m + j + LANES)
            x_0, x_1, x_2 = splat(x[i, p]), splat(x[i + 1, p]), splat(x[i + 2, p])
            a_0, b_0 = multiply_add(x_0, weight_a, a_0), multiply_add(x_0, weight_b, b_0)
            a_1, b_1 = multiply_add(x_1, weight_a, a_1), multiply_add(x_1, weight_b, b_1)
            a_2, b_2 = multiply_add(x_2, weight_a, a_2), multiply_add(x_2, weight_b, b_2)
        if relu:
            a_0, a_1, a_2 = positive_part(a_0), positive_part(a_1), positive_part(a_2)
            b_0, b_1, b_2 = positive_part(b_0), positive_part(b_1), positive_part(b_2)
        store(y, y_0, a_0)
        store(y, y_1, a_1)
        store(y, y_2, a_2)
        store(y, y_0 + LANES, b_0)
        store(y, y_1 + LANES, b_1)
        store(y, y_2 + LANES, b_2)


@fast_kernel
def _dense_half(x: Float32, n: int, layer: Float32, onto: bool, relu: bool, y: Float32, j: int) -> None:
    """Compute the last LANES outputs, from the ``j``-th on, in blocks of 6 nodes: 6 sums again."""
    m, y_stride = layer.shape[1], y.shape[1]
    k = layer.shape[0] if onto else layer.shape[0] - 1
    for i in range(0, n, 6):
        y_0 = i * y_stride + j
        y_1, y_2, y_3 = y_0 + y_stride, y_0 + 2 * y_stride, y_0 + 3 * y_stride
        y_4, y_5 = y_3 + y_stride, y_3 + 2 * y_stride
        if onto:
            a_0, a_1, a_2 = load(y, y_0), load(y, y_1), load(y, y_2)
            a_3, a_4, a_5 = load(y, y_3), load(y, y_4), load(y, y_5)
        else:
            a_0 = load(layer, k * m + j)
            a_1, a_2, a_3, a_4, a_5 = a_0, a_0, a_0, a_0, a_0
        for p in range(k):
            weight = load(layer, p * m + j)
            a_0 = multiply_add(splat(x[i, p]), weight, a_0)
            a_1 = multiply_add(splat(x[i + 1, p]), weight, a_1)
            a_2 = multiply_add(splat(x[i + 2, p]), weight, a_2)
            a_3 = multiply_add(splat(x[i + 3, p]), weight, a_3)
            a_4 = multiply_add(splat(x[i + 4, p]), weight, a_4)
            a_5 = multiply_add(splat(x[i + 5, p]), weight, a_5)
        if relu:
            a_0, a_1, a_2 = positive_part(a_0), positive_part(a_1), positive_part(a_2)
            a_3, a_4, a_5 = positive_part(a_3), positive_part(a_4), positive_part(a_5)
        store(y, y_0, a_0)
        store(y, y_1, a_1)
        store(y, y_2, a_2)
        store(y, y_3, a_3)
        store(y, y_4, a_4)
        store(y, y_5, a_5)


@fast_kernel
def _message(fixed: Any, gathered: Any, value: Any, weight: Any) -> Any:
    """Return ``relu(fixed + gathered + value * weight)``, all vectors."""
    return positive_part(multiply_add(value, weight, add(fixed, gathered)))


@fast_kernel
def sum_messages(
    targets: NDArray[np.int64],
    ptr: NDArray[np.int64],
    neighbours: NDArray[np.int32],
    values: Float32,
    fixed: Float32,
    gathered: Float32,
    weight: Float32,
    width: int,
    sums: Float32,
) -> None:
    """Write ``sum(relu(fixed[i] + gathered[neighbour] + value * weight))`` to ``sums[i]``.

    The sum runs over the edges of ``targets[i]``. Their number follows it, at ``sums[i, width]``.

    Parameters
    ----------
    targets : int64, shape (n,)
    ptr : int64, shape (number of possible targets + 1,)
        The edges of target ``t`` are ``ptr[t]:ptr[t + 1]``.
    neighbours : int32, shape (n_edges,)
        The other end of each edge.
    values : float32, shape (n_edges,)
    fixed : float32, shape (at least n, m)
        One row for each of ``targets``.
    gathered : float32, shape (number of neighbours, m)
        ``m`` is a multiple of LANES.
    weight : float32, shape (1, m)
    width : int
        Of the network, without padding.
    sums : float32, shape (at least n, more than m)
    """
    m, stride = gathered.shape[1], sums.shape[1]
    last_panel = m - m % PANEL
    zero = splat(_ZERO)
    for i in range(targets.shape[0]):
        first, last = ptr[targets[i]], ptr[targets[i] + 1]
        for j in range(0, last_panel, PANEL):
            fixed_a, fixed_b = load(fixed, i * m + j), load(fixed, i * m + j + LANES)
            weight_a, weight_b = load(weight, j), load(weight, j + LANES)
            sum_a, sum_b = zero, zero
            for edge in range(first, last):
                at = neighbours[edge] * m + j
                value = splat(values[edge])
                sum_a = add(sum_a, _message(fixed_a, load(gathered, at), value, weight_a))
                sum_b = add(sum_b, _message(fixed_b, load(gathered, at + LANES), value, weight_b))
            store(sums, i * stride + j, sum_a)
            store(sums, i * stride + j + LANES, sum_b)
        if last_panel < m:
            fixed_a, weight_a = load(fixed, i * m + last_panel), load(weight, last_panel)
            sum_a, sum_b = zero, zero  # of every other edge: one sum alone would wait for each addition
            for edge in range(first, last - 1, 2):
                left = load(gathered, neighbours[edge] * m + last_panel)
                right = load(gathered, neighbours[edge + 1] * m + last_panel)
                sum_a = add(sum_a, _message(fixed_a, left, splat(values[edge]), weight_a))
                sum_b = add(sum_b, _message(fixed_a, right, splat(values[edge + 1]), weight_a))
            if (last - first) % 2 == 1:
                left = load(gathered, neighbours[last - 1] * m + last_panel)
                sum_a = add(sum_a, _message(fixed_a, left, splat(values[last - 1]), weight_a))
            store(sums, i * stride + last_panel, add(sum_a, sum_b))
        sums[i, width] = np.float32(last - first)


@fast_kernel
def load_features(
    features: NDArray[np.float64], shift: NDArray[np.float64], scale: NDArray[np.float64], inputs: Float32
) -> None:
    """Write ``(features + shift) * scale`` to ``inputs``, NaN in ``features`` taken as 0.

    Parameters
    ----------
    features : float64, shape (n, n_features)
    shift, scale : float64, shape (n_features,)
    inputs : float32, shape (at least n, n_features)
    """
    for i in range(features.shape[0]):
        for j in range(features.shape[1]):
            value = features[i, j]
            if np.isnan(value):
                value = 0.0
            inputs[i, j] = np.float32((value + shift[j]) * scale[j])


@fast_kernel
def transpose(
    row_ptr: NDArray[np.int64],
    edge_columns: NDArray[np.int32],
    edge_values: NDArray[np.float64],
    shift: float,
    scale: float,
    values: Float32,
    column_ptr: NDArray[np.int64],
    column_rows: NDArray[np.int32],
    column_values: Float32,
) -> bool:
    """Normalise the edge values, by row and by column, and list the rows of each column.

    Parameters
    ----------
    row_ptr, edge_columns, edge_values
        As in :class:`coplug.contracts.node.NodeState`.
    shift, scale : float
        Of the normalisation; NaN in ``edge_values`` is taken as 0 before it.
    values : float32, shape (n_edges,)
        Written: normalised values, by row.
    column_ptr : int64, shape (n_columns + 1,)
        Written: the edges of column ``j`` are ``column_ptr[j]:column_ptr[j + 1]`` of the arrays below.
    column_rows : int32, shape (n_edges,)
        Written.
    column_values : float32, shape (n_edges,)
        Written: normalised values, by column.

    Returns
    -------
    bool
        False if an edge is outside the graph; then what is written means nothing.
    """
    n_rows, n_columns, n_edges = row_ptr.shape[0] - 1, column_ptr.shape[0] - 1, edge_columns.shape[0]
    if row_ptr[0] != 0 or row_ptr[n_rows] != n_edges:
        return False
    column_ptr[:] = 0
    for row in range(n_rows):
        if row_ptr[row] > row_ptr[row + 1]:
            return False
    for edge in range(n_edges):
        column = edge_columns[edge]
        if column < 0 or column >= n_columns:
            return False
        column_ptr[column + 1] += 1
    for column in range(n_columns):
        column_ptr[column + 1] += column_ptr[column]
    # Filling moves each column's start to its end, which is the next column's start: shift back afterwards.
    for row in range(n_rows):
        for edge in range(row_ptr[row], row_ptr[row + 1]):
            value = edge_values[edge]
            if np.isnan(value):
                value = 0.0
            values[edge] = np.float32((value + shift) * scale)
            column = edge_columns[edge]
            at = column_ptr[column]
            column_rows[at], column_values[at] = row, values[edge]
            column_ptr[column] = at + 1
    for column in range(n_columns, 0, -1):
        column_ptr[column] = column_ptr[column - 1]
    column_ptr[0] = 0
    return True


@fast_kernel
def select(states: Float32, n_states: int, positions: NDArray[np.int64], selected: Float32) -> bool:
    """Copy the rows of ``states`` at ``positions`` to ``selected``.

    Returns
    -------
    bool
        False if a position is outside ``0..n_states - 1``; then the copy is not complete.
    """
    for i in range(positions.shape[0]):
        at = positions[i]
        if at < 0 or at >= n_states:
            return False
        for j in range(states.shape[1]):
            selected[i, j] = states[at, j]
    return True


@fast_kernel
def last_layer(x: Float32, layer: Float32, scores: Float32) -> None:
    """Write ``x[:n] @ layer[0]`` to ``scores``, shape (n,); ``layer`` has the shape (1, m)."""
    for i in range(scores.shape[0]):
        total = _ZERO
        for j in range(layer.shape[1]):
            total += x[i, j] * layer[0, j]
        scores[i] = total
