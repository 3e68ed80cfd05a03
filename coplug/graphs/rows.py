"""Edges in any order brought into compressed rows, and rows turned into columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel

_SHORT = 24
"""Rows up to this length are sorted by insertion."""


@kernel
def compressed_rows(
    n_nodes: int, edges: NDArray[np.integer[Any]], directed: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of a simple graph: loops are left out, and edges that come again.

    Parameters
    ----------
    n_nodes : int
        Below 2**31.
    edges : integers, shape (k, 2)
        In ``0..n_nodes - 1``; k below 2**32.
    directed : bool
        Else an edge stands in the rows of both ends.

    Returns
    -------
    ptr : int64, shape (n_nodes + 1,)
    entries : int64, shape (m,)
        Ascending within a row: ``2**32 * neighbour + place`` with the first place of the edge in ``edges``.
    """
    starts = np.zeros(n_nodes + 1, np.int64)
    for k in range(len(edges)):
        tail, head = edges[k, 0], edges[k, 1]
        if tail != head:
            starts[tail + 1] += 1
            starts[head + 1] += not directed
    starts = np.cumsum(starts)
    entries = np.empty(starts[n_nodes], np.int64)
    for k in range(len(edges)):
        tail, head = edges[k, 0], edges[k, 1]
        if tail != head:
            entries[starts[tail]] = np.int64(head) << 32 | k
            starts[tail] += 1
            if not directed:
                entries[starts[head]] = np.int64(tail) << 32 | k
                starts[head] += 1
    ptr = np.zeros(n_nodes + 1, np.int64)
    for node in range(n_nodes):
        begin = starts[node - 1] if node else 0
        ptr[node + 1] = _without_repeats(entries, begin, starts[node], ptr[node])
    return ptr, entries[: ptr[n_nodes]].copy()


@kernel
def turned_rows(
    ptr: NDArray[np.int64], neighbours: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """Return the rows of the same edges the other way round.

    Parameters
    ----------
    ptr : int64, shape (n_nodes + 1,)
    neighbours : int32, shape (m,)

    Returns
    -------
    ptr : int64, shape (n_nodes + 1,)
    neighbours : int32, shape (m,)
        Ascending within a row.
    places : int64, shape (m,)
        Where each entry stands in the rows that were given.
    """
    n_nodes, m = len(ptr) - 1, len(neighbours)
    turned = np.zeros(n_nodes + 1, np.int64)
    for place in range(m):
        turned[neighbours[place] + 1] += 1
    turned = np.cumsum(turned)
    at = turned[:-1].copy()
    tails, places = np.empty(m, np.int32), np.empty(m, np.int64)
    for node in range(n_nodes):
        for place in range(ptr[node], ptr[node + 1]):
            head = neighbours[place]
            tails[at[head]], places[at[head]] = node, place
            at[head] += 1
    return turned, tails, places


@kernel
def _without_repeats(entries: NDArray[np.int64], begin: int, end: int, to: int) -> int:
    """Sort a row, move it to ``to`` without entries of a neighbour that was there, and return where it ends."""
    if end - begin > _SHORT:
        entries[begin:end].sort()
    else:
        _insertion_sort(entries, begin, end)
    last = -1
    for at in range(begin, end):
        entry = entries[at]
        if entry >> 32 != last:
            entries[to] = entry
            to += 1
            last = entry >> 32
    return to


@kernel
def _insertion_sort(entries: NDArray[np.int64], begin: int, end: int) -> None:
    for at in range(begin + 1, end):
        entry, place = entries[at], at
        while place > begin and entries[place - 1] > entry:
            entries[place] = entries[place - 1]
            place -= 1
        entries[place] = entry
