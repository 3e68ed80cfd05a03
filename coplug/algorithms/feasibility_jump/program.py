"""A mixed-integer linear program as the search reads it: rows with one side, by rows and by columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]

TOLERANCE = 1e-8
"""Of a row that is normalised; what checks a point by its own rules is more lenient."""

_ROUNDING = 1e-6
"""Of the bounds of integral variables."""


class Program(NamedTuple):
    """Minimise ``objective @ x`` with ``A x <= biases`` and ``lower <= x <= upper``; the last row is the objective's.

    Attributes
    ----------
    row_starts : int64, shape (rows + 1,)
    columns : int64, shape (nonzeros,)
    row_values : float64, shape (nonzeros,)
        By rows, each divided by its Euclidean norm.
    column_starts : int64, shape (variables + 1,)
    rows : int64, shape (nonzeros,)
    column_values : float64, shape (nonzeros,)
        The same by columns.
    biases : float64, shape (rows,)
        Infinite for the objective's row as long as there is no solution.
    reach : float64, shape (rows,)
        The most that one variable can change a row's activity.
    lower, upper : float64, shape (variables,)
    integral : bool, shape (variables,)
    """

    row_starts: Int
    columns: Int
    row_values: Float
    column_starts: Int
    rows: Int
    column_values: Float
    biases: Float
    reach: Float
    lower: Float
    upper: Float
    integral: Bool


def make_program(
    matrix: scipy.sparse.csr_array,
    biases: Float,
    objective: Float,
    lower: Float,
    upper: Float,
    integral: Bool,
) -> Program:
    """Return a program from its rows ``matrix @ x <= biases``; bounds of integral variables are rounded inwards.

    Parameters
    ----------
    matrix : csr_array of float64, shape (rows, variables)
    biases : float64, shape (rows,)
    objective, lower, upper : float64, shape (variables,)
        The objective is minimised; bounds may be infinite.
    integral : bool, shape (variables,)
    """
    norm = np.linalg.norm(objective)
    full = scipy.sparse.vstack([matrix, objective[None, :] / (norm or 1.0)], format="csr")
    norms = scipy.sparse.linalg.norm(matrix, axis=1)
    norms = np.append(np.where(norms > 0.0, norms, 1.0), 1.0)
    full.data /= np.repeat(norms, np.diff(full.indptr))
    full.sum_duplicates()
    full.eliminate_zeros()
    lower = np.where(integral, np.ceil(lower - _ROUNDING), lower)
    upper = np.where(integral, np.floor(upper + _ROUNDING), upper)
    by_columns = full.tocsc()
    changes = np.abs(full.data) * (upper - lower)[full.indices]
    reach = np.zeros(full.shape[0])
    np.maximum.at(reach, np.repeat(np.arange(full.shape[0]), np.diff(full.indptr)), changes)
    return Program(
        full.indptr.astype(np.int64),
        full.indices.astype(np.int64),
        full.data.astype(np.float64),
        by_columns.indptr.astype(np.int64),
        by_columns.indices.astype(np.int64),
        by_columns.data.astype(np.float64),
        np.append(biases / norms[:-1], np.inf),
        reach,
        lower,
        upper,
        integral,
    )
