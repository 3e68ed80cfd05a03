"""Reading graph files, plain or gzipped."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coplug.errors import InstanceError, UsageError
from coplug.problems.graphs.graph import MAX_NODES, Graph, from_edges
from coplug.problems.graphs.graph6 import announced_size, read_graph6
from coplug.problems.graphs.raw import RawGraph
from coplug.problems.graphs.text_formats import read_dimacs, read_edge_list, read_matrix_market

PLAUSIBLE_NODES = 10_000_000
"""Files may announce so many nodes without edges; more only if they have a byte for every hundred of them."""

NODES_A_BYTE = 100


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
    _check_size(raw.n_nodes, data, str(path))
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


def _check_size(n_nodes: int, data: bytes, where: str) -> None:
    """See that the nodes announced fit the file, before memory is asked for them."""
    if n_nodes > MAX_NODES or n_nodes > max(PLAUSIBLE_NODES, NODES_A_BYTE * len(data)):
        raise InstanceError(
            f"{where}: it announces {n_nodes} nodes, too many for its {len(data)} bytes; correct the number"
        )


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
    """Say what :func:`~coplug.problems.graphs.graph.from_edges` left out."""
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


def _read_sparse6(data: bytes, where: str) -> RawGraph:
    import networkx as nx

    lines = data.split()
    if not lines:
        raise InstanceError(f"{where}: the file is empty; expected a sparse6 line")
    if lines[0].startswith(b":") and len(lines[0]) > 1:
        values = np.frombuffer(lines[0], dtype=np.uint8)[1:].astype(np.int64) - 63
        _check_size(announced_size(values)[0], data, where)
    try:
        graph = nx.from_sparse6_bytes(lines[0])
    except (nx.NetworkXError, IndexError, ValueError, StopIteration) as error:
        raise InstanceError(f"{where}: the first line is no sparse6: {error}") from error
    notes = (f"only the first of {len(lines)} graphs is read",) if len(lines) > 1 else ()
    edges = np.array(list(graph.edges()), dtype=np.int64).reshape(-1, 2)
    return RawGraph(len(graph), edges, range(len(graph)), notes)


def _read_gml(data: bytes, where: str) -> RawGraph:
    import networkx as nx

    try:
        lines = data.decode("utf-8").splitlines()
        try:
            graph = nx.parse_gml(lines, label="label")
        except nx.NetworkXError:  # also where labels are missing or not unique
            graph = nx.parse_gml(lines, label="id")
        return _from_networkx(graph, where)
    except (nx.NetworkXError, ValueError, KeyError, StopIteration) as error:
        raise InstanceError(f"{where}: this is no GML: {error}") from error


def _read_graphml(data: bytes, where: str) -> RawGraph:
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    try:
        return _from_networkx(nx.read_graphml(io.BytesIO(data)), where)
    except (nx.NetworkXError, ParseError, ValueError, KeyError, StopIteration) as error:
        raise InstanceError(f"{where}: this is no GraphML: {error}") from error


def _from_networkx(graph: Any, where: str) -> RawGraph:
    """Take the nodes and edges of a networkx graph of any kind."""
    position = {node: number for number, node in enumerate(graph)}
    edges = [(position[u], position[v]) for u, v in graph.edges()]
    weighted = any("weight" in attributes for _, attributes in graph.nodes(data=True)) or any(
        "weight" in attributes for _, _, attributes in graph.edges(data=True)
    )
    names = list(position)
    if not all(isinstance(name, int) for name in names):
        names = [str(name) for name in names]
    return RawGraph(
        len(names),
        np.array(edges, dtype=np.int64).reshape(-1, 2),
        names,
        ("weights are ignored",) if weighted else (),
        one_way=graph.is_directed(),
    )


FORMATS: dict[str, Callable[[bytes, str], RawGraph]] = {
    "g6": read_graph6,
    "s6": _read_sparse6,
    "col": read_dimacs,
    "clq": read_dimacs,
    "mtx": read_matrix_market,
    "edgelist": read_edge_list,
    "gml": _read_gml,
    "graphml": _read_graphml,
}
"""Suffixes of graph files, each with its reader: from a file's bytes, and its path for messages."""
