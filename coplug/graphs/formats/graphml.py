"""GraphML files, read by networkx."""

from __future__ import annotations

import io

from coplug.errors import InstanceError
from coplug.graphs.formats.networkx_graph import from_networkx
from coplug.graphs.formats.raw import RawGraph


def read_graphml(data: bytes, where: str) -> RawGraph:
    """Read the first graph of a GraphML file; nodes are called by their ids.

    Raises
    ------
    InstanceError
        If the text is none.
    """
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    try:
        return from_networkx(nx.read_graphml(io.BytesIO(data)))
    except (nx.NetworkXError, ParseError, ValueError, KeyError, StopIteration) as error:
        raise InstanceError(f"{where}: this is no GraphML: {error}") from error
