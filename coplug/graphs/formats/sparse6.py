"""The sparse6 format of B. McKay, read by networkx."""

from __future__ import annotations

import numpy as np

from coplug.errors import InstanceError
from coplug.graphs.formats.graph6 import announced_size
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.sizes import check_size


def read_sparse6(data: bytes, where: str) -> RawGraph:
    """Read the first graph of a sparse6 file; nodes are numbered from 0.

    Raises
    ------
    InstanceError
        If the line is none.
    """
    import networkx as nx

    lines = data.split()
    if not lines:
        raise InstanceError(f"{where}: the file is empty; expected a sparse6 line")
    if lines[0].startswith(b":") and len(lines[0]) > 1:
        values = np.frombuffer(lines[0], dtype=np.uint8)[1:].astype(np.int64) - 63
        check_size(announced_size(values)[0], data, where)
    try:
        graph = nx.from_sparse6_bytes(lines[0])
    except (nx.NetworkXError, IndexError, ValueError, StopIteration) as error:
        raise InstanceError(f"{where}: the first line is no sparse6: {error}") from error
    notes = (f"only the first of {len(lines)} graphs is read",) if len(lines) > 1 else ()
    edges = np.array(list(graph.edges()), dtype=np.int64).reshape(-1, 2)
    return RawGraph(len(graph), edges, range(len(graph)), notes)
