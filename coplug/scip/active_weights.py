"""A branching rule without learning: the column that takes most of what the active rows leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import ROW_FEATURES, NodeState
from coplug.contracts.policy import CandidateKind

ZERO_DUAL = 1e-9
"""Dual values of at most this size are none."""

DUAL_VALUE = ROW_FEATURES.index("dual_solution_value")


def column_weights(state: NodeState) -> NDArray[np.float64]:
    """Return the sum of each column's absolute coefficients in rows with a dual value, those of a row over its norm.

    Rows without a dual value do not hold the dual bound, so taking from what they leave does not move it.

    Returns
    -------
    float64, shape (n_columns,)
    """
    duals = np.repeat(state.row_features[:, DUAL_VALUE], np.diff(state.row_ptr))
    values = np.where(np.abs(duals) > ZERO_DUAL, np.abs(state.edge_values), 0.0)
    sums = np.bincount(state.edge_columns, weights=values, minlength=len(state.column_features))
    return sums.astype(np.float64, copy=False)  # an array without edges would be one of integers


class ActiveWeights:
    """Branch on the candidate with the largest :func:`column_weights`.

    Strong branching and pseudocosts look one step ahead. Where the relaxation is loose, no single step moves the dual
    bound, and what counts is how soon the active rows run out of slack. Rules of this kind are those of Patel &
    Chinneck 2007 (Active-Constraint Variable Ordering, for feasibility). On the two synthetic families of the ML4CO
    competition it is the baseline that learned policies have to beat.
    """

    name = "active-weights"
    candidate_kind: CandidateKind = "lp"

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the candidates' weights, shape (n_candidates,), at least 0."""
        return column_weights(state)[candidates]
