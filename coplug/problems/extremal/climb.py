"""Hill climbing with perturbation: delete a few edges, add legal ones until none is left, again and again.

Nothing forbidden ever appears: an edge is added only where it closes no forbidden cycle, which is where the gain of
its flip is 1.

Source: the method of J. Goedgebeur, J. Jooken, G. Joret and T. Van den Eede, arXiv 2508.05562 (2025), which goes back
to G. Exoo, B. McKay, W. Myrvold and J. Nadon; described there, written anew here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.jit import kernel
from coplug.problems.extremal.flips import Flips, flip, nodes_of
from coplug.problems.extremal.graph import FlipGraph
from coplug.random_kernels import uniform

_TRIES = 50
"""Draws of an edge to delete before one that rests is taken."""


_MOST_WORK = 2 * 10**8
"""Pairs that a walk looks at, at most: some tenths of a second, after which a search can be stopped."""


@dataclass(frozen=True, kw_only=True)
class ClimbWalk:
    """Hill climbing as a method of :class:`coplug.problems.extremal.search.Curriculum`.

    Each walk deletes up to 3 edges an iteration, or up to max(3, n // 10), as likely; in the first case a deleted edge
    rests for n iterations, in the second for n // 3.

    Attributes
    ----------
    iterations_per_node : int
        Length of a walk, at least 1; walks on many hundreds of nodes are shorter. The published search takes 1000.

    Raises
    ------
    UsageError
        If it is out of range.
    """

    iterations_per_node: int = 100

    def __post_init__(self) -> None:
        if self.iterations_per_node < 1:
            raise UsageError(f"iterations_per_node {self.iterations_per_node} is out of range; take it >= 1")

    def __call__(
        self, state: FlipGraph, target: int, random: NDArray[np.uint64], best: NDArray[np.int32]
    ) -> tuple[int, int]:
        """See :class:`coplug.problems.extremal.methods.Walk`."""
        n = state.n
        few = uniform(random) < 0.5
        most_deleted, rest = (3, n) if few else (max(3, n // 10), n // 3)
        n_iterations = min(self.iterations_per_node * n, _MOST_WORK // state.n_actions)
        return climb(state.flips, n_iterations, most_deleted, rest, target, best, random)


@kernel
def climb(
    flips: Flips,
    n_iterations: int,
    most_deleted: int,
    rest: int,
    target: int,
    best: NDArray[np.int32],
    random: NDArray[np.uint64],
) -> tuple[int, int]:
    """Climb from where the graph stands, which must be free of forbidden cycles.

    Each addition takes, with probability 1/2, the legal pair of largest sum of degrees, else any legal pair.

    Parameters
    ----------
    flips : Flips
    n_iterations : int
    most_deleted : int
        Each iteration deletes 1 to so many random edges.
    rest : int
        Iterations for which an edge that was deleted is not deleted again once it is back.
    target : int
        Stop at so many edges.
    best : int32, shape (m,)
        ``flips.sign`` of the best graph is written here.
    random : uint64, shape (1,)

    Returns
    -------
    int
        Edges of the best graph.
    int
        Flips that were made.
    """
    n_flips = saturate(flips, random)
    best_score = flips.score[0]
    best[:] = flips.sign
    deleted_at = np.full(len(flips.gain), -rest - 1, np.int64)
    for iteration in range(n_iterations):
        if best_score >= target or flips.score[0] == 0:
            break
        for _ in range(1 + int(uniform(random) * most_deleted)):
            n_flips += _delete_one(flips, iteration, rest, deleted_at, random)
        n_flips += saturate(flips, random)
        if flips.score[0] > best_score:
            best_score = flips.score[0]
            best[:] = flips.sign
    return best_score, n_flips


@kernel
def saturate(flips: Flips, random: NDArray[np.uint64]) -> int:
    """Add edges that close no forbidden cycle until none is left; return how many."""
    legal = np.empty(len(flips.gain), np.int64)
    n_legal = 0
    for pair in range(len(flips.gain)):
        if flips.gain[pair] == 1 and flips.sign[pair] == 1:
            legal[n_legal] = pair
            n_legal += 1
    n_added = 0
    while n_legal > 0:
        if uniform(random) < 0.5:
            chosen = _largest_degrees(flips, legal[:n_legal], random)
        else:
            chosen = int(uniform(random) * n_legal)
        i, j = nodes_of(flips, legal[chosen])
        flip(flips, i, j)
        n_added += 1
        n_left = 0
        for k in range(n_legal):  # additions make nothing legal, so the list only shrinks
            if flips.gain[legal[k]] == 1:
                legal[n_left] = legal[k]
                n_left += 1
        n_legal = n_left
    return n_added


@kernel
def _largest_degrees(flips: Flips, legal: NDArray[np.int64], random: NDArray[np.uint64]) -> int:
    """Return the position of the pair with the largest sum of degrees, each of equals as likely."""
    chosen, largest, n_equal = 0, -1, 0
    for k in range(len(legal)):
        i, j = nodes_of(flips, legal[k])
        total = flips.degree[i] + flips.degree[j]
        if total > largest:
            chosen, largest, n_equal = k, total, 1
        elif total == largest:
            n_equal += 1
            if uniform(random) * n_equal < 1:
                chosen = k
    return chosen


@kernel
def _delete_one(
    flips: Flips, iteration: int, rest: int, deleted_at: NDArray[np.int64], random: NDArray[np.uint64]
) -> int:
    """Delete a random edge that does not rest; return the number of flips, 0 where no edge is left."""
    if flips.score[0] == 0:
        return 0
    n = len(flips.degree)
    i, j = 0, 0
    for _ in range(_TRIES):
        i, j = _random_edge(flips, n, random)
        if iteration - deleted_at[flips.offset[min(i, j)] + max(i, j)] > rest:
            break
    deleted_at[flips.offset[min(i, j)] + max(i, j)] = iteration
    flip(flips, i, j)
    return 1


@kernel
def _random_edge(flips: Flips, n: int, random: NDArray[np.uint64]) -> tuple[int, int]:
    """Return an edge, each as likely: one of the 2 m ends in a random order of nodes."""
    left = int(uniform(random) * flips.degree.sum())
    for i in range(n):
        if left < flips.degree[i]:
            return i, int(flips.neighbours[i, left])
        left -= flips.degree[i]
    return 0, 1
