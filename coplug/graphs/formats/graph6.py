"""The graph6 format of B. McKay: a line of printable characters, six bits of the adjacency matrix each.

Source: https://users.cecs.anu.edu.au/~bdm/data/formats.txt
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.graph import Graph
from coplug.graphs.operations import pairs_at

HEADER = b">>graph6<<"
MAX_GRAPH6_NODES = 1 << 18
"""Below this many nodes, sizes take at most four characters; larger graphs are for other formats."""


def read_graph6(data: bytes, where: str) -> RawGraph:
    """Read the first graph of a graph6 file; nodes are numbered from 0.

    Raises
    ------
    InstanceError
        If the line holds other characters, or more or fewer than its size asks for.
    """
    lines = data.removeprefix(HEADER).split()
    if not lines:
        raise InstanceError(f"{where}: the file is empty; expected a graph6 line")
    values = np.frombuffer(lines[0], dtype=np.uint8).astype(np.int64) - 63
    if values.min() < 0 or values.max() > 63:
        raise InstanceError(f"{where}: the first line is no graph6: it holds other characters than ? to ~")
    n_nodes, used = announced_size(values)
    n_bits = n_nodes * (n_nodes - 1) // 2
    if n_nodes < 0 or len(values) - used != -(-n_bits // 6):
        raise InstanceError(
            f"{where}: the first line is no graph6: it has {len(values)} characters, which fits no graph "
            f"of {n_nodes} nodes; is it cut off?"
        )
    bits = np.unpackbits(np.left_shift(values[used:], 2).astype(np.uint8)).reshape(-1, 8)[:, :6].ravel()
    notes = (f"only the first of {len(lines)} graphs is read",) if len(lines) > 1 else ()
    return RawGraph(n_nodes, pairs_at(np.flatnonzero(bits[:n_bits])), range(n_nodes), notes)


def announced_size(values: NDArray[np.int64]) -> tuple[int, int]:
    """Return the number of nodes and of characters that say it; -1 nodes if it is cut off.

    Parameters
    ----------
    values : int64, shape (n_characters,)
        The characters of a graph6 line, or of a sparse6 line after its colon, less 63; at least one.
    """
    if values[0] != 63:
        return int(values[0]), 1
    used, first = (8, 2) if len(values) > 1 and values[1] == 63 else (4, 1)
    if len(values) < used:
        return -1, used
    n_nodes = 0
    for value in values[first:used]:
        n_nodes = (n_nodes << 6) + int(value)
    return n_nodes, used


def render_graph6(graph: Graph) -> bytes:
    """Return the graph6 line of a graph, with its newline.

    Raises
    ------
    UsageError
        If the graph is too large.
    """
    n = graph.n_nodes
    if n >= MAX_GRAPH6_NODES:
        raise UsageError(f"a graph of {n} nodes is too large for graph6; write an edgelist")
    size = [n] if n < 63 else [63, n >> 12, (n >> 6) & 63, n & 63]
    edges = graph.edges().astype(np.int64)
    n_bits = n * (n - 1) // 2
    bits = np.zeros(6 * -(-n_bits // 6), dtype=np.uint8)
    bits[edges[:, 1] * (edges[:, 1] - 1) // 2 + edges[:, 0]] = 1
    body = bits.reshape(-1, 6) @ np.array([32, 16, 8, 4, 2, 1], dtype=np.uint8)
    return bytes(np.concatenate([np.array(size, dtype=np.uint8), body.astype(np.uint8)]) + 63) + b"\n"
