"""What a search for independent sets is made of; graphs with weights of nodes have tools of their own."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.problems.mis import local_search
from coplug.problems.mis.bounds import clique_cover_bound
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.reduction_graph import DEGREE_TWO
from coplug.problems.mis.reductions import reduce_graph
from coplug.report import Stop

WORK_A_CALL = 5_000_000
"""List entries that the local search reads between two looks at the clock: some hundredths of a second."""

SCIP_NODES = 400
"""Components of up to so many nodes are worth it that SCIP tries to find a proof."""


class Reduction(Protocol):
    """A reduced graph and the way back, see :class:`coplug.problems.mis.reductions.Reduced`."""

    @property
    def kernel(self) -> Graph:
        """What is left."""
        ...

    @property
    def offset(self) -> int:
        """What an optimal set of the whole graph has more than one of the kernel."""
        ...

    def expand(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the set of the whole graph that one of the kernel stands for."""
        ...


class LocalSearch(Protocol):
    """A search that goes on for as long as it is asked to."""

    @property
    def best(self) -> int:
        """Value of the best set so far."""
        ...

    @property
    def steps(self) -> int:
        """Insertions so far."""
        ...

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """The best set so far, bool, shape (n_nodes,)."""
        ...

    def advance(self, last_step: int, target: int) -> None:
        """Go on for some hundredths of a second, to so many steps at most, or until the best set has such a value."""
        ...


class Tools(Protocol):
    """What is asked of a graph; values of sets are whole numbers.

    Attributes
    ----------
    first_share : float
        Share of the time for local search before SCIP tries larger components, where some are worth it.
    proof_share : float
        Share of what is left then, for SCIP.
    """

    first_share: float
    proof_share: float

    def value(self, graph: Graph, chosen: NDArray[np.bool_]) -> int:
        """Return the value of a set."""
        ...

    def bound(self, graph: Graph) -> int:
        """Return what no independent set passes."""
        ...

    def greedy(self, graph: Graph) -> NDArray[np.bool_]:
        """Return an independent set at once."""
        ...

    def reduce(self, graph: Graph, stop: Stop) -> Reduction:
        """Return what reductions leave."""
        ...

    def first_set(self, kernel: Graph, stop: Stop) -> NDArray[np.bool_]:
        """Return an independent set to begin the local search with."""
        ...

    def local_search(self, graph: Graph, chosen: NDArray[np.bool_], seed: int) -> LocalSearch:
        """Return a search from an independent set; the seed is in 0..2**64 - 1."""
        ...

    def is_provable(self, graph: Graph) -> bool:
        """Tell whether SCIP is worth its time on a component."""
        ...


class CountingSearch:
    """The local search of :mod:`coplug.problems.mis.local_search`."""

    def __init__(self, graph: Graph, chosen: NDArray[np.bool_], seed: int) -> None:
        self._state = local_search.start(graph, chosen, seed)

    @property
    def best(self) -> int:
        """Size of the largest set so far."""
        return int(self._state.counts[local_search.BEST])

    @property
    def steps(self) -> int:
        """Insertions so far."""
        return int(self._state.counts[local_search.STEP])

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """The largest set so far."""
        return local_search.best_set(self._state)

    def advance(self, last_step: int, target: int) -> None:
        """See :class:`LocalSearch`."""
        local_search.run(self._state, WORK_A_CALL, last_step - self.steps, target)


class CountingTools:
    """Tools for graphs whose nodes are all worth the same; see :class:`Tools`."""

    first_share = 0.5
    proof_share = 1.0

    def value(self, graph: Graph, chosen: NDArray[np.bool_]) -> int:
        """Return the size of a set."""
        return int(np.count_nonzero(chosen))

    def bound(self, graph: Graph) -> int:
        """Return the number of cliques that the nodes can be parted into."""
        return clique_cover_bound(graph)

    def greedy(self, graph: Graph) -> NDArray[np.bool_]:
        """Take nodes of least degree first."""
        return min_degree_greedy(graph)

    def reduce(self, graph: Graph, stop: Stop) -> Reduction:
        """Apply all rules."""
        return reduce_graph(graph, stop=stop)

    def first_set(self, kernel: Graph, stop: Stop) -> NDArray[np.bool_]:
        """Remove nodes of largest degree where no rule applies."""
        peeled = reduce_graph(kernel, DEGREE_TWO, peel=True, stop=stop)
        return peeled.expand(min_degree_greedy(peeled.kernel))

    def local_search(self, graph: Graph, chosen: NDArray[np.bool_], seed: int) -> LocalSearch:
        """Return the local search for sets of many nodes."""
        return CountingSearch(graph, chosen, seed)

    def is_provable(self, graph: Graph) -> bool:
        """Tell whether the graph is small."""
        return graph.n_nodes <= SCIP_NODES
