"""What networkx has read, as a file lists it."""

from __future__ import annotations

from typing import Any

import numpy as np

from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.weights import weights_of


def raw_from_networkx(graph: Any, where: str = "the graph") -> RawGraph:
    """Take the nodes and edges of a networkx graph of any kind; attributes ``weight`` are weights.

    Raises
    ------
    InstanceError
        If a weight is no number; ``where`` stands for the graph in the message.
    """
    position = {node: number for number, node in enumerate(graph)}
    edges = [(position[u], position[v]) for u, v in graph.edges()]
    names = list(position)
    if not all(isinstance(name, int) for name in names):
        names = [str(name) for name in names]
    return RawGraph(
        len(names),
        np.array(edges, dtype=np.int64).reshape(-1, 2),
        names,
        one_way=graph.is_directed(),
        node_weights=weights_of([weight for _, weight in graph.nodes(data="weight")], "node", where),
        edge_weights=weights_of([weight for *_, weight in graph.edges(data="weight")], "edge", where),
    )
