"""Rounds of annealing and local search, each from the best set, which takes over what turned out better.

A round heats the best set up, cools it down and improves it by local search, with as much work for either; rounds grow
slowly. Annealing serves large graphs, local search small and dense ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.problems.mis.weighted import annealing, local_search

HEATS = (0.4, 0.3, 0.2, 0.15, 0.1)
"""Temperatures at which rounds begin, in turn, as shares of the typical weight."""

COLD = 0.05
"""Temperature at which annealing ends."""

FIRST_SWEEPS = 30
GROWTH = 1.1
"""How often the first round sweeps over the nodes, and how much more each of the next rounds."""

LEAST_SWEPT = 200_000
LEAST_SEARCHED = 2_000_000
"""Nodes that a round draws in annealing, and list entries that it reads in local search, at least."""

WORK_A_CALL = 2_000_000
"""List entries read between two looks at the clock: some hundredths of a second."""


class Rounds:
    """A search that can be stopped between any two slices of work.

    Parameters
    ----------
    graph : Graph
        With at least one node; weights are whole numbers.
    chosen : bool, shape (n_nodes,)
        Independent.
    seed : int
        In 0..2**64 - 1.

    Attributes
    ----------
    best : int
        Weight of the heaviest set so far.
    steps : int
        Nodes put into sets so far.
    """

    def __init__(self, graph: Graph, chosen: NDArray[np.bool_], seed: int) -> None:
        self._graph = graph
        self._weights = graph.weights_of_nodes().astype(np.int64)
        self._chosen = chosen.astype(np.uint8)
        self._seeds = np.random.SeedSequence(seed)
        self._slices = self._rounds()
        self._last_step = 0
        self.best = int(self._weights[chosen].sum())
        self.steps = 0

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """The heaviest set so far, bool, shape (n_nodes,)."""
        return self._chosen.astype(np.bool_)

    def advance(self, last_step: int, target: int) -> None:
        """Go on for some hundredths of a second; see :class:`coplug.problems.mis.tools.LocalSearch`."""
        self._last_step = last_step
        if self.steps < last_step and self.best < target:
            next(self._slices)

    def _rounds(self) -> Iterator[None]:
        least = 1 + LEAST_SWEPT // len(self._weights)
        typical = float(np.median(self._weights))
        n_sweeps = float(FIRST_SWEEPS)
        while True:
            for heat in HEATS:
                temperatures = np.geomspace(heat, COLD, max(least, int(n_sweeps))) * typical
                yield from self._round(temperatures)
                n_sweeps *= GROWTH

    def _round(self, temperatures: NDArray[np.float64]) -> Iterator[None]:
        state = annealing.start(self._graph, self._weights, self._chosen, self._seed())
        before, looked = self.steps, 0
        for temperature in temperatures:
            annealing.sweep(state, temperature, self._last_step - before)
            self.steps = before + int(state.counts[annealing.STEP])
            if state.counts[annealing.WORK] > looked + WORK_A_CALL:
                looked = int(state.counts[annealing.WORK])
                yield
        annealing.settle(state)
        yield from self._improve(state.inside, max(LEAST_SEARCHED, int(state.counts[annealing.WORK])))

    def _improve(self, inside: NDArray[np.uint8], work: int) -> Iterator[None]:
        before = self.steps
        state = local_search.start(self._graph, self._weights, inside, self._seed())
        while state.counts[local_search.WORK] < work:
            slice_ = min(WORK_A_CALL, work - int(state.counts[local_search.WORK]))
            local_search.run(state, slice_, self._last_step - before - int(state.counts[local_search.STEP]))
            self._keep(state.best)
            self.steps = before + int(state.counts[local_search.STEP])
            yield

    def _keep(self, found: NDArray[np.uint8]) -> None:
        self.best += annealing.choose_parts(
            self._graph.ptr, self._graph.neighbours, self._weights, self._chosen, found
        )

    def _seed(self) -> int:
        return int(self._seeds.spawn(1)[0].generate_state(1, np.uint64)[0])
