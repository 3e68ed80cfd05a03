"""How the environment shows what is left of a graph."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from gymnasium import spaces

from coplug.errors import UsageError
from coplug.problems.mis.construction import Left


class View(Protocol):
    """Shows what is left of one graph."""

    @property
    def space(self) -> spaces.Space[Any]:
        """What is shown is a member of it."""
        ...

    def show(self, left: Left, size: int) -> Any:
        """Return a new object; ``size`` is that of the set so far."""
        ...


class Matrix:
    """Arrays of fixed shape.

    Parameters
    ----------
    max_nodes : int
    """

    def __init__(self, max_nodes: int) -> None:
        self.space = spaces.Dict(
            {
                "adjacency": spaces.Box(0, 1, (max_nodes, max_nodes), np.int8),
                "left": spaces.Box(0, 1, (max_nodes,), np.int8),
                "size": spaces.Box(0, max_nodes, (), np.int64),
            }
        )
        self._max_nodes = max_nodes

    def show(self, left: Left, size: int) -> dict[str, Any]:
        """See :meth:`View.show`."""
        nodes = left.nodes.values
        adjacency = np.zeros((self._max_nodes, self._max_nodes), np.int8)
        adjacency[tuple(nodes[left.edges.values].T)] = 1
        there = np.zeros(self._max_nodes, np.int8)
        there[nodes] = 1
        return {"adjacency": adjacency, "left": there, "size": np.array(size, np.int64)}


class Native:
    """A graph of as many nodes as are left.

    Parameters
    ----------
    max_nodes : int
    """

    def __init__(self, max_nodes: int) -> None:
        # Without an edge space, a graph with links is no member of the space.
        self.space = spaces.Graph(spaces.Box(0, max_nodes, (2,), np.int64), spaces.Box(0, 1, (1,), np.int8))

    def show(self, left: Left, size: int) -> spaces.GraphInstance:
        """See :meth:`View.show`; a single node without edges where nothing is left."""
        nodes = np.column_stack([left.nodes.values, left.degrees])
        if not len(nodes):
            nodes = np.zeros((1, 2), np.int64)
        links = left.edges.values.copy()
        return spaces.GraphInstance(nodes, np.ones((len(links), 1), np.int8), links)


VIEWS: dict[str, type[Matrix] | type[Native]] = {"matrix": Matrix, "graph": Native}
"""By name."""


def view_of(name: str, max_nodes: int) -> View:
    """Return the view of a name.

    Raises
    ------
    UsageError
        If the name is unknown.
    """
    if name not in VIEWS:
        raise UsageError(f"observation {name!r} is unknown; choose one of: {', '.join(VIEWS)}")
    return VIEWS[name](max_nodes)
