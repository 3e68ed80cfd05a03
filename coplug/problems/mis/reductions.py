"""Reductions: removing nodes such that a maximum independent set of what is left gives one of the whole graph.

Rules, on the graph as it stands:

- degree 0 and 1: the node is taken, its neighbour removed.
- degree 2: with adjacent neighbours, the node is taken; otherwise it and its neighbours are folded into one node, which
  is adjacent to all of theirs: in the end either both neighbours are taken, or the node.
- domination: a node is removed if all neighbours of one of its neighbours are its own.
- unconfined: a node is removed if assuming that every maximum set contains it leads to a larger set.

Sources: F. Fomin, F. Grandoni, D. Kratsch, J. ACM 56 (2009), article 25 (folding, domination); M. Xiao and H.
Nagamochi, Theoretical Computer Science 469 (2013), 92-104 (unconfined); L. Chang, W. Li, W. Zhang, SIGMOD 2017,
1181-1196
(peeling: where no rule applies, the node of largest degree is removed, which may lose the optimum).

The residual graph is kept in place: removed nodes stay in the lists of others until those are read, a folded node's
list goes to the end of a pool that is tidied up when full. Memory is linear in the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph, from_edges
from coplug.problems.mis import reduction_kernels as kernels
from coplug.problems.mis.reduction_graph import DEGREE_TWO, N_TRAIL, RULES, WORK_LIMIT, State, start
from coplug.problems.mis.reduction_kernels import ALL_RULES

WORK_A_CALL = 30_000_000
"""List entries read between two looks at the clock: some tenths of a second."""

WORK_AN_ENTRY = 30
"""Domination and unconfined stop when they have read each entry of the graph so often, and rest on small graphs."""

WORK_AT_LEAST = 50_000_000


@dataclass(frozen=True)
class Reduced:
    """A reduced graph and the way back.

    Attributes
    ----------
    kernel : Graph
        What is left; its names are the nodes' positions in the graph that was reduced.
    offset : int
        What a maximum independent set of the whole graph has more than one of the kernel. After peeling: what
        :meth:`expand` adds at least.
    exact : bool
        Whether nothing was peeled away.
    finished : bool
        Whether no rule applies any more; False if ``stop`` asked to.
    trail : int32, shape (k, 3)
        Steps that :meth:`expand` undoes.
    """

    kernel: Graph
    offset: int
    exact: bool
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
            Independent, with ``offset`` nodes more than ``chosen``.
        """
        whole = np.zeros(self.n_nodes, dtype=np.uint8)
        whole[np.asarray(self.kernel.names, dtype=np.int64)[chosen]] = 1
        kernels.undo_trail(self.trail, whole)
        return whole.astype(np.bool_)


def reduce_graph(
    graph: Graph,
    rules: int = ALL_RULES,
    *,
    peel: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Reduced:
    """Apply rules until none applies.

    Parameters
    ----------
    graph : Graph
    rules : int
        A sum of ``DEGREE_TWO``, ``DOMINATION`` and ``UNCONFINED`` of
        :mod:`coplug.problems.mis.reduction_graph`; degrees 0 and 1 are always reduced.
    peel : bool
        Remove nodes of largest degree where no rule applies, and go on with the rules of degrees, until nothing is
        left.
    stop : callable
        Asked some times a second; True ends the reduction early, with what is left as the kernel.
    """
    state = start(graph.ptr, graph.neighbours, rules)
    n_entries = graph.n_nodes + len(graph.neighbours)
    state.counts[WORK_LIMIT] = max(WORK_AT_LEAST, WORK_AN_ENTRY * n_entries)
    finished = kernels.reduce_some(state, WORK_A_CALL)
    while not finished and not stop():
        finished = kernels.reduce_some(state, WORK_A_CALL)
    exact = True
    if peel and finished and state.there.any():
        exact = False
        state.counts[RULES] &= DEGREE_TWO
        while not kernels.peel_some(state, WORK_A_CALL) and not stop():
            pass
    return Reduced(
        kernel=_kernel(state),
        offset=int(state.counts[N_TRAIL]),
        exact=exact,
        finished=bool(finished),
        n_nodes=graph.n_nodes,
        trail=state.trail[: state.counts[N_TRAIL]].copy(),
    )


def _kernel(state: State) -> Graph:
    nodes = np.flatnonzero(state.there).astype(np.int64)
    if not len(nodes):
        return from_edges(0, np.empty((0, 2), dtype=np.int64))
    return from_edges(len(nodes), kernels.edges_left(state), nodes.tolist())
