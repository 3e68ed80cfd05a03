"""The registry of graph families; a package adds its own by an entry point in the group ``coplug.graph_families``.

A graph family is like a MILP family (:mod:`coplug.problems.families`), with graphs instead of programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.problems import families

GROUP = "coplug.graph_families"


class GraphFamily(Protocol):
    """A distribution of graphs: a frozen dataclass of ``int``, ``float`` and ``bool`` parameters.

    Attributes
    ----------
    sizes : mapping of str to mapping
        Parameters of the named sizes; parameters left out keep their defaults.
    """

    sizes: ClassVar[Mapping[str, Mapping[str, float]]]

    def generate(self, rng: np.random.RandomState) -> Graph:
        """Draw one graph with ``rng`` and no other source of randomness."""
        ...


@dataclass(frozen=True)
class NamedGraph:
    """A graph of a series.

    Attributes
    ----------
    name : str
        Such as ``rb-easy-0001``.
    seed : int
        Of this graph alone.
    graph : Graph
    """

    name: str
    seed: int
    graph: Graph


def graph_family_names() -> list[str]:
    """Return the names of all installed graph families, sorted."""
    return families.family_names(GROUP)


def is_graph_family(name: str) -> bool:
    """Tell whether a family is one of graphs, not of MILP instances.

    Raises
    ------
    UsageError
        If it is neither; the message lists both.
    """
    graphs, programs = graph_family_names(), families.family_names()
    if name not in graphs and name not in programs:
        raise UsageError(
            f"family {name!r} is unknown; choose one of: {', '.join(programs)}; of graphs: {', '.join(graphs)}"
        )
    return name in graphs


def generate_graphs(
    family: str,
    count: int,
    seed: int,
    size: str | None = None,
    parameters: Mapping[str, float | str] | None = None,
) -> Iterator[NamedGraph]:
    """Draw a series of graphs, one at a time, as :func:`coplug.problems.families.generate_instances` does.

    Parameters
    ----------
    family : str
        Such as ``rb``; see :func:`graph_family_names`.
    count : int
        At least 1.
    seed : int
        Root seed, at least 0.
    size, parameters
        As in :func:`coplug.problems.families.make_family`.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """
    families.check_series(count, seed)
    source: GraphFamily = families.make_family(family, size, parameters, GROUP)
    label = families.size_label(source, size, parameters or {})

    def draw(index: int) -> NamedGraph:
        own_seed = families.instance_seed(seed, index)
        graph = source.generate(np.random.RandomState(own_seed))
        return NamedGraph(f"{family}-{label}-{index + 1:04d}", own_seed, graph)

    return map(draw, range(count))
