"""The LP relaxation at a node as a bipartite graph of variables and rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import N_COLUMN_FEATURES, NodeState
from coplug.scip.observations.sparse import SparseMatrix
from coplug.scip.session import Session
from coplug.scip.stage import Stage


@dataclass(eq=False)
class NodeBipartiteObs:
    """The LP relaxation at the current node.

    A row with two finite sides appears twice, first as ``-lhs`` then as ``rhs``. Source: Gasse et al. 2019.

    Attributes
    ----------
    variable_features : float64, shape (n_variables, 19)
        In the order of the problem's variables, so that action sets index it; columns as in
        :data:`coplug.contracts.node.COLUMN_FEATURES`. Incumbent features are NaN as long as there is no incumbent,
        and so is the whole row of a variable that is not in the LP.
    row_features : float64, shape (n_rows, 5)
        Columns as in :data:`coplug.contracts.node.ROW_FEATURES`.
    edge_features : SparseMatrix, shape (n_rows, n_variables)
        Coefficients divided by the Euclidean norm of their row.
    """

    variable_features: NDArray[np.float64]
    row_features: NDArray[np.float64]
    edge_features: SparseMatrix


class NodeBipartite:
    """Extracts :class:`NodeBipartiteObs` while SCIP is solving, else None."""

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> NodeBipartiteObs | None:
        """Return an observation that owns its arrays."""
        return _observe(model) if model.stage == Stage.Solving else None


def _observe(model: Session) -> NodeBipartiteObs:
    reader = model.reader
    state = reader.read()
    variable_of = reader.column_variables()
    n_variables = model.solver.getNVars(transformed=True)
    if state.n_columns == n_variables:
        features = np.empty((n_variables, N_COLUMN_FEATURES))
    else:
        features = np.full((n_variables, N_COLUMN_FEATURES), np.nan)
    features[variable_of] = state.column_features
    return NodeBipartiteObs(features, state.row_features.copy(), _edges(state, variable_of, n_variables))


def _edges(state: NodeState, variable_of: NDArray[np.int64], n_variables: int) -> SparseMatrix:
    indices = np.empty((2, state.n_edges), np.uint64)
    indices[0] = np.repeat(np.arange(state.n_rows), np.diff(state.row_ptr))
    indices[1] = variable_of[state.edge_columns]
    return SparseMatrix(state.edge_values.copy(), indices, (state.n_rows, n_variables))
