"""The tools of :mod:`coplug.problems.mis.tools` for graphs whose nodes have weights, all whole numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.problems.mis.bounds import weighted_clique_cover_bound
from coplug.problems.mis.greedy import heaviest_first_greedy
from coplug.problems.mis.tools import SCIP_NODES, LocalSearch, Reduction
from coplug.problems.mis.weighted.reductions import reduce_graph
from coplug.problems.mis.weighted.rounds import Rounds
from coplug.report import Stop

SPARSE_DEGREE = 6.0
SPARSE_EDGES = 30_000
"""Up to this mean degree and so many edges, larger components are often solved by SCIP in seconds, at the root."""


class WeighingTools:
    """Tools for graphs with weights of nodes; see :class:`coplug.problems.mis.tools.Tools`."""

    first_share = 0.2
    proof_share = 0.6

    def value(self, graph: Graph, chosen: NDArray[np.bool_]) -> int:
        """Return the weight of a set."""
        return int(graph.weights_of_nodes()[chosen].sum())

    def bound(self, graph: Graph) -> int:
        """Return what cliques that the nodes are parted into can weigh."""
        return weighted_clique_cover_bound(graph)

    def greedy(self, graph: Graph) -> NDArray[np.bool_]:
        """Take nodes of most weight for themselves and each neighbour first."""
        return heaviest_first_greedy(graph)

    def reduce(self, graph: Graph, stop: Stop) -> Reduction:
        """Apply all rules."""
        return reduce_graph(graph, stop)

    def first_set(self, kernel: Graph, stop: Stop) -> NDArray[np.bool_]:
        """Return a greedy set; annealing makes little of better ones."""
        return heaviest_first_greedy(kernel)

    def local_search(self, graph: Graph, chosen: NDArray[np.bool_], seed: int) -> LocalSearch:
        """Return rounds of annealing and local search."""
        return Rounds(graph, chosen, seed)

    def is_provable(self, graph: Graph) -> bool:
        """Tell whether the graph is small or sparse."""
        sparse = 2 * graph.n_edges <= SPARSE_DEGREE * graph.n_nodes and graph.n_edges <= SPARSE_EDGES
        return sparse or graph.n_nodes <= SCIP_NODES
