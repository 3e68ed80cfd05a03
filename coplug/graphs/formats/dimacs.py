"""DIMACS files of edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.scanning import check_ends, numbers_of_lines
from coplug.graphs.formats.weights import weights_at, written
from coplug.graphs.graph import Graph


def read_dimacs(data: bytes, where: str) -> RawGraph:
    """Read a DIMACS file of edges (``p edge N M``, then ``e U V``), nodes numbered from 1.

    Weights are those of lines ``n ID WEIGHT`` and ``e U V WEIGHT``.

    Raises
    ------
    InstanceError
        If the problem line is missing or does not fit what follows, or a weight is no number or given twice.
    """
    line, start = _problem_line(data, where)
    fields = line.split()
    try:
        n_nodes, n_declared = int(fields[-2]), int(fields[-1])
    except (ValueError, IndexError):
        n_nodes = n_declared = -1
    if n_nodes < 0 or n_declared < 0:
        raise InstanceError(f"{where}: line {line!r} should be 'p edge NODES EDGES'; correct it")
    pairs, more = numbers_of_lines(data, start, ord("e"), where)
    if len(pairs) < n_declared:
        raise InstanceError(
            f"{where}: its problem line announces {n_declared} edges and {len(pairs)} follow; is the file cut off?"
        )
    check_ends(pairs, n_nodes, where)
    unannounced = f"{len(pairs)} edges follow where {n_declared} are announced; all are read"
    return RawGraph(
        n_nodes,
        pairs - 1,
        range(1, n_nodes + 1),
        (unannounced,) if len(pairs) > n_declared else (),
        node_weights=_node_weights(data, start, n_nodes, where),
        edge_weights=weights_at(data, more, where)[0] if (more >= 0).any() else None,
    )


def _problem_line(data: bytes, where: str) -> tuple[str, int]:
    """Return DIMACS's ``p`` line and where the next line begins."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end].strip()
        if line.startswith(b"p"):
            return line.decode("ascii", "replace"), end + 1
        if line and not line.startswith(b"c"):
            break
        at = end + 1
    raise InstanceError(
        f"{where}: no line 'p edge NODES EDGES' before the first edge or weight; is it a DIMACS file?"
    )


def _node_weights(data: bytes, start: int, n_nodes: int, where: str) -> NDArray[np.float64] | None:
    """Return the weights of lines ``n ID WEIGHT``, NaN for nodes without one; None if there is no such line."""
    if b"\nn " not in data and b"\nn\t" not in data:
        return None
    nodes, more = numbers_of_lines(data, start, ord("n"), where, n_numbers=1)
    check_ends(nodes, n_nodes, where)
    numbers, times = np.unique(nodes, return_counts=True)
    if (times > 1).any():
        raise InstanceError(
            f"{where}: node {numbers[times > 1][0]} has several lines 'n'; give it one weight"
        )
    if (more < 0).any():
        raise InstanceError(f"{where}: node {nodes[more < 0][0, 0]} has a line 'n' without a weight; add it")
    weights = np.full(n_nodes, np.nan)
    weights[nodes[:, 0] - 1], _ = weights_at(data, more, where)
    return weights if len(nodes) else None


def render_dimacs(graph: Graph) -> bytes:
    """Return a DIMACS file of a graph, nodes by position.

    Raises
    ------
    UsageError
        If the graph is directed.
    """
    if graph.directed:
        raise UsageError("a DIMACS file of edges has no direction; write an edgelist or a graphml")
    lines = [f"p edge {graph.n_nodes} {graph.n_edges}"]
    if graph.node_weights is not None:
        lines += [f"n {node} {written(weight)}" for node, weight in enumerate(graph.node_weights.tolist(), 1)]
    edges = (graph.edges() + 1).tolist()
    if graph.edge_weights is None:
        lines += [f"e {u} {v}" for u, v in edges]
    else:
        weights = graph.weights_of_edges().tolist()
        lines += [f"e {u} {v} {written(weight)}" for (u, v), weight in zip(edges, weights, strict=True)]
    return "".join(f"{line}\n" for line in lines).encode()
