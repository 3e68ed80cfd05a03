"""DIMACS files of edges (``.col``, ``.clq``) and of arcs (``.gr``), and the edge lists of PACE (``.gr``)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.scanning import NO_MARKER, check_ends, numbers_of_lines
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
    problem = _problem(data, where, "edge")
    raw = _edges(data, problem, ord("e"), where)
    return replace(raw, node_weights=_node_weights(data, problem.start, raw.n_nodes, where))


def read_gr(data: bytes, where: str) -> RawGraph:
    """Read a file of arcs (``p sp N M``, then ``a U V WEIGHT``) or of PACE (``p tw N M``, then ``U V``).

    Source: formats of the 9th DIMACS implementation challenge, shortest paths, and of PACE 2017, treewidth.

    Raises
    ------
    InstanceError
        As :func:`read_dimacs`.
    """
    problem = _problem(data, where, "sp")
    if problem.kind == "sp":
        return replace(_edges(data, problem, ord("a"), where), one_way=True)
    lines = data[problem.start :].split(b"\n") if b"\nc" in data[problem.start - 1 :] else []
    if lines:  # comments between edges: empty lines in their place keep the numbers of the others
        kept = b"\n".join(b"" if line.startswith(b"c") else line for line in lines)
        data = data[: problem.start] + kept
    return _edges(data, problem, NO_MARKER, where)


@dataclass(frozen=True)
class _Problem:
    """The ``p`` line: its kind, how many nodes and edges it announces, and where the next line begins."""

    kind: str
    n_nodes: int
    n_edges: int
    start: int


def _edges(data: bytes, problem: _Problem, marker: int, where: str) -> RawGraph:
    """Read the lines of edges, with their weights."""
    pairs, more = numbers_of_lines(data, problem.start, marker, where)
    if len(pairs) < problem.n_edges:
        raise InstanceError(
            f"{where}: its problem line announces {problem.n_edges} edges and {len(pairs)} follow; is the file cut off?"
        )
    check_ends(pairs, problem.n_nodes, where)
    unannounced = f"{len(pairs)} edges follow where {problem.n_edges} are announced; all are read"
    return RawGraph(
        problem.n_nodes,
        pairs - 1,
        range(1, problem.n_nodes + 1),
        (unannounced,) if len(pairs) > problem.n_edges else (),
        edge_weights=weights_at(data, more, where)[0] if (more >= 0).any() else None,
    )


def _problem(data: bytes, where: str, kind: str) -> _Problem:
    line, start = _problem_line(data, where, kind)
    fields = line.split()
    try:
        n_nodes, n_edges = int(fields[-2]), int(fields[-1])
    except (ValueError, IndexError):
        n_nodes = n_edges = -1
    if n_nodes < 0 or n_edges < 0:
        raise InstanceError(f"{where}: line {line!r} should be 'p {kind} NODES EDGES'; correct it")
    return _Problem(fields[1], n_nodes, n_edges, start)


def _problem_line(data: bytes, where: str, kind: str) -> tuple[str, int]:
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
        f"{where}: no line 'p {kind} NODES EDGES' before the first edge or weight; is it a DIMACS file?"
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
