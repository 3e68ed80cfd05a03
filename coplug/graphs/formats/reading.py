"""Reading graph files, plain or gzipped."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

from coplug.errors import InstanceError
from coplug.graphs.formats.dimacs import read_dimacs, read_gr
from coplug.graphs.formats.edge_list import read_edge_list
from coplug.graphs.formats.gml import read_gml
from coplug.graphs.formats.graph6 import read_graph6
from coplug.graphs.formats.graphml import read_graphml
from coplug.graphs.formats.matrix_market import read_matrix_market
from coplug.graphs.formats.metis import read_metis
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.simple import NOTHING_MORE, GraphFile, Wanted, simple_graph
from coplug.graphs.formats.sizes import check_memory, check_size
from coplug.graphs.formats.sparse6 import read_sparse6
from coplug.unpacking import file_bytes


def read_graph(path: Path, wanted: Wanted = NOTHING_MORE) -> GraphFile:
    """Read a graph.

    Parameters
    ----------
    path : Path
        Ends in one of :data:`FORMATS`, perhaps followed by ``.gz``; the suffix picks the format.
    wanted : Wanted
        What is read besides nodes and edges: weights, direction. The rest is left out, and a note says so.

    Raises
    ------
    InstanceError
        If the suffix is none of these, or the file is missing, damaged, too large for the memory or once unpacked, or
        does not hold what it announces.
    """
    reader = FORMATS[graph_format(path)]
    check_memory(path)
    data = _lines_of_text(file_bytes(path), str(path))
    raw = reader(data, str(path))
    check_size(raw.n_nodes, data, str(path))
    return simple_graph(raw, wanted)


def graph_format(path: Path) -> str:
    """Return the format that a path's suffix asks for.

    Raises
    ------
    InstanceError
        If it is none of :data:`FORMATS`.
    """
    name = path.name.lower().removesuffix(".gz")
    _, dot, suffix = name.rpartition(".")
    if not dot or suffix not in FORMATS:
        raise InstanceError(
            f"{path} has no suffix of a graph file; use one of .{', .'.join(FORMATS)}, or these with .gz"
        )
    return suffix


def _lines_of_text(data: bytes, where: str) -> bytes:
    """Return text without a byte-order mark, its lines ended by a newline whatever ended them."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InstanceError(f"{where}: this is text in UTF-16; save it in UTF-8")
    data = data.removeprefix(codecs.BOM_UTF8)
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


FORMATS: dict[str, Callable[[bytes, str], RawGraph]] = {
    "g6": read_graph6,
    "s6": read_sparse6,
    "col": read_dimacs,
    "clq": read_dimacs,
    "graph": read_metis,
    "gr": read_gr,
    "mtx": read_matrix_market,
    "edgelist": read_edge_list,
    "gml": read_gml,
    "graphml": read_graphml,
}
"""Suffixes of graph files, each with its reader: from a file's bytes, and its path for messages."""
