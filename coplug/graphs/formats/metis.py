"""METIS files: a line a node, with the nodes that it is adjacent to. What KaMIS reads.

Source: G. Karypis, METIS 5.1.0 manual, section 4.1.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.scanning import LONGEST, check_ends, line_error, skip_blank
from coplug.graphs.graph import Graph
from coplug.jit import kernel

_NEWLINE, _PERCENT = 10, 37
_ZERO, _NINE = 48, 57
_MOST_WEIGHTS = 1000


@dataclass(frozen=True)
class _Header:
    """What a header says: nodes, edges, and what stands in a line before and between its neighbours."""

    n_nodes: int
    n_edges: int
    n_before: int
    has_sizes: bool
    n_weights: int
    has_edge_weights: bool


def read_metis(data: bytes, where: str) -> RawGraph:
    """Read a METIS file, nodes numbered from 1; of several weights of a node the first is taken.

    Raises
    ------
    InstanceError
        If the header is missing or does not fit what follows, or an edge stands at one of its nodes only.
    """
    text, start = _header_line(data, where)
    header = _header(text, where)
    numbers, ptr = _rows(data, start, header, where)
    lengths = np.diff(ptr)
    step = 1 + header.has_edge_weights
    unfit = (lengths < header.n_before) | ((lengths - header.n_before) % step != 0)
    if unfit.any():
        node = int(np.argmax(unfit))
        raise InstanceError(
            f"{where}: the line of node {node + 1} has {lengths[node]} numbers, which does not fit the header {text!r}"
        )
    inside = np.arange(len(numbers)) - np.repeat(ptr[:-1], lengths) - header.n_before
    is_end = (inside >= 0) & (inside % step == 0)
    ends = numbers[is_end]
    sources = np.repeat(np.arange(1, header.n_nodes + 1), (lengths - header.n_before) // step)
    pairs = np.stack([sources, ends], axis=1)
    check_ends(pairs, header.n_nodes, where)
    weights = (
        numbers[np.flatnonzero(is_end) + 1].astype(np.float64)
        if header.has_edge_weights and len(ends)
        else None
    )
    kept = _once(pairs, header.n_edges, where)
    first_weight = ptr[:-1] + header.has_sizes
    return RawGraph(
        header.n_nodes,
        pairs[kept] - 1,
        range(1, header.n_nodes + 1),
        _notes(header),
        node_weights=numbers[first_weight].astype(np.float64)
        if header.n_weights and header.n_nodes
        else None,
        edge_weights=None if weights is None else weights[kept],
    )


def _header_line(data: bytes, where: str) -> tuple[str, int]:
    """Return the first line that is no comment, and where the next one begins."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end].strip()
        at = end + 1
        if line and not line.startswith(b"%"):
            return line.decode("ascii", "replace"), at
    raise InstanceError(f"{where}: no line 'NODES EDGES'; is it a METIS file?")


def _header(line: str, where: str) -> _Header:
    words = line.split()
    form = words[2].zfill(3) if len(words) > 2 else "000"
    fits = 2 <= len(words) <= 4 and all(word.isascii() and word.isdigit() for word in words)
    if not fits or len(form) != 3 or set(form) - {"0", "1"} or max(map(len, words)) > LONGEST:
        raise InstanceError(
            f"{where}: line {line[:60]!r} should be 'NODES EDGES', perhaps with a format such as 10 or 11; correct it"
        )
    n_weights = int(form[1]) * (int(words[3]) if len(words) == 4 else 1)
    if n_weights > _MOST_WEIGHTS:
        raise InstanceError(f"{where}: {n_weights} weights a node are announced; correct the header")
    has_sizes = form[0] == "1"
    return _Header(
        int(words[0]),
        int(words[1]),
        has_sizes + n_weights,
        has_sizes,
        n_weights,
        has_edge_weights=form[2] == "1",
    )


def _notes(header: _Header) -> tuple[str, ...]:
    notes = []
    if header.has_sizes:
        notes.append("sizes of nodes are ignored")
    if header.n_weights > 1:
        notes.append(f"the first of {header.n_weights} weights of each node is taken")
    return tuple(notes)


