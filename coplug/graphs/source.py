"""Where the graphs of episodes come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from coplug.errors import UsageError
from coplug.families import Family, make_family
from coplug.graphs.formats.reading import read_graph
from coplug.graphs.formats.writing import GRAPHS
from coplug.graphs.graph import Graph

GraphSource = Family[Graph] | str | Path | Graph | Sequence[Graph]
"""A family, its name, a graph file, a graph, or several of which one is drawn."""


@dataclass(frozen=True)
class Source:
    """Draws graphs of limited size.

    Attributes
    ----------
    generate : callable
        Draws a graph from a numpy Generator.
    max_nodes : int
    """

    generate: Callable[[np.random.Generator], Graph]
    max_nodes: int

    def draw(self, rng: np.random.Generator) -> Graph:
        """Draw a graph.

        Raises
        ------
        UsageError
            If it has more than ``max_nodes`` nodes.
        """
        graph = self.generate(rng)
        if graph.n_nodes > self.max_nodes:
            raise UsageError(
                f"a graph has {graph.n_nodes} nodes, more than {self.max_nodes}; take larger max_nodes"
            )
        return graph

    def instead(self, graph: Any) -> Source:
        """Return a source of one graph, or of one graph file, with the same limit."""
        return replace(self, generate=drawn_graphs(graph, None, self.max_nodes).generate)


def drawn_graphs(graphs: GraphSource, size: str | None = None, max_nodes: int | None = None) -> Source:
    """Return the source of graphs.

    Parameters
    ----------
    graphs : str, Path, Family, Graph or sequence of Graph
        A name with a suffix is a file, another one a family.
    size : str, optional
        Of a family that is given by name.
    max_nodes : int, optional
        By default the ``max_nodes`` of the family, or the size of the largest graph.

    Raises
    ------
    UsageError
        If a name, a size or an entry is none, or ``max_nodes`` is needed and not given.
    InstanceError
        If a file cannot be read.
    """
    if isinstance(graphs, str | Path) and not Path(graphs).suffix:
        graphs = make_family(str(graphs), size, draws=GRAPHS)
    elif size is not None:
        raise UsageError(f"size {size!r} is for a family given by its name; leave it out")
    if hasattr(graphs, "generate"):
        return _of_family(graphs, max_nodes)
    several = _list_of(graphs)
    largest = max(graph.n_nodes for graph in several)
    return Source(lambda rng: several[int(rng.integers(len(several)))], _limit(max_nodes, max(largest, 1)))


def _of_family(family: Any, max_nodes: int | None) -> Source:
    limit = _limit(max_nodes, getattr(family, "max_nodes", None))
    return Source(lambda rng: family.generate(np.random.RandomState(int(rng.integers(2**32)))), limit)


def _list_of(graphs: Any) -> list[Graph]:
    if isinstance(graphs, str | Path):
        return [read_graph(Path(graphs)).graph]
    several = list(graphs) if isinstance(graphs, Sequence) else [graphs]
    for graph in several:
        if not isinstance(graph, Graph):
            raise UsageError(
                f"a graph is a {type(graph).__name__}; give a coplug.graphs.graph.Graph, several, a file, "
                "or a family"
            )
    if not several:
        raise UsageError("the list of graphs is empty; give at least one")
    return several


def _limit(given: int | None, known: int | None) -> int:
    limit = known if given is None else given
    if limit is None:
        raise UsageError("this family does not say how large its graphs are; give max_nodes")
    if limit < 1:
        raise UsageError(f"max_nodes {limit} is out of range; take at least 1")
    return limit
