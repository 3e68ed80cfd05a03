"""The sparse matrix in which observations hold their edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(eq=False)
class SparseMatrix:
    """A sparse matrix as a list of its entries.

    Attributes
    ----------
    values : float64, shape (nnz,)
        The entries.
    indices : uint64, shape (2, nnz)
        Row and column of each entry.
    shape : tuple of (int, int)
        Numbers of rows and of columns.
    """

    values: NDArray[np.float64]
    indices: NDArray[np.uint64]
    shape: tuple[int, int]

    @property
    def nnz(self) -> int:
        """Number of entries."""
        return len(self.values)