def _rows(
    data: bytes, start: int, header: _Header, where: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the numbers of all lines end to end, and where each node's begin; of shape (n_nodes + 1,)."""
    if header.n_nodes > data.count(b"\n", start) + 1:
        raise InstanceError(
            f"{where}: its header announces {header.n_nodes} nodes, more than it has lines; is the file cut off?"
        )
    ptr = np.zeros(header.n_nodes + 1, np.int64)
    numbers = np.empty((len(data) - start) // 2 + 1, np.int64)
    n_rows, bad = _scan_rows(np.frombuffer(data, np.uint8), min(start, len(data)), numbers, ptr)
    if bad >= 0:
        expected = "whole numbers" if n_rows <= header.n_nodes else "no line after those of the nodes"
        raise line_error(data, bad, f"expected {expected}", where)
    if n_rows < header.n_nodes:
        raise InstanceError(
            f"{where}: its header announces {header.n_nodes} nodes and lines of {n_rows} follow; is the file cut off?"
        )
    return numbers[: ptr[-1]].copy(), ptr


def _once(pairs: NDArray[np.int64], n_edges: int, where: str) -> NDArray[np.int64]:
    """Return which pairs to keep, each edge once, where both of its nodes' lines have it."""
    source, end = pairs.T
    forward, backward = np.flatnonzero(source < end), np.flatnonzero(source > end)
    loops = np.flatnonzero(source == end)
    there = pairs[forward][np.lexsort((end[forward], source[forward]))]
    back = pairs[backward][:, ::-1][np.lexsort((source[backward], end[backward]))]
    if len(there) != len(back) or (there != back).any():
        raise InstanceError(
            f"{where}: an edge stands in the line of one of its nodes only; each edge belongs to both"
        )
    if len(forward) + len(loops) != n_edges and len(pairs) != 2 * n_edges:
        raise InstanceError(
            f"{where}: its header announces {n_edges} edges and {len(forward) + len(loops)} follow; is it cut off?"
        )
    return np.sort(np.concatenate([forward, loops]))


@kernel
def _scan_rows(
    data: NDArray[np.uint8], start: int, numbers: NDArray[np.int64], ptr: NDArray[np.int64]
) -> tuple[int, int]:
    """Read whole numbers, a row a line; lines that begin with ``%`` are none, empty ones are rows without numbers.

    Returns
    -------
    n_rows, bad : int
        Rows that were read, and the first byte of a line that is no row, or -1.
    """
    n_rows, n_numbers, at, size = 0, 0, start, len(data)
    n_wanted = len(ptr) - 1
    while at < size:
        line = end = at
        while end < size and data[end] != _NEWLINE:
            end += 1
        at = end + 1
        here = skip_blank(data, line, end)
        if here < end and data[here] == _PERCENT:
            continue
        if n_rows == n_wanted:
            if here < end:
                return n_rows + 1, line
            continue
        while here < end:
            value, begin = 0, here
            while here < end and _ZERO <= data[here] <= _NINE:
                value = 10 * value + (data[here] - _ZERO)
                here += 1
            after = skip_blank(data, here, end)
            if here == begin or here - begin > LONGEST or (after == here and here < end):
                return n_rows, line
            numbers[n_numbers] = value
            n_numbers += 1
            here = after
        n_rows += 1
        ptr[n_rows] = n_numbers
    return n_rows, -1


def render_metis(graph: Graph) -> bytes:
    """Return a METIS file of a graph, nodes by position.

    Raises
    ------
    UsageError
        If the graph is directed, or a weight is no whole number.
    """
    if graph.directed:
        raise UsageError("a METIS file has no direction; write an edgelist or a graphml")
    nodes, edges = _whole(graph.node_weights), _whole(graph.edge_weights)
    form = f"{int(nodes is not None)}{int(edges is not None)}"
    lines = [f"{graph.n_nodes} {graph.n_edges}" + (f" {form}" if form != "00" else "")]
    ends, ptr = (graph.neighbours + 1).tolist(), graph.ptr.tolist()
    for node in range(graph.n_nodes):
        words = [] if nodes is None else [nodes[node]]
        for k in range(ptr[node], ptr[node + 1]):
            words += [ends[k]] if edges is None else [ends[k], edges[k]]
        lines.append(" ".join(map(str, words)))
    return "".join(f"{line}\n" for line in lines).encode()


def _whole(weights: NDArray[np.float64] | None) -> list[int] | None:
    if weights is None:
        return None
    if not ((weights == np.floor(weights)) & (weights >= 0) & (weights < 10.0**LONGEST)).all():
        raise UsageError(f"a METIS file has whole weights in 0..1e{LONGEST} only; write a col or a graphml")
    return [int(weight) for weight in weights.tolist()]
