"""The curriculum over sizes: a walk on n nodes starts from a best graph of a size near n."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.operations import padded, without
from coplug.problems.extremal.archive import Archive
from coplug.problems.extremal.climb import saturate
from coplug.problems.extremal.graph import GIRTH_5, FlipGraph, checked_lengths
from coplug.problems.extremal.known import proved
from coplug.problems.extremal.methods import Walk

FIRST_WALKS = 32
"""Walks of each size in the first round; each round doubles them."""

WINDOW, ABOVE = 8, 2
"""Sizes below and above the one asked for that are bettered in every round."""

LARGEST = 1000
"""Nodes that a search takes on; the gains of more would not fit the memory of small machines."""


def checked_nodes(n: int) -> int:
    """Return a number of nodes that can be searched.

    Raises
    ------
    UsageError
        If it is negative or above :data:`LARGEST`.
    """
    if not 0 <= n <= LARGEST:
        raise UsageError(f"{n} nodes are out of range; take a number in 0..{LARGEST}")
    return n


class Curriculum:
    """The best graphs of each size, and the walks that better them.

    Parameters
    ----------
    walk : Walk
        A method.
    lengths : iterable of int
        Forbidden lengths of cycles.
    seed : int
        Equal seeds and calls give equal graphs.
    graphs : iterable of Graph
        To begin with, of any sizes; those with forbidden cycles are pruned first.
    depth : int
        A start has up to so many nodes fewer, which are added as isolated nodes. Mehrabian et al. take 4.
    above : int
        A start has up to so many nodes more, of which those of least degree are deleted.
    pool : int
        Graphs that are kept of each size, all with the most edges so far.
    from_empty : bool
        Every walk starts from the graph without edges: no curriculum at all.

    Attributes
    ----------
    archive : Archive
        The best of each size.
    n_flips : int
        Flips so far.
    """

    def __init__(
        self,
        walk: Walk,
        lengths: Iterable[int] = GIRTH_5,
        seed: int = 0,
        graphs: Iterable[Graph] = (),
        *,
        depth: int = 4,
        above: int = ABOVE,
        pool: int = 30,
        from_empty: bool = False,
    ) -> None:
        self.from_empty = from_empty
        self.lengths = checked_lengths(lengths, 0)
        self.archive = Archive(self.lengths)
        self.n_flips = 0
        self._walk = walk
        self._depth, self._above, self._pool = depth, above, pool
        first, second = np.random.SeedSequence(seed).spawn(2)
        self._rng = np.random.default_rng(first)
        self._random: NDArray[np.uint64] = second.generate_state(1, np.uint64).astype(np.uint64)
        self._pools: dict[int, list[Graph]] = {}
        self._seen: dict[int, set[bytes]] = {}
        self._states: dict[int, FlipGraph] = {}
        self.offer(Graph.of(0, []))
        for graph in graphs:
            self.offer(FlipGraph(graph, self.lengths).pruned())

    def offer(self, graph: Graph) -> bool:
        """Take note of a graph without forbidden cycles; return whether it is the best of its size."""
        n, best = graph.n_nodes, self.archive.n_edges(graph.n_nodes)
        if graph.n_edges < best:
            return False
        is_better = self.archive.offer(graph)
        if is_better:
            self._pools[n], self._seen[n] = [], set()
        key = graph.edges().tobytes()
        if key not in self._seen[n] and len(self._seen[n]) < 100 * self._pool:
            self._seen[n].add(key)
            pool = self._pools[n]
            if len(pool) < self._pool:
                pool.append(graph)
            else:
                pool[int(self._rng.integers(self._pool))] = graph
        return is_better

    def settled(self, n: int) -> bool:
        """Tell whether no graph of n nodes can have more edges than the one there is."""
        limit = proved(n, self.lengths)
        return limit is not None and self.archive.n_edges(n) >= limit

    def walk(self, n: int, target: int | None = None) -> bool:
        """Walk once on n nodes; return whether a better graph was found.

        Parameters
        ----------
        n : int
        target : int, optional
            Edges at which to stop; by default what is proved to be the most.
        """
        if n < 2:
            return self.offer(Graph.of(n, []))
        if n not in self._states:
            self._states[n] = FlipGraph(Graph.of(n, []), self.lengths)
        state = self._states[n]
        state.load(self._start(n))
        limit = proved(n, self.lengths)
        goal = min(x for x in (target, limit, state.n_actions) if x is not None)
        best = np.empty(state.n_actions, np.int32)
        score, n_flips = self._walk(state, goal, self._random, best)
        self.n_flips += n_flips
        if score < self.archive.n_edges(n):
            return False
        state.reset_to(best == -1)
        return self.offer(state.pruned() if state.score < state.n_edges else state.graph())

    def improve(self, n: int, target: int, seconds: float, should_stop: Callable[[], bool] = bool) -> bool:
        """Walk on n nodes until a number of edges is reached; return whether it was."""
        deadline = time.monotonic() + seconds
        while self.archive.n_edges(n) < target and time.monotonic() < deadline and not should_stop():
            self.walk(n, target)
        return self.archive.n_edges(n) >= target

    def any_graph(self, n: int) -> Graph:
        """Return a graph of n nodes whatever was found: the best that is not larger, with edges added while it can."""
        sizes = [size for size in self.archive.sizes() if size <= n]
        graphs = [graph for graph in map(self.archive.get, sizes) if graph is not None]
        state = FlipGraph(padded(max(graphs, key=lambda graph: graph.n_edges), n), self.lengths)
        saturate(state.flips, self._random)
        return state.graph()

    def _start(self, n: int) -> Graph:
        if self.from_empty:
            return Graph.of(n, [])
        sizes = [m for m in range(max(n - self._depth, 0), n + self._above + 1) if m in self._pools]
        if not sizes:
            return self.any_graph(n)
        pool = self._pools[sizes[int(self._rng.integers(len(sizes)))]]
        graph = pool[int(self._rng.integers(len(pool)))]
        while graph.n_nodes > n:
            degrees = graph.degrees
            graph = without(graph, int(self._rng.choice(np.flatnonzero(degrees == degrees.min()))))
        return padded(graph, n)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a search stands: the size it is at, seconds, flips, and the edges of the size asked for, -1 if none."""

    size: int
    time_s: float
    n_flips: int
    n_edges: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a search ended.

    Attributes
    ----------
    status : "optimal", "target", "time_limit" or "interrupted"
        Optimal: the number of edges is proved to be the most, in the literature.
    graph : Graph
        Free of forbidden cycles.
    time_s : float
        Seconds that it took.
    n_flips : int
        Flips that were made.
    """

    status: str
    graph: Graph
    time_s: float
    n_flips: int


@dataclass
class Search:
    """An anytime search for one size, through the sizes below and a few above.

    Attributes
    ----------
    curriculum : Curriculum
        What is known before; holds all that was found afterwards.
    nodes : int
        Size that is asked for.
    target : int or None
        Edges at which to stop.
    should_stop : callable
        Asked after every walk, some milliseconds.
    on_progress : callable or None
        Told after every walk.
    on_better : callable or None
        Told after every better graph, of any size.
    """

    curriculum: Curriculum
    nodes: int
    target: int | None = None
    should_stop: Callable[[], bool] = bool
    on_progress: Callable[[Standing], None] | None = None
    on_better: Callable[[Graph], None] | None = None
    _start: float = field(default=0.0, init=False)

    def run(self, seconds: float) -> Outcome:
        """Search for so long, or until there is nothing to gain."""
        self._start = time.monotonic()
        status = self._status(seconds)
        for size in self._sizes():
            if status is not None:
                break
            self._walk(size)
            status = self._status(seconds)
        best = self.curriculum.archive.get(self.nodes)
        graph = self.curriculum.any_graph(self.nodes) if best is None else best
        return Outcome(
            status=status or "optimal",
            graph=graph,
            time_s=time.monotonic() - self._start,
            n_flips=self.curriculum.n_flips,
        )

    def _sizes(self) -> Iterator[int]:
        """Yield the size of each walk: rounds over what is not settled, half of each for the size asked for.

        Without a curriculum, other sizes are of no use.

        Sizes below the window matter as steps to it only, so they are left alone where a graph was there before.
        """
        if self.curriculum.from_empty:
            yield from itertools.repeat(self.nodes)
        nearest = max(self.nodes - WINDOW, 1)
        known = set(self.curriculum.archive.sizes())
        below = [n for n in range(1, self.nodes) if n >= nearest or n not in known]
        above = range(self.nodes + 1, min(self.nodes + ABOVE, LARGEST) + 1)
        if self.nodes not in known:
            yield self.nodes  # something to show, also if the sizes below take long
        walks = FIRST_WALKS
        while not self.curriculum.settled(self.nodes):
            others = [n for n in (*below, *above) if not self.curriculum.settled(n)]
            for n in (*below, self.nodes, *above):
                for _ in range(walks * (max(len(others), 1) if n == self.nodes else 1)):
                    if self.curriculum.settled(n):
                        break
                    yield n
            walks *= 2

    def _walk(self, size: int) -> None:
        target = self.target if size == self.nodes else None
        better = self.curriculum.walk(size, target)
        if better and self.on_better is not None:
            graph = self.curriculum.archive.get(size)
            assert graph is not None
            self.on_better(graph)
        if self.on_progress is not None:
            self.on_progress(
                Standing(
                    size=size,
                    time_s=time.monotonic() - self._start,
                    n_flips=self.curriculum.n_flips,
                    n_edges=self.curriculum.archive.n_edges(self.nodes),
                )
            )

    def _status(self, seconds: float) -> str | None:
        """Return why to stop, or None."""
        if self.curriculum.settled(self.nodes):
            return "optimal"
        if self.target is not None and self.curriculum.archive.n_edges(self.nodes) >= self.target:
            return "target"
        if self.should_stop():
            return "interrupted"
        return "time_limit" if time.monotonic() - self._start >= seconds else None
