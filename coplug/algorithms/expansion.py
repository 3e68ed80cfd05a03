"""Giving nodes their edges: priors from logits, and the choice of the likeliest actions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.tree import Float64, Int32, Tree
from coplug.jit import kernel


@kernel
def add_edges(
    tree: Tree,
    trees: NDArray[np.int64],
    nodes: NDArray[np.int64],
    logits: Float64,
    high: Float64,
    total: Float64,
    actions: Int32,
    width: int,
) -> None:
    """Write the edges of n nodes; for the arrays see :class:`coplug.algorithms.leaves.Leaves`.

    Parameters
    ----------
    tree : Tree
    trees, nodes : int64, shape (n,)
    logits : float64, shape (n, n_columns)
    high, total : float64, shape (n,)
    actions : int32, shape (n, n_columns) or (1, n_columns)
    width : int
        Keep so many legal actions of highest logit at most, those of lower column if equal. Their priors sum to 1.
    """
    n_columns, n_stored = logits.shape[1], tree.action.shape[2]
    keys, columns = np.empty(n_columns), np.empty(n_columns, dtype=np.int32)
    for r in range(len(trees)):
        i, node, names = trees[r], nodes[r], actions[r % actions.shape[0]]
        n_legal = _count_legal(logits[r])
        mass = total[r]
        if n_legal > width:
            _largest(logits[r], width, keys, columns)
            mass = 0.0
            for j in range(width):
                mass += math.exp(keys[j] - high[r])
        n_edges = min(n_legal, n_stored)
        if n_legal <= width:
            _largest(logits[r], n_edges, keys, columns)
        tree.n_edges[i, node] = n_edges
        for j in range(n_edges):
            tree.action[i, node, j] = names[columns[j]]
            tree.prior[i, node, j] = math.exp(keys[j] - high[r]) / mass


@kernel
def _count_legal(logits: Float64) -> int:
    n = 0
    for logit in logits:
        n += logit > -math.inf
    return n


@kernel
def _largest(logits: Float64, k: int, keys: Float64, columns: Int32) -> None:
    """Write the k largest logits to ``keys``, falling, and where they stand to ``columns``; there are as many.

    Of equal logits the lower column comes first. A heap of k with its last in order on top: most logits are only
    compared with that.
    """
    if k == 0:
        return
    n = 0
    for j in range(len(logits)):
        if logits[j] == -math.inf:
            continue
        if n < k:
            keys[n], columns[n] = logits[j], j
            n += 1
            if n == k:
                for top in range(k // 2 - 1, -1, -1):
                    _sink(keys, columns, top, k)
        elif logits[j] > keys[0]:
            keys[0], columns[0] = logits[j], j
            _sink(keys, columns, 0, k)
    for end in range(k - 1, 0, -1):
        keys[0], keys[end] = keys[end], keys[0]
        columns[0], columns[end] = columns[end], columns[0]
        _sink(keys, columns, 0, end)


@kernel
def _sink(keys: Float64, columns: Int32, at: int, n: int) -> None:
    """Restore the heap ``keys[:n]`` below ``at``."""
    key, column = keys[at], columns[at]
    while True:
        below = 2 * at + 1
        if below >= n:
            break
        if below + 1 < n and _later(keys[below + 1], columns[below + 1], keys[below], columns[below]):
            below += 1
        if not _later(keys[below], columns[below], key, column):
            break
        keys[at], columns[at] = keys[below], columns[below]
        at = below
    keys[at], columns[at] = key, column


@kernel
def _later(key: float, column: int, other_key: float, other_column: int) -> bool:
    """Tell whether the first comes after the other in the order of edges."""
    return key < other_key or (key == other_key and column > other_column)
