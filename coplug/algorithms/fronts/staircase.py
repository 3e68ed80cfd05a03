"""A front of two objectives that grows point by point, kept in order in arrays with room for more."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from coplug.jit import kernel


@kernel
def put_step(
    x: NDArray[Any], y: NDArray[Any], size: int, first: int, end: int, x_new: Any, y_new: Any
) -> int:
    """Put one step where ``first:end`` were, and return how many there are.

    Parameters
    ----------
    x, y : int64 or float64, shape (n,)
        The steps, n > size; changed.
    size : int
        How many of them count.
    first, end : int
        0 <= first <= end <= size; where they are equal the step is put in between.
    x_new, y_new : int or float
    """
    moved = first + 1 - end
    if moved > 0:
        for k in range(size - 1, end - 1, -1):
            x[k + moved], y[k + moved] = x[k], y[k]
    else:
        for k in range(end, size):
            x[k + moved], y[k + moved] = x[k], y[k]
    x[first], y[first] = x_new, y_new
    return size + moved
