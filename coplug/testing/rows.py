"""Whether a function of batches treats each row alone, and remembers nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs import GraphBatch, Graphs, check, equal
from coplug.testing.violations import Violations

Outcome = NDArray[Any] | Graphs | tuple[NDArray[Any], ...]
"""What a function of batches returns: rows, graphs, or several arrays of rows."""


def asked_by_rows(
    function: Callable[..., Outcome],
    arguments: tuple[NDArray[Any], ...],
    what: str,
    violations: Violations,
    *,
    ragged: bool = False,
) -> Outcome:
    """Return what a function says of a batch; note if asking again, or in another company, changes it.

    What has not a row for each of the arguments' is returned as it is: whoever asks sees that it is of another shape.

    Parameters
    ----------
    function : callable
    arguments : tuple of arrays
        Of equal length, one row each.
    what : str
        Name of the function.
    violations : Violations
    ragged : bool
        Shapes may depend on the batch: it is asked in another order, but not in part.
    """
    before = [argument.copy() for argument in arguments]
    outcome, n = function(*arguments), len(arguments[0])
    kept = [np.array_equal(old, new) for old, new in zip(before, arguments, strict=True)]
    violations.require(all(kept), f"{what} changes its arguments")
    violations.require(same(outcome, function(*before)), f"{what} says two things of the same batch")
    if not _has_rows(outcome, n):
        return outcome
    others = [np.arange(n)[::-1]]
    if n > 1 and not ragged:
        others += [np.arange(n // 2), np.arange(n // 2, n)]
    alone = all(
        same(_rows_of(outcome, rows), function(*(argument[rows] for argument in before))) for rows in others
    )
    violations.require(alone, f"{what} says of a row something that depends on the others, or on their order")
    return outcome


def _has_rows(outcome: Any, n: int) -> bool:
    if isinstance(outcome, tuple):
        return all(_has_rows(part, n) for part in outcome)
    if not isinstance(outcome, GraphBatch):
        return isinstance(outcome, np.ndarray) and outcome.ndim > 0 and len(outcome) == n
    try:
        return check(outcome).n_graphs == n
    except UsageError:
        return False


def _rows_of(outcome: Outcome, rows: NDArray[np.int64]) -> Outcome:
    if isinstance(outcome, tuple):
        return tuple(part[rows] for part in outcome)
    return outcome.take(rows) if isinstance(outcome, GraphBatch) else outcome[rows]


def same(a: Any, b: Any) -> bool:
    """Tell whether two outcomes, observations or masks have equal types, shapes and values; NaN equals NaN."""
    if isinstance(a, GraphBatch) and isinstance(b, GraphBatch):
        return equal(a, b)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    x, y = np.asarray(a), np.asarray(b)
    return x.dtype == y.dtype and np.array_equal(x, y, equal_nan=np.issubdtype(x.dtype, np.inexact))
