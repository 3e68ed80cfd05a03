"""Reductions for weighted nodes: a heaviest independent set of what is left gives one of the whole graph.

Rules, on the graph as it stands, for a node v of weight w(v):

- neighbourhood: v is taken if its neighbours together are not heavier.
- clique: if the neighbours of v are pairwise adjacent, v is taken to be exchanged for one of these: w(v) is subtracted
  from their weights, and those that have none left are removed.
- fold: if the neighbours of v are independent and only all of them together are heavier, v and they become one node: in
  the end either v is taken, or all of them.
- chain: the same for a node of degree 2 between a heavier node and one that is not.
- join: two nodes with the same neighbours, not adjacent to each other, become one.
- unconfined: v is removed if assuming that every heaviest set contains it leads to a contradiction.

Sources: S. Lamm, C. Schulz, D. Strash, R. Williger, H. Zhang, ALENEX 2019, 144-158 (neighbourhood, clique, fold, join);
J. Gu, W. Zheng, Y. Cai, P. Peng, KDD 2021, 467-475 (chain); M. Xiao, S. Huang, Y. Zhou, B. Ding, The Web Conference
2021, 3930-3940 (unconfined, for weights).

The residual graph is that of :mod:`coplug.problems.mis.reductions`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph, from_edges
from coplug.problems.mis.reduction_graph import WORK_LIMIT
from coplug.problems.mis.reduction_kernels import edges_left
from coplug.problems.mis.reductions import WORK_A_CALL, WORK_AN_ENTRY, WORK_AT_LEAST
from coplug.problems.mis.weighted.reduction_rules import reduce_some
from coplug.problems.mis.weighted.reduction_state import N_TRAIL, OFFSET, start, undo
from coplug.report import Stop


@dataclass(frozen=True)
class Reduced:
    """A reduced graph and the way back.

    Attributes
    ----------
    kernel : Graph
        What is left, with its weights; its names are the nodes' positions in the graph that was reduced.
    offset : int
        What a heaviest independent set of the whole graph has more than one of the kernel.
    finished : bool
        Whether no rule applies any more; False if ``stop`` asked to.
    n_nodes : int
        Of the whole graph.
    trail : int32
        Steps that :meth:`expand` undoes.
    """

    kernel: Graph
    offset: int
    finished: bool
    n_nodes: int
    trail: NDArray[np.int32]

    def expand(self, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the set of the whole graph that an independent set of the kernel stands for.

        Parameters
        ----------
        chosen : bool, shape (kernel.n_nodes,)

        Returns
        -------
        bool, shape (n_nodes,)
            Independent, heavier than ``chosen`` by ``offset`` at least.
        """
        whole = np.zeros(self.n_nodes, dtype=np.uint8)
        whole[np.asarray(self.kernel.names, dtype=np.int64)[chosen]] = 1
        undo(self.trail, whole)
        return whole.astype(np.bool_)


def reduce_graph(graph: Graph, stop: Stop = bool) -> Reduced:
    """Apply rules until none applies.

    Parameters
    ----------
    graph : Graph
        Its node weights are whole numbers of at least 1 that add up to 2**53 at most.
    stop : callable
        Asked some times a second; True ends the reduction early, with what is left as the kernel.
    """
    state = start(graph.ptr, graph.neighbours, graph.weights_of_nodes().astype(np.int64))
    state.graph.counts[WORK_LIMIT] = max(
        WORK_AT_LEAST, WORK_AN_ENTRY * (graph.n_nodes + len(graph.neighbours))
    )
    finished = reduce_some(state, WORK_A_CALL)
    while not finished and not stop():
        finished = reduce_some(state, WORK_A_CALL)
    nodes = np.flatnonzero(state.graph.there)
    return Reduced(
        kernel=from_edges(
            len(nodes), edges_left(state.graph), nodes.tolist(), node_weights=state.weight[nodes]
        ),
        offset=int(state.counts[OFFSET]),
        finished=bool(finished),
        n_nodes=graph.n_nodes,
        trail=state.trail[: state.counts[N_TRAIL]].copy(),
    )
