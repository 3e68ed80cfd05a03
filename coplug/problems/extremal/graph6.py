"""Graphs of an archive as lines of graph6; the format itself is :mod:`coplug.graphs.formats.graph6`'s."""

from __future__ import annotations

from coplug.errors import InstanceError
from coplug.graphs.formats.graph6 import read_graph6, render_graph6
from coplug.graphs.graph import from_edges
from coplug.problems.extremal.graph import Graph


def to_graph6(graph: Graph) -> str:
    """Return the graph as a line of graph6, without header and line break.

    Raises
    ------
    UsageError
        If the graph is too large for the format.
    """
    return render_graph6(from_edges(graph.n, graph.edges)).decode("ascii").strip()


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
    return Graph.of(raw.n_nodes, raw.edges.tolist())
