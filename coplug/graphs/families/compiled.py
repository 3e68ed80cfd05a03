"""Families whose graphs can be drawn inside a compiled loop, into a matrix.

The distribution is the family's own; the graph of a seed is not, since it comes from another generator
(:mod:`coplug.random_kernels`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.families.hard_graphs import MAX_DRAWS, RbModel
from coplug.graphs.families.random_graphs import ErdosRenyi
from coplug.graphs.graph import MAX_NODES
from coplug.jit import kernel
from coplug.random_kernels import uniform, uniform_integer

ERDOS_RENYI, RB = 1, 2


class CompiledFamily(NamedTuple):
    """What a compiled loop knows of a family.

    Attributes
    ----------
    kind : int
        :data:`ERDOS_RENYI` or :data:`RB`.
    parameters : float64, shape (k,)
        The family's, in the order of its fields.
    """

    kind: int
    parameters: NDArray[np.float64]


def compiled(family: Any) -> CompiledFamily | None:
    """Return what a compiled loop needs to draw from a family; None if it is not one of those that it knows."""
    if type(family) is ErdosRenyi:
        return CompiledFamily(
            ERDOS_RENYI, np.array([family.min_nodes, family.max_nodes, family.edge_probability])
        )
    if type(family) is RbModel:
        sizes = (
            family.min_cliques,
            family.max_cliques,
            family.min_clique_size,
            family.max_clique_size,
            family.min_tightness,
            family.min_nodes,
            family.max_nodes,
        )
        return CompiledFamily(RB, np.array(sizes, np.float64))
    return None


@kernel
def draw_matrix(family: CompiledFamily, random: NDArray[np.uint64], matrix: NDArray[np.int8]) -> int:
    """Draw a graph into the corner of a matrix, whose rest becomes 0.

    Parameters
    ----------
    family : CompiledFamily
    random : uint64, shape (1,)
    matrix : int8, shape (n, n)

    Returns
    -------
    int
        Nodes of the graph; -1 if the matrix has no room for it, and then it was not changed.
    """
    if family.kind == ERDOS_RENYI:
        return _draw_erdos_renyi(family.parameters, random, matrix)
    return _draw_rb(family.parameters, random, matrix)


@kernel
def _draw_erdos_renyi(
    parameters: NDArray[np.float64], random: NDArray[np.uint64], matrix: NDArray[np.int8]
) -> int:
    n = uniform_integer(random, int(parameters[0]), int(parameters[1]))
    if n > len(matrix):
        return -1
    matrix[:] = 0
    for i in range(n):
        for j in range(i + 1, n):
            if uniform(random) < parameters[2]:
                matrix[i, j] = matrix[j, i] = 1
    return n


@kernel
def _draw_rb(parameters: NDArray[np.float64], random: NDArray[np.uint64], matrix: NDArray[np.int8]) -> int:
    """Draw as :class:`~.hard_graphs.RbModel` does."""
    n, k = _rb_sizes(parameters, random)
    if n * k > len(matrix):
        return -1
    tightness = min(parameters[4] + (1.0 - parameters[4]) * uniform(random), 1.0 - 1e-9)
    ratio = -np.log(k) / np.log(n) / np.log(1.0 - tightness)
    matrix[:] = 0
    for i in range(n * k):
        for j in range(i + 1, (i // k + 1) * k):
            matrix[i, j] = matrix[j, i] = 1
    n_pairs = round(tightness * k * k)
    pairs = np.arange(k * k)
    for _ in range(round(ratio * n * np.log(n))):
        one = uniform_integer(random, 0, n - 1)
        other = (one + uniform_integer(random, 1, n - 1)) % n
        for at in range(n_pairs):
            chosen = uniform_integer(random, at, k * k - 1)
            pairs[at], pairs[chosen] = pairs[chosen], pairs[at]
            i, j = one * k + pairs[at] // k, other * k + pairs[at] % k
            matrix[i, j] = matrix[j, i] = 1
    return n * k


@kernel
def _rb_sizes(parameters: NDArray[np.float64], random: NDArray[np.uint64]) -> tuple[int, int]:
    """Draw numbers of cliques and of their nodes until the product is within the range."""
    n, k = 0, 0
    for _ in range(MAX_DRAWS):
        n = uniform_integer(random, int(parameters[0]), int(parameters[1]))
        k = uniform_integer(random, int(parameters[2]), int(parameters[3]))
        if parameters[5] <= n * k <= parameters[6]:
            return n, k
    return n, MAX_NODES  # too large for any matrix
