"""Writing graph files: graph6, DIMACS and edge lists, plain or gzipped, the same graph always to the same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np

from coplug.errors import OutputError, UsageError
from coplug.files import write_atomically
from coplug.graphs.formats.graph6 import render_graph6
from coplug.graphs.graph import Graph


def write_graph(graph: Graph, path: Path, *, overwrite: bool = True) -> None:
    """Write a graph to a file, whole or not at all; nodes are written by position, not by name.

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
        If the suffix is none of these, or the graph is too large for the format.
    OutputError
        If the file cannot be written, or has other content and may not be replaced.
    """
    name = path.name.removesuffix(".gz")
    file_format = name.rpartition(".")[2]
    check_graph_format(file_format)
    data = WRITERS[file_format](graph)
    if path.name.endswith(".gz"):
        data = gzip.compress(data, mtime=0)
    if not overwrite and path.is_file() and path.read_bytes() != data:
        raise OutputError(
            f"{path} is already there with other content; overwrite it or choose another directory"
        )
    write_atomically(path, data)


def check_graph_format(file_format: str) -> None:
    """See that a format is one of :data:`WRITERS`, perhaps with ``.gz``.

    Raises
    ------
    UsageError
        If it is not.
    """
    if file_format.removesuffix(".gz") not in WRITERS:
        raise UsageError(
            f"format {file_format!r} is unknown for graphs; use one of {', '.join(WRITERS)}, or these with .gz"
        )


def _render_dimacs(graph: Graph) -> bytes:
    lines = [f"p edge {graph.n_nodes} {graph.n_edges}"]
    lines += [f"e {u} {v}" for u, v in (graph.edges() + 1).tolist()]
    return ("\n".join(lines) + "\n").encode()


def _render_edge_list(graph: Graph) -> bytes:
    lines = [f"{u} {v}" for u, v in graph.edges().tolist()]
    lines += [str(node) for node in np.flatnonzero(graph.degrees == 0)]
    return "".join(f"{line}\n" for line in lines).encode()


WRITERS: dict[str, Callable[[Graph], bytes]] = {
    "g6": render_graph6,
    "col": _render_dimacs,
    "edgelist": _render_edge_list,
}
"""Formats that are written, by suffix, each with its function."""
