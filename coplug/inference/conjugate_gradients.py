"""Conjugate gradients for all columns of ``(G + diag(c)) Y = I`` at once: compiled, by vectors, products alone.

Complex matrices are rows of real numbers: the real parts of a row, then its imaginary parts, then zeros up to a
multiple of 16. With ``G = A + i B``, ``G D`` is ``A [Re D, Im D] + B [-Im D, Re D]``, two products of real matrices
without a complex number. A column's number is kept twice, below both of its parts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.simd import LANES, load, multiply_add, splat, store
from coplug.jit import fast_kernel, inlined_kernel

Float32 = NDArray[np.float32]

ROWS = 4
"""Of the Gram matrix that a product works on at once; others are filled up with zeros."""

LEAST = 1e-12
"""Added to denominators."""


class Descent(NamedTuple):
    """Room for the conjugate gradients of a channel; float32, with p the width of a row.

    Attributes
    ----------
    gram : shape (2, rows, n_users)
        Real and imaginary parts; ``rows`` is ``n_users`` up to a multiple of 4.
    solution, moved : shape (rows, p)
        ``Y``, ``G Y``.
    direction, turned : shape (rows, p)
        The last direction ``D``, and ``i D``.
    advance : shape (rows, p)
        ``G D``.
    residual : shape (rows, p)
        ``I - (G + diag(c)) Y``.
    first, second : shape (p,)
        Numbers of columns.
    """

    gram: Float32
    solution: Float32
    moved: Float32
    direction: Float32
    turned: Float32
    advance: Float32
    residual: Float32
    first: Float32
    second: Float32


@fast_kernel
def new_descent(n_users: int) -> Descent:
    """Return room for a channel of so many users."""
    rows = (n_users + ROWS - 1) // ROWS * ROWS
    width = (2 * n_users + LANES - 1) // LANES * LANES
    matrices, columns = np.zeros((6, rows, width), np.float32), np.zeros((2, width), np.float32)
    return Descent(
        np.zeros((2, rows, n_users), np.float32),
        matrices[0],
        matrices[1],
        matrices[2],
        matrices[3],
        matrices[4],
        matrices[5],
        columns[0],
        columns[1],
    )


@inlined_kernel
def begin_descent(gram: NDArray[np.complex64], loading: Float32, at: Descent) -> None:
    """Set ``Y`` to the inverse of the diagonal of ``G + diag(c)``, and forget the last direction.

    Parameters
    ----------
    gram : complex64, shape (n_users, n_users)
    loading : float32, shape (n_users,)
        ``c``.
    at : Descent
    """
    n = len(gram)
    at.solution[:] = 0
    at.direction[:] = 0
    at.advance[:] = 0
    for k in range(n):
        for j in range(n):
            at.gram[0, k, j] = gram[k, j].real
            at.gram[1, k, j] = gram[k, j].imag
    for j in range(n):
        inverse = np.float32(1) / (at.gram[0, j, j] + loading[j])
        at.solution[j, j] = inverse
        at.first[j] = at.first[n + j] = inverse
    for k in range(n):
        for j in range(n):
            at.moved[k, j] = at.gram[0, k, j] * at.first[j]
            at.moved[k, n + j] = at.gram[1, k, j] * at.first[j]


@inlined_kernel
def find_residual(loading: Float32, at: Descent) -> None:
    """Fill in the residual of a solution under a loading that it was not found for."""
    width = at.moved.shape[1]
    for k in range(len(loading)):
        cost = -loading[k]
        for v in range(k * width, (k + 1) * width, LANES):
            minus = multiply_add(splat(np.float32(-1)), load(at.moved, v), splat(np.float32(0)))
            store(at.residual, v, multiply_add(splat(cost), load(at.solution, v), minus))
        at.residual[k, k] += 1


@inlined_kernel
def descend(loading: Float32, preconditioner: Float32, pace: Any, at: Descent) -> None:
    """Take a step: the direction is conjugate to the last one, its length the best times ``pace``.

    Parameters
    ----------
    loading, preconditioner : float32, shape (n_users,)
    pace : float32
    at : Descent
    """
    n, width = len(loading), at.moved.shape[1]
    nothing, minus = splat(np.float32(0)), splat(np.float32(-1))
    for v in range(0, width, LANES):
        curve, turn = nothing, nothing
        for k in range(n):
            place = k * width + v
            direction = load(at.direction, place)
            carried = multiply_add(splat(loading[k]), direction, load(at.advance, place))
            curve = multiply_add(direction, carried, curve)
            toward = multiply_add(splat(preconditioner[k]), load(at.residual, place), nothing)
            turn = multiply_add(carried, toward, turn)
        store(at.first, v, turn)
        store(at.second, v, curve)
    _ratios(at.first, at.second, np.float32(-1), n)
    for v in range(0, width, LANES):
        turn = load(at.first, v)
        for k in range(n):
            place = k * width + v
            toward = multiply_add(splat(preconditioner[k]), load(at.residual, place), nothing)
            store(at.direction, place, multiply_add(turn, load(at.direction, place), toward))
    for k in range(n):
        for j in range(n):
            at.turned[k, j] = -at.direction[k, n + j]
            at.turned[k, n + j] = at.direction[k, j]
    _multiply(at)
    for v in range(0, width, LANES):
        curve, slope = nothing, nothing
        for k in range(n):
            place = k * width + v
            direction = load(at.direction, place)
            image = multiply_add(splat(loading[k]), direction, load(at.advance, place))
            curve = multiply_add(direction, image, curve)
            slope = multiply_add(direction, load(at.residual, place), slope)
        store(at.first, v, slope)
        store(at.second, v, curve)
    _ratios(at.first, at.second, pace, n)
    for v in range(0, width, LANES):
        length = load(at.first, v)
        back = multiply_add(minus, length, nothing)
        for k in range(n):
            place = k * width + v
            direction, advance = load(at.direction, place), load(at.advance, place)
            image = multiply_add(splat(loading[k]), direction, advance)
            store(at.solution, place, multiply_add(length, direction, load(at.solution, place)))
            store(at.moved, place, multiply_add(length, advance, load(at.moved, place)))
            store(at.residual, place, multiply_add(back, image, load(at.residual, place)))


@inlined_kernel
def column_squares(matrix: Float32, out: Float32) -> None:
    """Write squared norms of columns, shape (n_users,)."""
    n = len(out)
    out[:] = 0
    for k in range(n):
        for j in range(n):
            out[j] += matrix[k, j] * matrix[k, j] + matrix[k, n + j] * matrix[k, n + j]


@inlined_kernel
def _ratios(above: Float32, below: Float32, factor: Any, n: int) -> None:
    """Divide sums over both parts of columns, times a factor; ``above`` is written."""
    for j in range(n):
        ratio = factor * (above[j] + above[n + j]) / (below[j] + below[n + j] + np.float32(LEAST))
        above[j] = above[n + j] = ratio


@inlined_kernel
def _multiply(at: Descent) -> None:
    """Write ``G D``."""
    rows, width = at.advance.shape
    n = at.gram.shape[2]
    for i in range(0, rows, ROWS):
        for v in range(0, width, LANES):
            a = b = c = d = splat(np.float32(0))
            for k in range(n):
                direction, turned = load(at.direction, k * width + v), load(at.turned, k * width + v)
                a = multiply_add(splat(at.gram[0, i, k]), direction, a)
                b = multiply_add(splat(at.gram[0, i + 1, k]), direction, b)
                c = multiply_add(splat(at.gram[0, i + 2, k]), direction, c)
                d = multiply_add(splat(at.gram[0, i + 3, k]), direction, d)
                a = multiply_add(splat(at.gram[1, i, k]), turned, a)
                b = multiply_add(splat(at.gram[1, i + 1, k]), turned, b)
                c = multiply_add(splat(at.gram[1, i + 2, k]), turned, c)
                d = multiply_add(splat(at.gram[1, i + 3, k]), turned, d)
            store(at.advance, i * width + v, a)
            store(at.advance, (i + 1) * width + v, b)
            store(at.advance, (i + 2) * width + v, c)
            store(at.advance, (i + 3) * width + v, d)
