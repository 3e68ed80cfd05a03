"""Writing a node's state into padded arrays, cut to the space's bounds, by compiled code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

from .spaces import LARGEST

Float = NDArray[np.float64]
Float32 = NDArray[np.float32]
Int = NDArray[np.int64]


@kernel
def pad_node(
    columns: Float,
    variable_of: Int,
    rows: Float,
    row_ptr: Int,
    edge_columns: NDArray[np.int32],
    edge_values: Float,
    out_variables: Float32,
    out_rows: Float32,
    out_indices: Int,
    out_values: Float32,
) -> None:
    """Write a :class:`~coplug.contracts.node.NodeState` into zeros; NaN becomes 0, what is too large is cut.

    Parameters
    ----------
    columns, rows, row_ptr, edge_columns, edge_values
        The state.
    variable_of : int64, shape (n_columns,)
        The problem's variable of each column.
    out_variables, out_rows, out_indices, out_values
        The arrays of the observation ``node-bipartite``.
    """
    for column in range(len(columns)):
        variable = variable_of[column]
        for k in range(columns.shape[1]):
            out_variables[variable, k] = _bounded(columns[column, k])
    for row in range(len(rows)):
        for k in range(rows.shape[1]):
            out_rows[row, k] = _bounded(rows[row, k])
        for edge in range(row_ptr[row], row_ptr[row + 1]):
            out_indices[0, edge] = row
            out_indices[1, edge] = variable_of[edge_columns[edge]]
            out_values[edge] = _bounded(edge_values[edge])


@kernel
def _bounded(value: float) -> float:
    if np.isnan(value):
        return 0.0
    return min(max(value, -LARGEST), LARGEST)
