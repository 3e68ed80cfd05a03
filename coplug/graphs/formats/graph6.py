"""The graph6 format of B. McKay: a line of printable characters, six bits of the adjacency matrix each.

Source: https://users.cecs.anu.edu.au/~bdm/data/formats.txt
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.graph import Graph, from_edges
from coplug.graphs.operations import pairs_at

HEADER = b">>graph6<<"
MAX_GRAPH6_NODES = 1 << 18
"""Below this many nodes, sizes take at most four characters; larger graphs are for other formats."""

_LEAST = np.uint8(63)
"""The character of the number 0."""

_PIECE = 2**22
"""Characters that are taken apart at once: memory grows with the edges, not with the pairs."""


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
    characters = np.frombuffer(lines[0], dtype=np.uint8)
    if characters.min() < _LEAST or characters.max() > _LEAST + 63:
        raise InstanceError(f"{where}: the first line is no graph6: it holds other characters than ? to ~")
    n_nodes, used = announced_size(characters[:8].astype(np.int64) - _LEAST)
    n_bits = n_nodes * (n_nodes - 1) // 2
    if n_nodes < 0 or len(characters) - used != -(-n_bits // 6):
        raise InstanceError(
            f"{where}: the first line is no graph6: it has {len(characters)} characters, which fits no graph "
            f"of {n_nodes} nodes; is it cut off?"
        )
    places = [
        _ones(characters[at : at + _PIECE], 6 * (at - used)) for at in range(used, len(characters), _PIECE)
    ]
    edges = pairs_at(np.concatenate([np.empty(0, np.int64), *places]))
    notes = (f"only the first of {len(lines)} graphs is read",) if len(lines) > 1 else ()
    return RawGraph(n_nodes, edges[edges[:, 1] < n_nodes], range(n_nodes), notes)


def _ones(characters: NDArray[np.uint8], begin: int) -> NDArray[np.int64]:
    """Return where the bits of characters are 1, the first bit being number ``begin``."""
    bits = np.unpackbits((characters - _LEAST) << np.uint8(2)).reshape(-1, 8)[:, :6].ravel()
    return np.flatnonzero(bits) + begin


def announced_size(values: NDArray[np.int64]) -> tuple[int, int]:
    """Return the number of nodes and of characters that say it; -1 nodes if it is cut off.

    Parameters
    ----------
    values : int64, shape (n_characters,)
        The first 8 characters of a graph6 line, or of a sparse6 line after its colon, less 63; at least one.
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
        If the graph is too large, or has weights or direction.
    """
    n = graph.n_nodes
    if graph.directed or graph.node_weights is not None or graph.edge_weights is not None:
        raise UsageError("graph6 has no weights and no direction; write a graphml")
    if n >= MAX_GRAPH6_NODES:
        raise UsageError(f"a graph of {n} nodes is too large for graph6; write an edgelist")
    size = [n] if n < 63 else [63, n >> 12, (n >> 6) & 63, n & 63]
    edges = graph.edges().astype(np.int64)
    n_bits = n * (n - 1) // 2
    bits = np.zeros(6 * -(-n_bits // 6), dtype=np.uint8)
    bits[edges[:, 1] * (edges[:, 1] - 1) // 2 + edges[:, 0]] = 1
    body = bits.reshape(-1, 6) @ np.array([32, 16, 8, 4, 2, 1], dtype=np.uint8)
    return bytes(np.concatenate([np.array(size, dtype=np.uint8), body.astype(np.uint8)]) + 63) + b"\n"


def to_graph6(graph: Graph) -> str:
    """Return the graph as a line of graph6, without header and line break.

    Raises
    ------
    UsageError
        If the graph is too large, or has weights or direction.
    """
    return render_graph6(graph).decode("ascii").strip()


def from_graph6(line: str) -> Graph:
    """Return the graph of a line of graph6.

    Raises
    ------
    InstanceError
        If the line is empty, has foreign characters or is too short or too long for its size.
    """
    if len(line.split()) != 1 or not line.isascii():
        raise InstanceError("no graph6: expected one word of the characters ? to ~")
    raw = read_graph6(line.strip().encode("ascii"), "no graph6")
    return from_edges(raw.n_nodes, raw.edges)
