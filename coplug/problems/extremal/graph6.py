"""The graph6 format: a simple graph in a line of printable characters.

Source: B. McKay, https://users.cecs.anu.edu.au/~bdm/data/formats.txt.
"""

from __future__ import annotations

import numpy as np

from coplug.errors import InstanceError
from coplug.problems.extremal.graph import Graph

_HEADER = ">>graph6<<"
_FIRST, _LAST = 63, 126
_MOST_NODES = 258047
"""More need a longer form of the size, which is not read."""


def to_graph6(graph: Graph) -> str:
    """Return the graph as a line of graph6, without header and line break.

    Raises
    ------
    InstanceError
        If it has more than 258,047 nodes.
    """
    n = graph.n
    if n > _MOST_NODES:
        raise InstanceError(f"a graph of {n} nodes is too large for graph6 here; at most {_MOST_NODES}")
    i, j = graph.edges[:, 0], graph.edges[:, 1]
    bits = np.zeros((n * (n - 1) // 2 + 5) // 6 * 6, np.uint8)
    bits[j * (j - 1) // 2 + i] = 1
    size = [n] if n < 63 else [63, n >> 12, n >> 6 & 63, n & 63]
    groups = bits.reshape(-1, 6) @ (1 << np.arange(5, -1, -1))
    return bytes(np.concatenate([size, groups]).astype(np.uint8) + _FIRST).decode("ascii")


def from_graph6(line: str) -> Graph:
    """Return the graph of a line of graph6.

    Raises
    ------
    InstanceError
        If the line is empty, has foreign characters or is too short or too long for its size.
    """
    text = line.strip().removeprefix(_HEADER)
    if not text:
        raise InstanceError("no graph6: the line is empty")
    codes = np.array([ord(character) for character in text], np.int64)
    if codes.min() < _FIRST or codes.max() > _LAST:
        foreign = next(c for c in text if not _FIRST <= ord(c) <= _LAST)
        raise InstanceError(f"no graph6: {foreign!r} is none of its characters, '?' to '~'")
    values = codes - _FIRST
    n, groups = (int(values[0]), values[1:]) if values[0] < 63 else (_long_size(values), values[4:])
    n_groups = (n * (n - 1) // 2 + 5) // 6
    if len(groups) != n_groups:
        raise InstanceError(
            f"no graph6: {len(groups)} characters after the size, {n_groups} expected for {n} nodes"
        )
    bits = (groups[:, None] >> np.arange(5, -1, -1)) & 1
    column, row = np.tril_indices(n, -1)
    there = bits.ravel()[: len(row)] == 1
    return Graph.of(n, np.stack([row[there], column[there]], axis=1).tolist())


def _long_size(values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    if len(values) < 4 or values[1] == 63:
        raise InstanceError(f"no graph6: a size that is cut off, or above {_MOST_NODES}")
    return int(values[1] << 12 | values[2] << 6 | values[3])
