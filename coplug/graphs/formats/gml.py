"""GML files, read by networkx."""

from __future__ import annotations

from coplug.errors import InstanceError
from coplug.graphs.formats.networkx_graph import from_networkx
from coplug.graphs.formats.raw import RawGraph


def read_gml(data: bytes, where: str) -> RawGraph:
    """Read a GML file; nodes are called by their labels, or by their ids where labels are missing or repeated.

    Raises
    ------
    InstanceError
        If the text is none.
    """
    import networkx as nx

    try:
        lines = data.decode("utf-8").splitlines()
        try:
            graph = nx.parse_gml(lines, label="label")
        except nx.NetworkXError:  # also where labels are missing or not unique
            graph = nx.parse_gml(lines, label="id")
        return from_networkx(graph)
    except (nx.NetworkXError, ValueError, KeyError, StopIteration) as error:
        raise InstanceError(f"{where}: this is no GML: {error}") from error
