"""What flipping each pair of nodes is worth, kept up to date by compiled code.

For a set of forbidden lengths, the score of a graph is its number of edges minus its number of forbidden cycles. A
cycle of length k through the pair ij is a path of k - 1 edges from i to j, so flipping ij is worth
``(1 - 2 A[i, j]) * (1 - paths[i, j])`` with ``paths`` the number of simple paths of forbidden length minus 1. A flip of
uv changes it only at the ends of such paths through uv: about 3 d**2 pairs where degrees are d, for the lengths 3
and 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel


class Flips(NamedTuple):
    """A graph of n nodes, with the gain of every flip.

    Pairs are numbered row by row: (0, 1), (0, 2), ..., (n - 2, n - 1); m = n (n - 1) / 2.

    Attributes
    ----------
    degree : int64, shape (n,)
        Neighbours of each node.
    neighbours : int32, shape (n, n)
        Row i begins with the neighbours of i, in no order.
    offset : int64, shape (n,)
        Pair i < j has the number ``offset[i] + j``.
    sign : int32, shape (m,)
        1 where there is no edge, -1 where there is one.
    gain : int32, shape (m,)
        Change of the score by a flip.
    score : int64, shape (1,)
        Edges less forbidden cycles.
    lengths : int64, shape (k,)
        Forbidden lengths of cycles, ascending.
    on_path : bool, shape (n,)
        Scratch, False between calls.
    """

    degree: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    offset: NDArray[np.int64]
    sign: NDArray[np.int32]
    gain: NDArray[np.int32]
    score: NDArray[np.int64]
    lengths: NDArray[np.int64]
    on_path: NDArray[np.bool_]


def empty(n: int, lengths: tuple[int, ...]) -> Flips:
    """Return the graph of n nodes without edges: every flip is worth 1."""
    rows = np.arange(n, dtype=np.int64)
    m = n * (n - 1) // 2
    return Flips(
        degree=np.zeros(n, np.int64),
        neighbours=np.zeros((n, n), np.int32),
        offset=rows * (2 * n - rows - 1) // 2 - rows - 1,
        sign=np.ones(m, np.int32),
        gain=np.ones(m, np.int32),
        score=np.zeros(1, np.int64),
        lengths=np.array(lengths, np.int64),
        on_path=np.zeros(n, np.bool_),
    )


@kernel
def flip(flips: Flips, i: int, j: int) -> None:
    """Flip the pair i, j, and update the gain of every flip."""
    pair = flips.offset[min(i, j)] + max(i, j)
    adds = flips.sign[pair] == 1
    flips.score[0] += flips.gain[pair]
    flips.gain[pair] = -flips.gain[pair]
    flips.sign[pair] = -flips.sign[pair]
    if not adds:
        _remove_neighbour(flips, i, j)
        _remove_neighbour(flips, j, i)
    more = 1 if adds else -1
    for length in flips.lengths:
        if length == 3:
            _count_two_edges(flips, i, j, more)
        elif length == 4:
            _count_three_edges(flips, i, j, more)
        else:
            _count_long(flips, i, j, length, more)
    if adds:
        _add_neighbour(flips, i, j)
        _add_neighbour(flips, j, i)


@kernel
def clear(flips: Flips) -> None:
    """Remove all edges."""
    flips.degree[:] = 0
    flips.sign[:] = 1
    flips.gain[:] = 1
    flips.score[0] = 0


@kernel
def load(flips: Flips, pairs: NDArray[np.int64]) -> None:
    """Make the graph that has these edges.

    Parameters
    ----------
    flips : Flips
    pairs : int64, shape (n_edges, 2)
    """
    clear(flips)
    for k in range(len(pairs)):
        flip(flips, pairs[k, 0], pairs[k, 1])


@kernel
def edges(flips: Flips) -> NDArray[np.int64]:
    """Return the edges i < j in the order of their numbers, int64, shape (n_edges, 2)."""
    n = len(flips.degree)
    found = np.empty((flips.degree.sum() // 2, 2), np.int64)
    k = 0
    for i in range(n):
        for j in range(i + 1, n):
            if flips.sign[flips.offset[i] + j] == -1:
                found[k, 0], found[k, 1] = i, j
                k += 1
    return found


@kernel
def nodes_of(flips: Flips, pair: int) -> tuple[int, int]:
    """Return the nodes i < j of a numbered pair."""
    low, high = 0, len(flips.degree) - 2
    while low < high:
        middle = (low + high + 1) // 2
        if flips.offset[middle] + middle + 1 <= pair:
            low = middle
        else:
            high = middle - 1
    return low, pair - flips.offset[low]


@kernel
def _add_neighbour(flips: Flips, i: int, j: int) -> None:
    flips.neighbours[i, flips.degree[i]] = j
    flips.degree[i] += 1


@kernel
def _remove_neighbour(flips: Flips, i: int, j: int) -> None:
    flips.degree[i] -= 1
    row = flips.neighbours[i]
    k = 0
    while row[k] != j:
        k += 1
    row[k] = row[flips.degree[i]]


@kernel
def _count(flips: Flips, i: int, j: int, more: int) -> None:
    """Note ``more`` paths between i and j."""
    pair = flips.offset[min(i, j)] + max(i, j)
    flips.gain[pair] -= more * flips.sign[pair]


@kernel
def _count_two_edges(flips: Flips, i: int, j: int, more: int) -> None:
    """Note the paths of 2 edges through the edge ij, which is not among the neighbours."""
    for a in range(flips.degree[i]):
        _count(flips, flips.neighbours[i, a], j, more)
    for b in range(flips.degree[j]):
        _count(flips, i, flips.neighbours[j, b], more)


@kernel
def _count_three_edges(flips: Flips, i: int, j: int, more: int) -> None:
    """Note the paths of 3 edges through the edge ij, which is not among the neighbours."""
    for a in range(flips.degree[i]):
        x = flips.neighbours[i, a]
        for b in range(flips.degree[j]):
            y = flips.neighbours[j, b]
            if x != y:
                _count(flips, x, y, more)
        for c in range(flips.degree[x]):
            y = flips.neighbours[x, c]
            if y != i and y != j:
                _count(flips, y, j, more)
    for b in range(flips.degree[j]):
        x = flips.neighbours[j, b]
        for c in range(flips.degree[x]):
            y = flips.neighbours[x, c]
            if y != i and y != j:
                _count(flips, i, y, more)


@kernel
def _count_long(flips: Flips, i: int, j: int, length: int, more: int) -> None:
    """Note the paths of ``length - 1`` edges through the edge ij, which is not among the neighbours."""
    flips.on_path[i] = flips.on_path[j] = True
    for n_left in range(length - 1):
        _count_arms(flips, i, j, n_left, length - 2, more)
    flips.on_path[i] = flips.on_path[j] = False


@kernel
def _count_arms(flips: Flips, i: int, j: int, n_left: int, n_steps: int, more: int) -> None:
    """Note the paths that go ``n_left`` edges on from i and the rest of ``n_steps`` from j, depth first."""
    path = np.empty(n_steps, np.int64)
    tried = np.zeros(n_steps + 1, np.int64)
    depth = 0
    while depth >= 0:
        if depth == n_steps:
            end = path[n_left - 1] if n_left > 0 else i
            _count(flips, end, path[n_steps - 1] if n_left < n_steps else j, more)
            depth -= 1
            flips.on_path[path[depth]] = False
            continue
        node = path[depth - 1] if depth > 0 else i
        if depth == n_left:
            node = j
        if tried[depth] == flips.degree[node]:
            tried[depth] = 0
            depth -= 1
            if depth >= 0:
                flips.on_path[path[depth]] = False
            continue
        following = flips.neighbours[node, tried[depth]]
        tried[depth] += 1
        if not flips.on_path[following]:
            flips.on_path[following] = True
            path[depth] = following
            depth += 1
