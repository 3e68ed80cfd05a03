"""Starts for large sizes: points and lines of an affine plane without one parallel class.

For a prime power q, the points (x, y) and the lines y = m x + b over the field of q elements make a bipartite graph of
2 q**2 nodes, degree q and girth 6. Within the points of equal x, and the lines of equal m, edges can be added; for
q = 5 five-cycles, which makes the Hoffman-Singleton graph. Deleting such classes gives smaller sizes.

Source: M. Abreu, G. Araujo-Pardo, C. Balbuena and D. Labbate, Families of small regular graphs of girth 5, Discrete
Mathematics 312 (2012), 2832-2842.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs.graph import Graph

_FIELDS = {2: (2, ()), 3: (3, ()), 4: (2, (1, 1)), 5: (5, ()), 7: (7, ()), 8: (2, (1, 1, 0)), 9: (3, (2, 2))}
_FIELDS |= {11: (11, ()), 13: (13, ())}
"""Of each order the characteristic, and the coefficients c of x**d = -c[0] - c[1] x - ..., if d > 1."""

ORDERS = tuple(_FIELDS)
"""Orders of the planes there are."""


def plane_graph(order: int, n_points: int | None = None, n_lines: int | None = None) -> Graph:
    """Return the graph of some classes of points and of lines, ``order`` nodes each.

    Parameters
    ----------
    order : int
        One of :data:`ORDERS`.
    n_points, n_lines : int, optional
        Classes of points of equal x and of lines of equal slope that are kept; by default all, ``order``.

    Raises
    ------
    UsageError
        If there is no such plane, or it has fewer classes.
    """
    if order not in _FIELDS:
        raise UsageError(f"no plane of order {order}; choose from {', '.join(map(str, ORDERS))}")
    xs, slopes = order if n_points is None else n_points, order if n_lines is None else n_lines
    if not (0 <= xs <= order and 0 <= slopes <= order):
        raise UsageError(f"{xs} and {slopes} classes are out of range; take 0..{order} each")
    plus, times = field_tables(order)
    edges = [
        (x * order + int(plus[times[m, x], b]), (xs + m) * order + b)
        for m, x, b in itertools.product(range(slopes), range(xs), range(order))
    ]
    return Graph.of((xs + slopes) * order, edges)


def plane_starts(first: int, last: int) -> list[Graph]:
    """Return the graphs of all planes with sizes in first..last, as many classes of points as of lines or one more."""
    return [
        plane_graph(order, n_classes - n_classes // 2, n_classes // 2)
        for order in ORDERS
        for n_classes in range(2 * order + 1)
        if first <= n_classes * order <= last
    ]


def field_tables(order: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return sums and products of the field's elements 0..order-1, whose digits are coefficients; (order, order)."""
    prime, modulus = _FIELDS[order]
    degree = max(len(modulus), 1)
    powers = prime ** np.arange(degree)
    digits = np.arange(order)[:, None] // powers % prime
    plus = ((digits[:, None] + digits[None]) % prime) @ powers
    times = np.empty((order, order), np.int64)
    for a, b in itertools.product(range(order), repeat=2):
        product = np.convolve(digits[a], digits[b])
        for k in range(len(product) - 1, degree - 1, -1):
            product[k - degree : k] -= product[k] * np.array(modulus)
        times[a, b] = int(product[:degree] % prime @ powers)
    return plus, times
