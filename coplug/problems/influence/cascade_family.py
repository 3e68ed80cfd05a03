"""Cascades as ``coplug generate`` writes them: what a diffusion on a graph does from random seeds."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import InstanceKind, any_rng
from coplug.graphs.formats.reading import read_graph
from coplug.graphs.formats.simple import Wanted
from coplug.graphs.graph import Graph
from coplug.graphs.source import drawn_graphs
from coplug.jit import kernel
from coplug.problems.influence.cascades import COLUMNS, Cascades
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.network import Arcs, Network, make_network
from coplug.problems.influence.options import COLUMN, WEIGHTED_CASCADE
from coplug.problems.influence.worlds import is_live, keys_of_worlds, new_scratch


@dataclass(frozen=True, eq=False)
class NamedCascades:
    """Cascades and the graph that they were seen on.

    Attributes
    ----------
    cascades : Cascades
    graph : Graph
    with_times : bool
        Whether they are written.
    """

    cascades: Cascades
    graph: Graph
    with_times: bool = True


def _render(drawn: NamedCascades, file_format: str) -> bytes:
    text, cascades = io.StringIO(), drawn.cascades
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS if drawn.with_times else COLUMNS[:2])
    assert cascades.times is not None
    numbers = np.repeat(np.arange(1, cascades.count + 1), np.diff(cascades.ptr)).tolist()
    rows = zip(numbers, cascades.nodes.tolist(), cascades.times.astype(np.int64).tolist(), strict=True)
    names, width = drawn.graph.names, 3 if drawn.with_times else 2
    writer.writerows((number, names[node], time)[:width] for number, node, time in rows)
    data = text.getvalue().encode()
    return gzip.compress(data, mtime=0) if file_format.endswith(".gz") else data


CASCADES = InstanceKind[NamedCascades](
    name="cascades",
    formats=("csv", "csv.gz"),
    render=_render,
    summary=lambda drawn: f"{drawn.cascades.count} cascades, {len(drawn.cascades.nodes)} activations",
)
"""Cascades, as what a family draws."""


@dataclass(frozen=True)
class CascadeFamily:
    """Cascades of a diffusion on a graph, each from seeds that are drawn uniformly.

    A graph that is given by the name of a family is the one that ``coplug generate`` draws of it with the same seed and
    size.

    Attributes
    ----------
    graph : str
        A graph file, or a family of graphs.
    graph_size : str
        Named size of the family.
    directed : bool
        Take edges of a file as arcs where it cannot say.
    diffusion : str
        ``ic`` or ``lt``.
    probability : str
        ``weighted-cascade``, ``column``, or a number.
    n_cascades : int
        At least 1.
    seed_share : float
        Seeds of a cascade over the nodes, in (0, 1]; at least one node.
    times : bool
        Write when each node became active: the step, 0 for seeds.
    """

    draws: ClassVar = CASCADES
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_cascades": 20},
        "easy": {"n_cascades": 500},
    }

    graph: str = "barabasi_albert"
    graph_size: str = "tiny"
    directed: bool = False
    diffusion: str = "ic"
    probability: str = WEIGHTED_CASCADE
    n_cascades: int = 500
    seed_share: float = 0.01
    times: bool = True

    def __post_init__(self) -> None:
        if self.n_cascades < 1:
            raise UsageError(f"n_cascades {self.n_cascades} is out of range; take it >= 1")
        if not 0 < self.seed_share <= 1:
            raise UsageError(f"seed_share {self.seed_share} is out of range; take it above 0, at most 1")
        if self.diffusion not in ("ic", "lt"):
            raise UsageError(f"diffusion {self.diffusion!r} makes no cascades; take ic or lt")
        if self.probability not in (WEIGHTED_CASCADE, COLUMN) and not _is_chance(self.probability):
            raise UsageError(
                f"probability {self.probability!r} is unknown; take {WEIGHTED_CASCADE}, {COLUMN}, or a number in 0..1"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> NamedCascades:
        """Draw the cascades, and before them the graph if it is of a family."""
        graph = self._graph(rng)
        network = make_network(graph, Diffusion(self.diffusion, self.probability))
        return NamedCascades(observed(network, self.n_cascades, self.seed_share, rng), graph, self.times)

    def _graph(self, rng: np.random.RandomState) -> Graph:
        path = Path(self.graph)
        if not path.suffix:
            family = drawn_graphs(self.graph, self.graph_size).family
            assert family is not None
            return family.generate(rng)
        wanted = Wanted(
            edge_weights=self.probability == COLUMN, direction=True, unsaid_is_directed=self.directed
        )
        return read_graph(path, wanted).graph


def observed(network: Network, n_cascades: int, seed_share: float, rng: np.random.RandomState) -> Cascades:
    """Draw cascades of a network, each from seeds that are drawn uniformly; times are steps.

    Parameters
    ----------
    network : Network
        Under independent cascade or linear threshold.
    n_cascades : int
    seed_share : float
        Seeds of a cascade over the nodes; at least one node.
    rng : numpy.random.RandomState
    """
    n_seeds = max(1, round(seed_share * network.n_nodes))
    keys, kind = keys_of_worlds(int(rng.randint(2**31)), 0, n_cascades), network.diffusion.kind
    found = [
        _cascade(network.out, kind, key, rng.permutation(network.n_nodes)[:n_seeds].astype(np.int32))
        for key in keys
    ]
    ptr = np.cumsum([0, *(len(nodes) for nodes, _ in found)]).astype(np.int64)
    nodes, steps = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    return Cascades(ptr, nodes, steps.astype(np.float64))


def _is_chance(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


@kernel
def _cascade(
    arcs: Arcs, kind: int, key: np.uint64, seeds: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the nodes that become active in a world, and the step in which each does; seeds first."""
    scratch = new_scratch(len(arcs.ptr) - 1)
    found, marks, steps = scratch.found, scratch.marks, np.zeros(len(arcs.ptr) - 1, np.int32)
    for i in range(len(seeds)):
        found[i], marks[seeds[i]] = seeds[i], 1
    at, end = 0, len(seeds)
    while at < end:
        node = found[at]
        for arc in range(arcs.ptr[node], arcs.ptr[node + 1]):
            head = arcs.ends[arc]
            if not marks[head] and is_live(arcs, kind, key, arc, head):
                found[end], marks[head], steps[end] = head, 1, steps[at] + 1
                end += 1
        at += 1
    return found[:end].copy(), steps[:end].copy()
