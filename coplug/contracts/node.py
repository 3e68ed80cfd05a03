"""The state of a branch-and-bound node, as policies see it (Ecole's ``NodeBipartite`` semantics)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEATURE_VERSION = "node-bipartite-1"
"""Changes whenever a feature's meaning or order changes; weights name the version they were trained on."""

COLUMN_FEATURES = (
    "objective",
    "is_type_binary",
    "is_type_integer",
    "is_type_implicit_integer",
    "is_type_continuous",
    "has_lower_bound",
    "has_upper_bound",
    "normed_reduced_cost",
    "solution_value",
    "solution_frac",
    "is_solution_at_lower_bound",
    "is_solution_at_upper_bound",
    "scaled_age",
    "incumbent_value",
    "average_incumbent_value",
    "is_basis_lower",
    "is_basis_basic",
    "is_basis_upper",
    "is_basis_zero",
)
ROW_FEATURES = ("bias", "objective_cosine_similarity", "is_tight", "dual_solution_value", "scaled_age")
N_COLUMN_FEATURES = len(COLUMN_FEATURES)
N_ROW_FEATURES = len(ROW_FEATURES)


@dataclass(slots=True)
class NodeState:
    """The LP relaxation at the current node as a bipartite graph of rows and columns.

    A row with two finite sides appears twice, first as ``-lhs`` then as ``rhs``; one with a single finite side
    once; coefficients, bias, cosine and dual of a left-hand side are negated. Source: Gasse et al. 2019, section 4.1
    and the feature list of its supplement, in the order of Ecole 0.8.1.

    Arrays are views into buffers that the reader reuses: copy what must outlive the callback.

    Attributes
    ----------
    column_features : float64, shape (n_columns, 19)
        Features named in :data:`COLUMN_FEATURES`. ``incumbent_value`` and ``average_incumbent_value`` are NaN as
        long as there is no incumbent.
    row_features : float64, shape (n_rows, 5)
        Features named in :data:`ROW_FEATURES`.
    row_ptr : int64, shape (n_rows + 1,)
        The edges of row ``i`` are ``row_ptr[i]:row_ptr[i + 1]``.
    edge_columns : int32, shape (n_edges,)
        The column of each edge.
    edge_values : float64, shape (n_edges,)
        The coefficient of each edge divided by the Euclidean norm of its row.
    structure : int
        Increases whenever ``row_ptr``, ``edge_columns`` or ``edge_values`` were read anew; what is derived from
        them alone (a transpose, say) stays valid while it stays the same.
    """

    column_features: NDArray[np.float64]
    row_features: NDArray[np.float64]
    row_ptr: NDArray[np.int64]
    edge_columns: NDArray[np.int32]
    edge_values: NDArray[np.float64]
    structure: int

    @property
    def n_columns(self) -> int:
        """Number of LP columns."""
        return int(self.column_features.shape[0])

    @property
    def n_rows(self) -> int:
        """Number of one-sided rows."""
        return int(self.row_features.shape[0])

    @property
    def n_edges(self) -> int:
        """Number of nonzeros over the one-sided rows."""
        return int(self.edge_columns.shape[0])

    def copy(self) -> NodeState:
        """Return a state that owns its arrays."""
        return NodeState(
            self.column_features.copy(),
            self.row_features.copy(),
            self.row_ptr.copy(),
            self.edge_columns.copy(),
            self.edge_values.copy(),
            self.structure,
        )
