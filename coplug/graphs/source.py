"""Where the graphs of episodes come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from coplug.errors import UsageError
from coplug.families import Family, make_family
from coplug.graphs.formats.reading import read_graph
from coplug.graphs.formats.writing import GRAPHS
from coplug.graphs.graph import Graph

GraphSource = Family[Graph] | str | Path | Graph | Sequence[Graph]
"""A family, its name, a graph file, a graph, or several of which one is drawn."""


MAX_DRAWS = 100
"""Graphs in a row that are of no use before a source is given up."""


@dataclass(frozen=True)
class Source:
    """Draws graphs of limited size.

    Attributes
    ----------
    max_nodes : int
    family : Family, optional
        What they are drawn from; or else
    graphs : tuple of Graph
        of which one is drawn.
    """

    max_nodes: int
    family: Family[Graph] | None = None
    graphs: tuple[Graph, ...] = ()

    @property
    def redrawable(self) -> bool:
        """Whether another draw may give another graph."""
        return len(self.graphs) != 1

    def draw(self, rng: np.random.Generator, fault: Callable[[Graph], str] | None = None) -> Drawn:
        """Draw a graph; again while one is too large or of no use.

        Parameters
        ----------
        rng : numpy.random.Generator
        fault : callable, optional
            Says why a graph, and those before it, are of no use, as the end of a sentence; empty if it is of use.

        Raises
        ------
        UsageError
            If 100 graphs in a row are of no use, or the only one has more than ``max_nodes`` nodes.
        """
        found = ""
        for redraws in range(MAX_DRAWS):
            graph = self._generate(rng)
            if graph.n_nodes > self.max_nodes and not self.redrawable:
                raise UsageError(
                    f"a graph has {graph.n_nodes} nodes, more than {self.max_nodes}; take larger max_nodes"
                )
            found = self._too_large(graph) or (fault(graph) if fault is not None else "")
            if not found:
                return Drawn(graph, redraws)
        raise in_a_row(found)

    def instead(self, graph: Any) -> Source:
        """Return a source of one graph, or of one graph file, with the same limit."""
        return drawn_graphs(graph, None, self.max_nodes)

    def _too_large(self, graph: Graph) -> str:
        if graph.n_nodes <= self.max_nodes:
            return ""
        return f"had more than {self.max_nodes} nodes; take larger max_nodes, or smaller graphs"

    def _generate(self, rng: np.random.Generator) -> Graph:
        if self.family is None:
            return self.graphs[int(rng.integers(len(self.graphs)))]
        return self.family.generate(np.random.RandomState(int(rng.integers(2**32))))


class Drawn(NamedTuple):
    """A graph, and how many were drawn before it and thrown away."""

    graph: Graph
    redraws: int


def in_a_row(fault: str) -> UsageError:
    """Return the error of a source that was given up; the fault ends the sentence."""
    return UsageError(f"{MAX_DRAWS} graphs in a row {fault}")


def drawn_graphs(
    graphs: GraphSource,
    size: str | None = None,
    max_nodes: int | None = None,
    parameters: Mapping[str, float | str] | None = None,
) -> Source:
    """Return the source of graphs.

    Parameters
    ----------
    graphs : str, Path, Family, Graph or sequence of Graph
        A name with a suffix is a file, another one a family.
    size : str, optional
        Of a family that is given by name.
    max_nodes : int, optional
        By default the ``max_nodes`` of the family, or the size of the largest graph.
    parameters : mapping, optional
        Of a family that is given by name; they win over the size. Values may be text.

    Raises
    ------
    UsageError
        If a name, a size, a parameter or an entry is none, or ``max_nodes`` is needed and not given.
    InstanceError
        If a file cannot be read.
    """
    if isinstance(graphs, str | Path) and not Path(graphs).suffix:
        graphs = make_family(str(graphs), size, parameters, GRAPHS)
    elif size is not None or parameters:
        what = f"parameters {dict(parameters)}" if parameters else f"size {size!r}"
        raise UsageError(f"{what} is for a family given by its name; leave it out")
    if hasattr(graphs, "generate"):
        family = cast(Family[Graph], graphs)
        return Source(_limit(max_nodes, getattr(family, "max_nodes", None)), family=family)
    several = _list_of(graphs)
    largest = max(graph.n_nodes for graph in several)
    return Source(_limit(max_nodes, max(largest, 1)), graphs=tuple(several))


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
