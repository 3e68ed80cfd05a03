"""Building sets with a policy that scores nodes, on many graphs at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from coplug.graphs import Graphs
from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.problems.mis.construction import Construction, Left
from coplug.problems.mis.episodes import as_batch
from coplug.problems.mis.rules import rules_of

Scores = Callable[[Graphs], NDArray[np.float32]]
"""From what is left of some graphs to a logit for each node, shape (n_nodes,)."""


def min_degree(graphs: Graphs) -> NDArray[np.float32]:
    """Score nodes of least degree highest; the greedy baseline."""
    return np.asarray(-graphs.nodes["node"].values[:, 0])


def uniform(graphs: Graphs) -> NDArray[np.float32]:
    """Score all nodes the same; drawn from, the random baseline."""
    return np.zeros(len(graphs.nodes["node"].values), dtype=np.float32)


def build_sets(
    scores: Scores,
    graphs: Sequence[Graph],
    reductions: str = "none",
    samples: int = 0,
    rng: np.random.Generator | None = None,
) -> list[NDArray[np.bool_]]:
    """Return a maximal independent set of each graph.

    Parameters
    ----------
    scores : callable
        The policy.
    graphs : sequence of Graph
        At least one; they are built on side by side.
    reductions : str
        See :func:`~.rules.rules_of`.
    samples : int
        0: the node of the highest score is taken. Else so many sets are drawn from the softmax of the scores,
        and the largest one is kept.
    rng : numpy Generator
        Draws; needed with samples.

    Raises
    ------
    UsageError
        If the reductions are unknown.
    """
    copies = max(samples, 1)
    construction = Construction([g for g in graphs for _ in range(copies)], rules_of(reductions))
    waiting = np.flatnonzero(construction.n_left)
    while len(waiting):
        left = construction.left(waiting)
        chosen = _chosen(scores(as_batch(left)), left, rng if samples else None)
        construction.take(construction.ptr[waiting] + chosen)
        waiting = waiting[construction.n_left[waiting] > 0]
    best = construction.sizes.reshape(len(graphs), copies).argmax(axis=1) + copies * np.arange(len(graphs))
    chosen_sets = construction.chosen()
    return [chosen_sets[construction.ptr[i] : construction.ptr[i + 1]] for i in best.tolist()]


def _chosen(logits: NDArray[np.float32], left: Left, rng: np.random.Generator | None) -> NDArray[np.int64]:
    """Return a node of each graph, numbered as in that graph; drawn by the Gumbel-max trick if there is ``rng``."""
    keys = logits if rng is None else logits + rng.gumbel(size=len(logits)).astype(np.float32)
    return left.nodes.values[_first_largest(keys, left.nodes.ptr)]


@kernel
def _first_largest(keys: NDArray[np.float32], ptr: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the first of the largest keys of each part is; no part is empty."""
    found = np.empty(len(ptr) - 1, dtype=np.int64)
    for i in range(len(found)):
        found[i] = ptr[i] + np.argmax(keys[ptr[i] : ptr[i + 1]])
    return found
