"""Checking sets of nodes against the graph, independently of whatever made them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.errors import SolverError
from coplug.graphs.graph import Graph


def is_independent(graph: Graph, chosen: NDArray[np.bool_]) -> bool:
    """Tell whether no edge has both ends in the set; ``chosen`` is bool, shape (n_nodes,)."""
    return not _edges_inside(graph, chosen)


def is_vertex_cover(graph: Graph, chosen: NDArray[np.bool_]) -> bool:
    """Tell whether every edge has an end in the set; ``chosen`` is bool, shape (n_nodes,)."""
    return not _edges_inside(graph, ~chosen)


def is_clique(graph: Graph, chosen: NDArray[np.bool_]) -> bool:
    """Tell whether all pairs of the set are edges; ``chosen`` is bool, shape (n_nodes,)."""
    size = int(np.count_nonzero(chosen))
    return _edges_inside(graph, chosen) == size * (size - 1) // 2


CHECKS = {"mis": is_independent, "vertex-cover": is_vertex_cover, "clique": is_clique}
"""The check of each problem's sets."""


def verify(problem: str, graph: Graph, chosen: NDArray[np.bool_]) -> None:
    """See that a set solves a problem, be it the best or not.

    Raises
    ------
    SolverError
        If it does not: a defect of the solver.
    """
    if chosen.shape != (graph.n_nodes,) or not CHECKS[problem](graph, chosen):
        raise SolverError(
            f"the solver returned a set that fails the check for {problem}; please report this graph"
        )


def _edges_inside(graph: Graph, chosen: NDArray[np.bool_]) -> int:
    """Return how many edges have both ends in the set."""
    inside = np.repeat(chosen, graph.degrees) & chosen[graph.neighbours]
    return int(np.count_nonzero(inside)) // 2
