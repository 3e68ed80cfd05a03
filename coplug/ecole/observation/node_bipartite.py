"""The LP relaxation at a node as a bipartite graph of variables and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.ecole.observation.coo_matrix import coo_matrix
from coplug.ecole.observation.feature_enum import feature_enum
from coplug.ecole.scip import Model, Stage
from coplug.scip.state import COLUMN_FEATURES, N_COLUMN_FEATURES, ROW_FEATURES, NodeState


@dataclass(eq=False)
class NodeBipartiteObs:
    """The LP relaxation at the current node.

    A row with two finite sides appears twice, first as ``-lhs`` then as ``rhs``. Source: Gasse et al. 2019.

    Attributes
    ----------
    variable_features : float64, shape (n_variables, 19)
        In the order of the problem's variables, so that action sets index it; columns as in
        :class:`VariableFeatures`. Incumbent features are NaN as long as there is no incumbent, and so is the whole
        row of a variable that is not in the LP.
    row_features : float64, shape (n_rows, 5)
        Columns as in :class:`RowFeatures`.
    edge_features : coo_matrix, shape (n_rows, n_variables)
        Coefficients divided by the Euclidean norm of their row.
    """

    VariableFeatures: ClassVar[Any] = feature_enum(
        __name__, "NodeBipartiteObs.VariableFeatures", COLUMN_FEATURES
    )
    RowFeatures: ClassVar[Any] = feature_enum(__name__, "NodeBipartiteObs.RowFeatures", ROW_FEATURES)

    variable_features: NDArray[np.float64]
    row_features: NDArray[np.float64]
    edge_features: coo_matrix


class NodeBipartite:
    """Extracts :class:`NodeBipartiteObs` while SCIP is solving, else None.

    Parameters
    ----------
    cache : bool
        Accepted and without effect: the compiled reading notices by itself which parts of the LP are unchanged, also
        when cutting planes come and go.
    """

    def __init__(self, cache: bool = False) -> None:
        """See the class."""

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> NodeBipartiteObs | None:
        """Return an observation that owns its arrays."""
        return _observe(model) if model.stage == Stage.Solving else None


def _observe(model: Model) -> NodeBipartiteObs:
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


def _edges(state: NodeState, variable_of: NDArray[np.int64], n_variables: int) -> coo_matrix:
    indices = np.empty((2, state.n_edges), np.uint64)
    indices[0] = np.repeat(np.arange(state.n_rows), np.diff(state.row_ptr))
    indices[1] = variable_of[state.edge_columns]
    return coo_matrix(state.edge_values.copy(), indices, (state.n_rows, n_variables))
