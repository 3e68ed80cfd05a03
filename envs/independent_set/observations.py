"""How the environment shows what is left of a graph."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from coplug.envs.versions import count_box, count_shape
from coplug.errors import UsageError
from coplug.problems.mis.construction import Construction


class View(Protocol):
    """Shows what is left of one graph."""

    @property
    def space(self) -> spaces.Space[Any]:
        """What is shown is a member of it."""
        ...

    def show(self, construction: Construction, mask: NDArray[np.int8]) -> Any:
        """Return a new object, and write into a mask of zeros which nodes are left."""
        ...


class Matrix:
    """Arrays of fixed shape.

    Parameters
    ----------
    max_nodes : int
    version : int
        See :mod:`coplug.envs.versions`.
    """

    def __init__(self, max_nodes: int, version: int) -> None:
        self.space = spaces.Dict(
            {
                "adjacency": spaces.Box(0, 1, (max_nodes, max_nodes), np.int8),
                "left": spaces.Box(0, 1, (max_nodes,), np.int8),
                "size": count_box(max_nodes, version),
            }
        )
        self._shape = (max_nodes, max_nodes)
        self._count_shape = count_shape(version)

    def show(self, construction: Construction, mask: NDArray[np.int8]) -> dict[str, Any]:
        """See :meth:`View.show`."""
        adjacency = np.zeros(self._shape, np.int8)
        construction.show(adjacency, mask)
        return {
            "adjacency": adjacency,
            "left": mask.copy(),
            "size": construction.sizes.reshape(self._count_shape).copy(),
        }


class Native:
    """A graph of as many nodes as are left.

    Parameters
    ----------
    max_nodes : int
    version : int
        Makes no difference.
    """

    def __init__(self, max_nodes: int, version: int) -> None:
        # Without an edge space, a graph with links is no member of the space.
        self.space = spaces.Graph(spaces.Box(0, max_nodes, (2,), np.int64), spaces.Box(0, 1, (1,), np.int8))

    def show(self, construction: Construction, mask: NDArray[np.int8]) -> spaces.GraphInstance:
        """See :meth:`View.show`; a single node without edges where nothing is left."""
        left = construction.left()
        mask[left.nodes.values] = 1
        nodes = np.column_stack([left.nodes.values, left.degrees])
        if not len(nodes):
            nodes = np.zeros((1, 2), np.int64)
        links = left.edges.values.copy()
        return spaces.GraphInstance(nodes, np.ones((len(links), 1), np.int8), links)


VIEWS: dict[str, type[Matrix] | type[Native]] = {"matrix": Matrix, "graph": Native}
"""By name."""


def view_of(name: str, max_nodes: int, version: int) -> View:
    """Return the view of a name.

    Raises
    ------
    UsageError
        If the name is unknown.
    """
    if name not in VIEWS:
        raise UsageError(f"observation {name!r} is unknown; choose one of: {', '.join(VIEWS)}")
    return VIEWS[name](max_nodes, version)
