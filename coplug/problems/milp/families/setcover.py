"""Set covering: random instances of Balas and Ho, as the learning-to-branch literature draws them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance


@dataclass(frozen=True)
class SetCover:
    """Choose columns of least total cost such that every row is covered: min c'x, Ax >= 1, x binary.

    ``A`` is a 0/1 matrix with ``int(n_rows * n_columns * density)`` ones in random places, at least two in
    every column and one in every row. Costs are uniform integers in ``1..max_coefficient``.

    Source: E. Balas and A. Ho, Mathematical Programming 12 (1980), 37-60. The order of the random draws and
    the sizes easy, medium and hard are those of ``01_generate_instances.py`` in ``ds4dm/learn2branch``
    (Gasse et al., NeurIPS 2019): a seed gives the matrix and the costs that this script gives for it.

    The size tiny is coplug's own, for tests and first steps.

    Attributes
    ----------
    n_rows : int
        Rows to cover, at least 2.
    n_columns : int
        Columns to choose from, at least 1.
    density : float
        Share of ones in the matrix, in (0, 1]; must leave room for two ones a column and one a row.
    max_coefficient : int
        Largest cost of a column, at least 1.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "setcover"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_rows": 200, "n_columns": 400},
        "easy": {"n_rows": 500, "n_columns": 1000},
        "medium": {"n_rows": 1000, "n_columns": 1000},
        "hard": {"n_rows": 2000, "n_columns": 1000},
    }

    n_rows: int = 500
    n_columns: int = 1000
    density: float = 0.05
    max_coefficient: int = 100

    def __post_init__(self) -> None:
        if self.n_rows < 2 or self.n_columns < 1:
            raise UsageError(
                f"set cover of {self.n_rows} rows and {self.n_columns} columns is too small; "
                "take n_rows >= 2 and n_columns >= 1"
            )
        if not 0 < self.density <= 1:
            raise UsageError(f"set cover density {self.density} is out of range; take it in (0, 1]")
        if self.max_coefficient < 1:
            raise UsageError(
                f"set cover max_coefficient {self.max_coefficient} is out of range; take it >= 1"
            )
        needed = max(self.n_rows, 2 * self.n_columns)
        if self.n_entries < needed:
            raise UsageError(
                f"set cover density {self.density} gives {self.n_entries} ones, two a column and one a row "
                f"need {needed}; raise density above {needed / (self.n_rows * self.n_columns):.3g}"
            )

    @property
    def n_entries(self) -> int:
        """Number of ones in the matrix."""
        return int(self.n_rows * self.n_columns * self.density)

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws; nothing else is random.

        Returns
        -------
        MilpInstance
            Variables ``x1..``, rows ``C1..``.

        Raises
        ------
        UsageError
            If the draw gives a column more ones than there are rows, which only densities near 1 or very
            few rows do.
        """
        column_ends = np.cumsum(self._draw_column_counts(rng))
        rows = self._draw_rows(rng, column_ends)
        costs = rng.randint(self.max_coefficient, size=self.n_columns) + 1
        matrix = scipy.sparse.csc_array(
            (np.ones(self.n_entries), rows, np.concatenate(([0], column_ends))),
            shape=(self.n_rows, self.n_columns),
        )
        return MilpInstance(
            name=self.name,
            family=self.name,
            sense="min",
            objective=costs.astype(np.float64),
            matrix=matrix.tocsr(),
            row_lhs=np.ones(self.n_rows),
            row_rhs=np.full(self.n_rows, np.inf),
            lower=np.zeros(self.n_columns),
            upper=np.ones(self.n_columns),
            integral=np.ones(self.n_columns, dtype=np.bool_),
            variable_names=tuple(f"x{j + 1}" for j in range(self.n_columns)),
            row_names=tuple(f"C{i + 1}" for i in range(self.n_rows)),
            parameters=asdict(self),
            generator_version=self.version,
        )

    def _draw_column_counts(self, rng: np.random.RandomState) -> NDArray[np.int64]:
        """Draw how many ones each column gets: two, and its share of the rest; int64, shape (n_columns,)."""
        # The first 2 * n_columns draws are made and dropped: the stream asks for it.
        columns = rng.randint(self.n_columns, size=self.n_entries)
        counts = np.bincount(columns[2 * self.n_columns :], minlength=self.n_columns) + 2
        if counts.max() > self.n_rows:
            raise UsageError(
                f"set cover drew a column with {counts.max()} ones for {self.n_rows} rows; "
                f"lower density below {self.density} or take more rows"
            )
        return counts

    def _draw_rows(self, rng: np.random.RandomState, column_ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw the row of each one, column after column; int64, shape (n_entries,).

        The first ``n_rows`` places hold a permutation of all rows, so none stays uncovered; from there on,
        each column draws from the rows that it does not have yet.
        """
        rows = np.empty(self.n_entries, dtype=np.int64)
        rows[: self.n_rows] = rng.permutation(self.n_rows)
        column_starts = np.concatenate(([0], column_ends[:-1]))
        for column in np.flatnonzero(column_ends > self.n_rows):
            start, end = column_starts[column], column_ends[column]
            drawn = max(start, self.n_rows)
            free = np.ones(self.n_rows, dtype=np.bool_)
            free[rows[start:drawn]] = False
            rows[drawn:end] = rng.choice(np.flatnonzero(free), size=end - drawn, replace=False)
        return rows
