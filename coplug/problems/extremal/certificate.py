"""A second opinion on a graph: plain Python over sets of neighbours, sharing no code with the searches."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from coplug.graphs.formats.graph6 import from_graph6, to_graph6
from coplug.graphs.graph import Graph
from coplug.report import SCHEMA_VERSION


def certificate(graph: Graph, lengths: Iterable[int]) -> dict[str, Any]:
    """Return what was found out about a graph, from its graph6 line alone.

    Returns
    -------
    dict
        ``schema_version``, ``nodes``, ``edges``, ``girth`` (None without a cycle), ``forbidden`` (the lengths),
        ``found`` (those of them that occur), ``valid`` (whether none does), ``degrees`` (ascending), ``graph6``.
    """
    line = to_graph6(graph)
    neighbours = _neighbours(from_graph6(line))
    forbidden = sorted(set(lengths))
    found = [length for length in forbidden if has_cycle(neighbours, length)]
    return {
        "schema_version": SCHEMA_VERSION,
        "nodes": len(neighbours),
        "edges": sum(map(len, neighbours)) // 2,
        "girth": girth(neighbours),
        "forbidden": forbidden,
        "found": found,
        "valid": not found,
        "degrees": sorted(map(len, neighbours)),
        "graph6": line,
    }


def girth(neighbours: list[set[int]]) -> int | None:
    """Return the length of a shortest cycle, or None: breadth-first from each node until two branches meet."""
    shortest: int | None = None
    for root in range(len(neighbours)):
        distance, parent = {root: 0}, {root: root}
        queue = deque([root])
        while queue:
            node = queue.popleft()
            for following in neighbours[node] - {parent[node]}:
                if following not in distance:
                    distance[following], parent[following] = distance[node] + 1, node
                    queue.append(following)
                    continue
                length = distance[node] + distance[following] + 1
                shortest = length if shortest is None else min(shortest, length)
    return shortest


def has_cycle(neighbours: list[set[int]], length: int) -> bool:
    """Tell whether there is a cycle of a length, by the paths of nodes above the one they start from."""
    for root in range(len(neighbours)):
        stack: list[tuple[int, ...]] = [(root,)]
        while stack:
            path = stack.pop()
            if len(path) == length:
                if root in neighbours[path[-1]]:
                    return True
                continue
            stack += [(*path, node) for node in neighbours[path[-1]] if node > root and node not in path]
    return False


def _neighbours(graph: Graph) -> list[set[int]]:
    neighbours: list[set[int]] = [set() for _ in range(graph.n_nodes)]
    for i, j in graph.edges().tolist():
        neighbours[i].add(j)
        neighbours[j].add(i)
    return neighbours
