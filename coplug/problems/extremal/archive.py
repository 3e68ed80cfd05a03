"""The best graph of each size, in a text file: a line of graph6 each, by size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from coplug.errors import CoplugError, InstanceError
from coplug.files import write_atomically
from coplug.graphs.formats.graph6 import from_graph6, to_graph6
from coplug.graphs.graph import Graph
from coplug.problems.extremal.graph import GIRTH_5, FlipGraph

OnBroken = Callable[[str], None]
"""Told of each line that is skipped: where it is and what is wrong."""


class Archive:
    """Graphs without forbidden cycles, the one with most edges of each size.

    Parameters
    ----------
    lengths : iterable of int
        Forbidden lengths.
    graphs : iterable of Graph
        To begin with.
    """

    def __init__(self, lengths: Iterable[int] = GIRTH_5, graphs: Iterable[Graph] = ()) -> None:
        self.lengths = tuple(lengths)
        self._best: dict[int, Graph] = {}
        for graph in graphs:
            self.offer(graph)

    def offer(self, graph: Graph) -> bool:
        """Keep a graph if it is free of forbidden cycles and has more edges than the one of its size.

        Returns
        -------
        bool
            Whether it was kept.
        """
        if graph.n_edges <= self.n_edges(graph.n_nodes):
            return False
        state = FlipGraph(graph, self.lengths)
        if state.score < state.n_edges:
            return False
        self._best[graph.n_nodes] = graph
        return True

    def n_edges(self, n: int) -> int:
        """Return the edges of the graph of a size, -1 if there is none."""
        return self._best[n].n_edges if n in self._best else -1

    def get(self, n: int) -> Graph | None:
        """Return the graph of a size, or None."""
        return self._best.get(n)

    def sizes(self) -> list[int]:
        """Return the sizes there are, ascending."""
        return sorted(self._best)

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        lines = [to_graph6(self._best[n]) + "\n" for n in self.sizes()]
        write_atomically(path, "".join(lines).encode("ascii"))


def read_archive(path: Path, lengths: Iterable[int], on_broken: OnBroken) -> Archive:
    """Read a file of graph6 lines; of several graphs of a size the best is kept.

    A line that is no graph6, or whose graph has a forbidden cycle, is skipped and named.

    Raises
    ------
    InstanceError
        If the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InstanceError(f"cannot read {path}: {error.strerror or error}; give a graph6 file") from error
    archive = Archive(lengths)
    for number, line in enumerate(lines, 1):
        try:
            graph = from_graph6(line)
            state = FlipGraph(graph, archive.lengths)
        except CoplugError as error:
            on_broken(f"{path}, line {number}: {error}; skipped")
            continue
        if state.score < state.n_edges:
            n_cycles = state.n_edges - state.score
            on_broken(f"{path}, line {number}: {n_cycles} forbidden cycles on {graph.n_nodes} nodes; skipped")
            continue
        archive.offer(graph)
    return archive
