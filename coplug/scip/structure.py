"""A few numbers about an LP relaxation by which a family of instances can be recognised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import NodeState

SIZE_METRICS = frozenset({"n_columns", "n_rows", "density", "row_length", "column_length"})
"""Those that change with the size of an instance, here and in :mod:`coplug.scip.problem_structure`."""

_TOLERANCE = 1e-6


def structure_metrics(state: NodeState) -> dict[str, float]:
    """Describe the structure of a presolved instance's LP relaxation.

    Parameters
    ----------
    state : NodeState
        The root node.

    Returns
    -------
    dict of str to float
        ``n_columns``, ``n_rows``; ``density`` (nonzeros over rows times columns); ``binary_share``,
        ``integer_share``, ``continuous_share`` of the columns; ``covering_share`` (unit coefficients, at least 1) and
        ``packing_share`` (unit coefficients, at most 1) of the rows; ``negative_objective_share`` of the columns;
        ``row_length`` (mean nonzeros of a row); ``objective_variation`` (standard deviation over mean of the
        objective coefficients' sizes, 0 for no objective).
    """
    features = state.column_features
    n_columns, n_rows = max(state.n_columns, 1), max(state.n_rows, 1)
    unit = _unit_rows(state)
    length = np.diff(state.row_ptr)
    bias = state.row_features[:, 0] * np.sqrt(np.maximum(length, 1))
    objective = np.abs(features[:, 0])
    covering = (unit < 0) & (np.abs(bias + 1.0) <= _TOLERANCE)
    packing = (unit > 0) & (np.abs(bias - 1.0) <= _TOLERANCE)
    return {
        "n_columns": float(state.n_columns),
        "n_rows": float(state.n_rows),
        "density": state.n_edges / (n_columns * n_rows),
        "binary_share": float(features[:, 1].sum()) / n_columns,
        "integer_share": float(features[:, 2].sum()) / n_columns,
        "continuous_share": float(features[:, 4].sum()) / n_columns,
        "covering_share": float(covering.sum()) / n_rows,
        "packing_share": float(packing.sum()) / n_rows,
        "negative_objective_share": float((features[:, 0] < 0.0).sum()) / n_columns,
        "row_length": state.n_edges / n_rows,
        "objective_variation": float(objective.std() / objective.mean()) if objective.any() else 0.0,
    }


def _unit_rows(state: NodeState) -> NDArray[np.int64]:
    """Return +1 or -1 for rows all of whose coefficients are that one number, up to scaling, else 0."""
    length = np.diff(state.row_ptr)
    filled = np.flatnonzero(length)
    unit = np.zeros(state.n_rows, np.int64)
    if filled.size == 0:
        return unit
    starts = state.row_ptr[filled]
    low = np.minimum.reduceat(state.edge_values, starts)
    high = np.maximum.reduceat(state.edge_values, starts)
    equal = high - low <= _TOLERANCE
    unit[filled] = np.where(equal, np.sign(high), 0.0).astype(np.int64)
    return unit
