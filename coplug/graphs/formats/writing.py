"""Writing graph files, plain or gzipped; the same graph always gives the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

from coplug.families import InstanceKind
from coplug.files import write_atomically
from coplug.graphs.formats.dimacs import render_dimacs
from coplug.graphs.formats.edge_list import render_edge_list
from coplug.graphs.formats.graph6 import render_graph6
from coplug.graphs.formats.graphml import render_graphml
from coplug.graphs.formats.metis import render_metis
from coplug.graphs.graph import Graph


def write_graph(graph: Graph, path: Path, *, overwrite: bool = True) -> None:
    """Write a graph to a file, whole or not at all; nodes by position, in GraphML by name.

    Parameters
    ----------
    graph : Graph
    path : Path
        Ends in one of :data:`WRITERS`, perhaps followed by ``.gz``; the suffix picks the format.
    overwrite : bool
        Replace a file that has other content; one that has the same content may always be replaced.

    Raises
    ------
    UsageError
        If the suffix is none of these, or the format has no room for the graph, its weights or direction.
    OutputError
        If the file cannot be written, or has other content and may not be replaced.
    """
    suffixes = path.name.split(".")[-2:]
    file_format = ".".join(suffixes) if suffixes[-1] == "gz" else suffixes[-1]
    write_atomically(path, render_graph(graph, file_format), overwrite=overwrite)


def render_graph(graph: Graph, file_format: str) -> bytes:
    """Return the bytes of a graph file.

    Parameters
    ----------
    graph : Graph
    file_format : str
        One of :data:`WRITERS`, perhaps with ``.gz``.

    Raises
    ------
    UsageError
        If it is none of these, or the format has no room for the graph, its weights or direction.
    """
    GRAPHS.check_format(file_format)
    data = WRITERS[file_format.removesuffix(".gz")](graph)
    return gzip.compress(data, mtime=0) if file_format.endswith(".gz") else data


WRITERS: dict[str, Callable[[Graph], bytes]] = {
    "g6": render_graph6,
    "col": render_dimacs,
    "edgelist": render_edge_list,
    "graphml": render_graphml,
    "graph": render_metis,
}
"""Formats that are written, by suffix, each with its function."""

GRAPHS = InstanceKind[Graph](
    name="graphs",
    formats=(*WRITERS, *(f"{file_format}.gz" for file_format in WRITERS)),
    render=render_graph,
    summary=lambda graph: f"{graph.n_nodes} nodes, {graph.n_edges} edges",
)
"""Graphs, as what a family draws."""
