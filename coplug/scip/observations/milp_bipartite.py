"""A problem, before it is solved, as a bipartite graph of variables and constraints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.scip.constraints import ConstraintMatrix, ProblemVariables, read_constraints, read_variables
from coplug.scip.observations.sparse import SparseMatrix
from coplug.scip.session import Session
from coplug.scip.stage import Stage

VARIABLE_FEATURES = (
    "objective",
    "is_type_binary",
    "is_type_integer",
    "is_type_implicit_integer",
    "is_type_continuous",
    "has_lower_bound",
    "has_upper_bound",
    "lower_bound",
    "upper_bound",
)
CONSTRAINT_FEATURES = ("bias",)


@dataclass(eq=False)
class MilpBipartiteObs:
    """The problem as it stands: the original one, or what transforming and presolving made of it.

    A constraint with two finite sides appears twice, first as ``-lhs`` then as ``rhs``, one without any not at all.

    Attributes
    ----------
    variable_features : float64, shape (n_variables, 9)
        In the order of the problem's variables; columns as in :data:`VARIABLE_FEATURES`. The objective is one to be
        minimised; a bound that is not there is 0.
    constraint_features : float64, shape (n_constraints, 1)
        The right-hand sides; columns as in :data:`CONSTRAINT_FEATURES`.
    edge_features : SparseMatrix, shape (n_constraints, n_variables)
        The coefficients.
    """

    variable_features: NDArray[np.float64]
    constraint_features: NDArray[np.float64]
    edge_features: SparseMatrix


class MilpBipartite:
    """Extracts :class:`MilpBipartiteObs` before SCIP starts to branch, else None.

    Parameters
    ----------
    normalize : bool
        Divide the objective by its Euclidean norm, and each constraint, bias and coefficients, by that of its
        coefficients.
    """

    def __init__(self, normalize: bool = False) -> None:
        self._normalize = normalize

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> MilpBipartiteObs | None:
        """Return the problem as it stands.

        Raises
        ------
        SolverError
            If a constraint is not linear.
        """
        if model.stage >= Stage.Solving:
            return None
        matrix = read_constraints(model.scip_address, self._normalize)
        variables = read_variables(model.scip_address)
        return MilpBipartiteObs(
            _variable_features(variables, self._normalize), matrix.biases.reshape(-1, 1), _edges(matrix)
        )


def _variable_features(variables: ProblemVariables, normalize: bool) -> NDArray[np.float64]:
    norm = float(np.linalg.norm(variables.objective)) if normalize else 1.0
    has_lower, has_upper = np.isfinite(variables.lower), np.isfinite(variables.upper)
    columns = (
        variables.objective / (norm or 1.0),
        *(variables.kinds == kind for kind in range(4)),
        has_lower,
        has_upper,
        np.where(has_lower, variables.lower, 0.0),
        np.where(has_upper, variables.upper, 0.0),
    )
    return np.column_stack(columns).astype(np.float64)


def _edges(matrix: ConstraintMatrix) -> SparseMatrix:
    indices = np.stack((matrix.rows, matrix.columns)).astype(np.uint64)
    return SparseMatrix(matrix.values, indices, (matrix.n_rows, matrix.n_variables))
