"""Reading graph files, plain or gzipped."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.dimacs import read_dimacs
from coplug.graphs.formats.edge_list import read_edge_list
from coplug.graphs.formats.gml import read_gml
from coplug.graphs.formats.graph6 import read_graph6
from coplug.graphs.formats.graphml import read_graphml
from coplug.graphs.formats.matrix_market import read_matrix_market
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.sizes import check_size
from coplug.graphs.formats.sparse6 import read_sparse6
from coplug.graphs.graph import Graph, from_edges


@dataclass(frozen=True)
class GraphFile:
    """A graph and what the reader left out.

    Attributes
    ----------
    graph : Graph
    notes : tuple of str
        Such as ``2 self-loops are dropped``.
    """

    graph: Graph
    notes: tuple[str, ...]


def read_graph(path: Path) -> GraphFile:
    """Read a graph.

    Parameters
    ----------
    path : Path
        Ends in one of :data:`FORMATS`, perhaps followed by ``.gz``; the suffix picks the format.

    Raises
    ------
    UsageError
        If the suffix is none of these.
    InstanceError
        If the file is missing, damaged or does not hold what it announces.
    """
    reader = FORMATS[graph_format(path)]
    data = _bytes(path)
    raw = reader(data, str(path))
    check_size(raw.n_nodes, data, str(path))
    return simple_graph(raw)


def simple_graph(raw: RawGraph) -> GraphFile:
    """Return the graph of what was read, and say what is left out of it."""
    graph = from_edges(raw.n_nodes, raw.edges, raw.names)
    return GraphFile(graph, raw.notes + _notes(raw, graph))


def graph_format(path: Path) -> str:
    """Return the format that a path's suffix asks for.

    Raises
    ------
    UsageError
        If it is none of :data:`FORMATS`.
    """
    name = path.name.lower().removesuffix(".gz")
    _, dot, suffix = name.rpartition(".")
    if not dot or suffix not in FORMATS:
        raise UsageError(
            f"{path} has no suffix of a graph file; use one of .{', .'.join(FORMATS)}, or these with .gz"
        )
    return suffix


def _bytes(path: Path) -> bytes:
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                return stream.read()
        return path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InstanceError(f"{path}: the archive is damaged or cut off ({error}); get it again") from error
    except OSError as error:
        raise InstanceError(f"{path} cannot be read: {error.strerror or error}") from error


def _notes(raw: RawGraph, graph: Graph) -> tuple[str, ...]:
    """Say what :func:`~coplug.graphs.graph.from_edges` left out."""
    loops = raw.edges[raw.edges[:, 0] == raw.edges[:, 1]]
    n_repeated = len(raw.edges) - len(loops) - graph.n_edges
    notes = []
    if len(loops):
        notes.append(f"{len(loops)} self-loop{'s' * (len(loops) > 1)} dropped")
    if raw.one_way and graph.n_edges and n_repeated < graph.n_edges:
        notes.append("directed edges are read as undirected")
    elif n_repeated and not raw.one_way:
        notes.append(f"{n_repeated} repeated edge{'s' * (n_repeated > 1)} merged")
    return tuple(notes)


FORMATS: dict[str, Callable[[bytes, str], RawGraph]] = {
    "g6": read_graph6,
    "s6": read_sparse6,
    "col": read_dimacs,
    "clq": read_dimacs,
    "mtx": read_matrix_market,
    "edgelist": read_edge_list,
    "gml": read_gml,
    "graphml": read_graphml,
}
"""Suffixes of graph files, each with its reader: from a file's bytes, and its path for messages."""
