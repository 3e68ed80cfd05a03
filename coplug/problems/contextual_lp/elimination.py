"""Eliminating the duals of each sample from a step of Newton's method, in the smaller of two spaces.

A step minimises ``1/2 sum_j w_j (g_j / w_j - r_j)^2`` over changes ``r = v - A' y`` of reduced costs, of given changes
``v`` of costs and all changes ``y`` of duals. What is left of the weights ``W`` without ``y`` is::

    K = W - W A' (A W A')^-1 A W  =  Z (Z' W^-1 Z)^-1 Z'

for a basis ``Z`` of the null space of ``A``. The first form inverts a matrix of the order of the rows for each sample,
the second one of the order of the columns less the rows. The first keeps the digits of small multipliers at any
weights, the second only where weights do not differ too much.

Decisions may leave duals open. In the first form their squares cost a little, or else they would run away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

Float = NDArray[np.float64]

DAMPING = 1e-6
"""Half of this times the squares of a sample's duals is added to its loss."""

WIDEST = 1e8
"""Ratio of weights at which the second form still is exact enough."""

WORK_ENTRIES = 2**17
"""Float64 numbers in the largest temporary array: it stays in the cache of a core."""


class Form(Protocol):
    """``K`` of each sample."""

    def factorise(self, weight: Float, products: Float) -> Float:
        """See :meth:`Elimination.factorise`."""
        ...

    def left_of(self, weighted: Float, duals: Float | None = None) -> Float:
        """See :meth:`Elimination.left_of`."""
        ...


class Elimination:
    """``K`` of each sample, by the form that is cheaper where both are exact enough.

    Parameters
    ----------
    matrix : float64, shape (rows, m)
        Of independent rows.
    n_predicted : int
        The first ``k`` columns have predicted costs.
    """

    def __init__(self, matrix: Float, n_predicted: int) -> None:
        rows, m = matrix.shape
        self._always: Form = RowSpace(matrix, n_predicted)
        self._cheaper: Form | None = NullSpace(matrix, n_predicted) if m - rows < rows else None
        self._now: Form = self._always

    def factorise(self, weight: Float, products: Float) -> Float:
        """Take weights, and return the sum over samples of ``K`` times products of their features.

        Parameters
        ----------
        weight : float64, shape (n, m)
            At least 0.
        products : float64, shape (n, p)

        Returns
        -------
        float64, shape (k, k, p)
        """
        is_even = weight.max(initial=0.0) < WIDEST * weight.min(initial=np.inf)
        self._now = self._cheaper if self._cheaper is not None and is_even else self._always
        return self._now.factorise(weight, products)

    def left_of(self, weighted: Float, duals: Float | None = None) -> Float:
        """Return ``K W^-1 g`` of ``g``, both float64, shape (n, m).

        Parameters
        ----------
        weighted : float64, shape (n, m)
        duals : float64, shape (n, rows), optional
            Before the step, which draws them to 0; 0 if not given.
        """
        return self._now.left_of(weighted, duals)


class RowSpace:
    """``K`` by the rows."""

    def __init__(self, matrix: Float, n_predicted: int) -> None:
        self._matrix, self._k = matrix, n_predicted
        self._outer = (matrix[:, None, :] * matrix[None, :, :]).reshape(len(matrix) ** 2, matrix.shape[1]).T

    def factorise(self, weight: Float, products: Float) -> Float:
        """See :meth:`Elimination.factorise`."""
        (rows, m), (n, k) = self._matrix.shape, (len(weight), self._k)
        self._weight, self._inverse = weight, np.empty((n, rows, rows))
        total = np.zeros((k * k, products.shape[1]))
        for part in _parts(n, m * max(m, rows)):
            size = len(weight[part])
            gram = (weight[part] @ self._outer).reshape(size, rows, rows)
            gram[:, np.arange(rows), np.arange(rows)] += DAMPING
            inverse = self._inverse[part] = np.linalg.inv(gram)
            # Two large products instead of many small ones.
            half = (inverse.reshape(size * rows, rows) @ self._matrix[:, :k]).reshape(size, rows, k)
            inner = (half.transpose(0, 2, 1).reshape(size * k, rows) @ self._matrix[:, :k]).reshape(-1, k, k)
            left = -weight[part, :k, None] * inner * weight[part, None, :k]
            left[:, np.arange(k), np.arange(k)] += weight[part, :k]
            total += left.reshape(-1, k * k).T @ products[part]
        return total.reshape(k, k, -1)

    def left_of(self, weighted: Float, duals: Float | None = None) -> Float:
        """See :meth:`Elimination.left_of`."""
        drawn = weighted @ self._matrix.T + (0.0 if duals is None else DAMPING * duals)
        left: Float = weighted - self._weight * (_times(self._inverse, drawn) @ self._matrix)
        return left


class NullSpace:
    """``K`` by the null space of the rows; weights are above 0."""

    def __init__(self, matrix: Float, n_predicted: int) -> None:
        self._basis: Float = scipy.linalg.null_space(matrix)
        self._predicted = self._basis[:n_predicted]
        self._outer = (self._basis[:, :, None] * self._basis[:, None, :]).reshape(len(self._basis), -1)

    def factorise(self, weight: Float, products: Float) -> Float:
        """See :meth:`Elimination.factorise`."""
        n, q = len(weight), self._basis.shape[1]
        self._weight, self._inverse = weight, np.empty((n, q, q))
        total = np.zeros((q * q, products.shape[1]))
        for part in _parts(n, q * q):
            gram = ((1 / weight[part]) @ self._outer).reshape(-1, q, q)
            inverse = self._inverse[part] = np.linalg.inv(gram)
            total += inverse.reshape(-1, q * q).T @ products[part]
        half = np.tensordot(self._predicted, total.reshape(q, q, -1), 1)
        left: Float = np.einsum("jb,ibp->ijp", self._predicted, half)
        return left

    def left_of(self, weighted: Float, duals: Float | None = None) -> Float:
        """See :meth:`Elimination.left_of`."""
        left: Float = _times(self._inverse, (weighted / self._weight) @ self._basis) @ self._basis.T
        return left


def _times(matrices: Float, vectors: Float) -> Float:
    """Return each matrix times its vector, float64, shape (n, rows)."""
    product: Float = (matrices @ vectors[:, :, None])[:, :, 0]
    return product


def _parts(n: int, entries: int) -> Iterator[slice]:
    """Yield slices of samples of so many numbers each."""
    size = max(1, WORK_ENTRIES // max(1, entries))
    for start in range(0, n, size):
        yield slice(start, start + size)
