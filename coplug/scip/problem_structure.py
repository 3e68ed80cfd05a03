"""A few numbers about a problem as it was given, by which a family of instances can be recognised before SCIP begins.

What :mod:`coplug.scip.structure` says of the first LP is known too late for settings that presolving and the first LP
heed. Names, order and scale of rows and columns change nothing here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.errors import SolverError
from coplug.scip.constraints import BINARY, CONTINUOUS, ConstraintMatrix, read_constraints, read_variables
from coplug.scip.library import scip_pointer

Float = NDArray[np.float64]

_TOLERANCE = 1e-9


def problem_metrics(model: pyscipopt.Model) -> dict[str, float] | None:
    """Describe the structure of a model in stage PROBLEM.

    Rows with two different finite sides count as two, equations as one.

    Returns
    -------
    dict of str to float, or None
        None where a constraint is not linear, or libscip cannot be called. ``n_columns``, ``n_rows``, ``density``,
        ``row_length`` and ``column_length`` (mean nonzeros); shares of columns that are binary, integer, continuous,
        have a negative objective coefficient of the minimisation, or none; shares of rows that are equations, have
        one coefficient and cover (at least 1), pack (at most 1), part (exactly 1) or choose (another side);
        ``mixed_rows_share`` of rows with coefficients of both signs; ``mixed_kinds_share`` of rows with integer and
        continuous columns; ``row_variation``, ``column_variation``, ``objective_variation``,
        ``coefficient_variation``: standard deviation over mean of the lengths and the absolute values.
    """
    try:
        pointer = scip_pointer(model)
        rows, columns = read_constraints(pointer), read_variables(pointer)
    except SolverError:
        return None
    if not len(columns.kinds) or not rows.n_rows:
        return None
    n = rows.n_variables
    row = _Rows.of(rows, columns.kinds)
    lengths = np.bincount(rows.columns[row.counted], minlength=n)
    objective = np.abs(columns.objective)
    return {
        "n_columns": float(n),
        "n_rows": float(row.count),
        "density": float(row.lengths.sum()) / (n * row.count),
        "row_length": float(row.lengths.mean()),
        "column_length": float(lengths.mean()),
        "binary_share": float((columns.kinds == BINARY).mean()),
        "integer_share": float(((columns.kinds != BINARY) & (columns.kinds != CONTINUOUS)).mean()),
        "continuous_share": float((columns.kinds == CONTINUOUS).mean()),
        "negative_objective_share": float((columns.objective < 0.0).mean()),
        "no_objective_share": float((columns.objective == 0.0).mean()),
        "equation_share": float(row.equation.mean()),
        "covering_share": row.share(lambda r: r.unit & ~r.equation & (r.sign < 0) & r.one),
        "packing_share": row.share(lambda r: r.unit & ~r.equation & (r.sign > 0) & r.one),
        "partitioning_share": row.share(lambda r: r.unit & r.equation & r.one),
        "choosing_share": row.share(lambda r: r.unit & ~r.one),
        "mixed_rows_share": float(row.mixed.mean()),
        "mixed_kinds_share": float(row.mixed_kinds.mean()),
        "row_variation": _variation(row.lengths.astype(np.float64)),
        "column_variation": _variation(lengths.astype(np.float64)),
        "objective_variation": _variation(objective[objective > 0.0]),
        "coefficient_variation": float(np.mean(row.variations)),
    }


class _Rows:
    """What is known of each row; an equation, which the matrix has twice, counts once."""

    def __init__(
        self,
        lengths: NDArray[np.int64],
        equation: NDArray[np.bool_],
        unit: NDArray[np.bool_],
        one: NDArray[np.bool_],
        sign: Float,
        mixed: NDArray[np.bool_],
        mixed_kinds: NDArray[np.bool_],
        variations: Float,
        counted: NDArray[np.bool_],
    ) -> None:
        self.lengths, self.equation, self.unit, self.one, self.sign = lengths, equation, unit, one, sign
        self.mixed, self.mixed_kinds, self.variations = mixed, mixed_kinds, variations
        self.counted = counted
        self.count = len(lengths)

    def share(self, chosen: Callable[[_Rows], NDArray[np.bool_]]) -> float:
        """Return which share of the rows is chosen."""
        return float(chosen(self).mean())

    @classmethod
    def of(cls, matrix: ConstraintMatrix, kinds: NDArray[np.int64]) -> _Rows:
        n = matrix.n_rows
        lengths = np.bincount(matrix.rows, minlength=n)
        size = np.maximum(lengths, 1)
        values, rows = matrix.values, matrix.rows
        total = np.bincount(rows, values, n)
        absolute = np.bincount(rows, np.abs(values), n)
        squares = np.bincount(rows, values**2, n)
        mean = absolute / size
        variations = np.sqrt(np.maximum(squares / size - mean**2, 0.0)) / np.maximum(mean, 1e-300)
        same_sign = np.abs(np.abs(total) - absolute) <= _TOLERANCE * np.maximum(absolute, 1.0)
        unit = same_sign & (variations <= 1e-6) & (lengths > 0)
        sign = np.sign(total)
        one = np.abs(matrix.biases - sign * mean) <= 1e-6 * np.maximum(mean, 1.0)
        continuous = np.bincount(rows, kinds[matrix.columns] == CONTINUOUS, n)
        twin = _follows_its_twin(matrix, lengths)
        first = ~twin
        equation = np.append(twin[1:], False)[first]
        return cls(
            lengths[first],
            equation,
            unit[first],
            one[first],
            sign[first],
            ~same_sign[first],
            ((continuous > 0) & (continuous < lengths))[first],
            variations[first],
            first[rows],
        )


def _follows_its_twin(matrix: ConstraintMatrix, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of each row whether it is the upper side of an equation whose lower side is the row before."""
    n = matrix.n_rows
    twin = np.zeros(n, np.bool_)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    candidates = (
        np.flatnonzero((lengths[1:] == lengths[:-1]) & (matrix.biases[1:] == -matrix.biases[:-1])) + 1
    )
    for k in candidates.tolist():
        here, before = slice(starts[k], ends[k]), slice(starts[k - 1], ends[k - 1])
        twin[k] = (
            not twin[k - 1]
            and bool((matrix.values[here] == -matrix.values[before]).all())
            and bool((matrix.columns[here] == matrix.columns[before]).all())
        )
    return twin


def _variation(values: Float) -> float:
    """Return standard deviation over mean, 0 for no values."""
    return float(values.std() / values.mean()) if values.size and values.mean() > 0.0 else 0.0
