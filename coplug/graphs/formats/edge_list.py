"""Edge lists: lines of two names, perhaps with a weight."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.scanning import NO_MARKER, scan_lines
from coplug.graphs.formats.weights import is_number, weights_at, written
from coplug.graphs.formats.words import numbered, words_of_lines
from coplug.graphs.graph import Graph

_IGNORED = "what follows the two names of a line is ignored (weights?)"


def read_edge_list(data: bytes, where: str) -> RawGraph:
    """Read lines of two names and perhaps a weight, apart by blanks or commas; one name alone is a node.

    A word that begins with ``#`` or ``%`` begins a comment. Whole numbers are read by the compiled scanner and keep
    their values as names; other names, among them ``007``, stay as they are written, and are slower to read. What
    follows two names is a weight if it is a number in the first line that has it, else it is ignored.

    Raises
    ------
    InstanceError
        If the text is not UTF-8, or some weights are no numbers.
    """
    n_lines = data.count(b"\n") + 1
    out, more = np.empty((n_lines, 2), dtype=np.int64), np.empty(n_lines, dtype=np.int64)
    n_found, bad = scan_lines(np.frombuffer(data, np.uint8), 0, NO_MARKER, True, out, more)
    if bad >= 0:
        return _read_named_edges(data, where)
    pairs = out[:n_found]
    alone = pairs[:, 1] < 0
    names, positions = _renumber(np.where(pairs < 0, pairs[:, :1], pairs))
    return _raw(data, positions[~alone], names, more[:n_found][~alone], where)


def _raw(
    data: bytes, edges: NDArray[np.int64], names: list[int] | list[str], places: NDArray[np.int64], where: str
) -> RawGraph:
    """Return the graph, with weights if what follows the names of a line is a number; -1 where nothing does."""
    there = places[places >= 0]
    weighted = bool(len(there)) and is_number(data, int(there[0]))
    weights, more = weights_at(data, places, where) if weighted else (None, len(there) > 0)
    ignored = "what follows the weights is ignored" if weighted else _IGNORED
    return RawGraph(
        len(names),
        edges,
        names,
        (ignored,) if more else (),
        one_way=None,
        edge_weights=weights,
        if_unweighted=_IGNORED,
    )


def _renumber(pairs: NDArray[np.int64]) -> tuple[list[int], NDArray[np.int64]]:
    """Return the numbers that occur, ascending, and the pairs as positions among them."""
    if not len(pairs):
        return [], pairs
    largest = int(pairs.max())
    if largest > 20 * len(pairs):
        names, inverse = np.unique(pairs, return_inverse=True)
        return names.tolist(), inverse.reshape(pairs.shape).astype(np.int64)
    there = np.zeros(largest + 1, dtype=np.bool_)
    there[pairs.ravel()] = True
    position = np.cumsum(there) - 1
    return np.flatnonzero(there).tolist(), position[pairs]


def _read_named_edges(data: bytes, where: str) -> RawGraph:
    spans, places = words_of_lines(data)
    ends = spans.reshape(-1, 2)
    there = ends[:, 0] < ends[:, 1]
    numbers = np.full(len(ends), -1, dtype=np.int64)
    names, numbers[there] = numbered(data, ends[there])
    try:
        decoded = [name.decode("utf-8") for name in names]
    except UnicodeDecodeError:
        raise InstanceError(f"{where}: this is no text in UTF-8; is it an edge list?") from None
    pairs = numbers.reshape(-1, 2)
    alone = pairs[:, 1] < 0
    return _raw(data, pairs[~alone], decoded, places[~alone], where)


def render_edge_list(graph: Graph) -> bytes:
    """Return an edge list of a graph, nodes by position; nodes without edges stand alone at the end.

    Raises
    ------
    UsageError
        If nodes have weights.
    """
    if graph.node_weights is not None:
        raise UsageError("an edge list has no weights of nodes; write a col or a graphml")
    edges = graph.edges().tolist()
    if graph.edge_weights is None:
        lines = [f"{u} {v}" for u, v in edges]
    else:
        weights = graph.weights_of_edges().tolist()
        lines = [f"{u} {v} {written(weight)}" for (u, v), weight in zip(edges, weights, strict=True)]
    there = np.zeros(graph.n_nodes, dtype=np.bool_)
    there[np.asarray(edges, dtype=np.int64).ravel()] = True
    lines += [str(node) for node in np.flatnonzero(~there)]
    return "".join(f"{line}\n" for line in lines).encode()
