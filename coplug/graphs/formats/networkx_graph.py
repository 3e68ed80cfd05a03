"""What networkx has read, as a file lists it."""

from __future__ import annotations

from typing import Any

import numpy as np

from coplug.graphs.formats.raw import RawGraph


def from_networkx(graph: Any) -> RawGraph:
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
