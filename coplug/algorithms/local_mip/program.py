"""A mixed-integer linear program as Local-MIP takes it, and its file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]


@dataclass(frozen=True)
class RangedProgram:
    """Minimise ``objective @ x`` with ``lhs <= A x <= rhs`` and ``lower <= x <= upper``.

    Attributes
    ----------
    starts : int64, shape (rows + 1,)
    columns : int64, shape (nonzeros,)
    values : float64, shape (nonzeros,)
        ``A``, by rows.
    lhs, rhs : float64, shape (rows,)
    objective, lower, upper : float64, shape (variables,)
    integral : bool, shape (variables,)
    """

    starts: Int
    columns: Int
    values: Float
    lhs: Float
    rhs: Float
    objective: Float
    lower: Float
    upper: Float
    integral: NDArray[np.bool_]

    def write(self, path: Path) -> None:
        """Write an ``.npz`` file."""
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def read(cls, path: Path) -> RangedProgram:
        """Read what :meth:`write` wrote."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def ranged(
    matrix: scipy.sparse.csr_array,
    biases: Float,
    objective: Float,
    lower: Float,
    upper: Float,
    integral: NDArray[np.bool_],
) -> RangedProgram:
    """Return a program from rows ``matrix @ x <= biases``.

    A row that follows its negative makes one with both sides: so equations are equations again.

    Parameters
    ----------
    matrix : csr_array of float64, shape (rows, variables)
        A row and its negative with their columns in the same order.
    biases : float64, shape (rows,)
    objective, lower, upper, integral : arrays of shape (variables,)
    """
    n = matrix.shape[0]
    starts, columns, values = matrix.indptr, matrix.indices, matrix.data
    negative = np.zeros(n, bool)
    for row in range(n - 1):
        here, after = slice(starts[row], starts[row + 1]), slice(starts[row + 1], starts[row + 2])
        negative[row] = (
            np.array_equal(columns[here], columns[after])
            and np.array_equal(values[here], -values[after])
            and not (row and negative[row - 1])
        )
    kept = np.flatnonzero(~negative)
    lhs = np.full(n, -np.inf)
    lhs[np.flatnonzero(negative) + 1] = -biases[negative]
    rows = matrix[kept]
    return RangedProgram(
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int64),
        rows.data.astype(np.float64),
        lhs[kept],
        biases[kept],
        objective,
        lower,
        upper,
        integral,
    )
