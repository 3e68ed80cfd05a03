"""GraphML files, read by networkx."""

from __future__ import annotations

import io
from xml.sax.saxutils import quoteattr

from coplug.errors import InstanceError
from coplug.graphs.formats.networkx_graph import raw_from_networkx
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.weights import written
from coplug.graphs.graph import Graph


def read_graphml(data: bytes, where: str) -> RawGraph:
    """Read the first graph of a GraphML file; nodes are called by their ids, attributes ``weight`` are weights.

    Raises
    ------
    InstanceError
        If the text is none, or a weight is no number.
    """
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    try:
        graph = nx.read_graphml(io.BytesIO(data))
    except (nx.NetworkXError, ParseError, ValueError, KeyError, StopIteration) as error:
        raise InstanceError(f"{where}: this is no GraphML: {error}") from error
    return raw_from_networkx(graph, where)


def render_graphml(graph: Graph) -> bytes:
    """Return a GraphML file of a graph, nodes by their names, with all weights and the direction."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *(
            f'<key id="{kind}" for="{kind}" attr.name="weight" attr.type="double"/>'
            for kind, weights in (("node", graph.node_weights), ("edge", graph.edge_weights))
            if weights is not None
        ),
        f'<graph edgedefault="{"directed" if graph.directed else "undirected"}">',
    ]
    names = [quoteattr(str(name)) for name in graph.names]
    nodes = [f"<node id={name}" for name in names]
    edges = [f"<edge source={names[u]} target={names[v]}" for u, v in graph.edges().tolist()]
    lines += _closed(nodes, "node", None if graph.node_weights is None else graph.node_weights.tolist())
    lines += _closed(edges, "edge", None if graph.edge_weights is None else graph.weights_of_edges().tolist())
    return "".join(f"{line}\n" for line in [*lines, "</graph>", "</graphml>"]).encode()


def _closed(tags: list[str], kind: str, weights: list[float] | None) -> list[str]:
    """Return elements whose tags are open, with their weights as data."""
    if weights is None:
        return [f"{tag}/>" for tag in tags]
    return [
        f'{tag}><data key="{kind}">{written(weight)}</data></{kind}>'
        for tag, weight in zip(tags, weights, strict=True)
    ]
