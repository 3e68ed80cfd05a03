"""Tabu search over flips, compiled from end to end.

The rule is that of :mod:`coplug.algorithms.tabu`: the flip of largest gain, a random one of equals; the last few flips
are banned unless they beat the best score. That module asks a problem for all its gains through Python at every step:
some 5 microseconds a flip of 50 nodes, where it takes 0.7 here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.jit import kernel
from coplug.problems.extremal.flips import Flips, flip, nodes_of
from coplug.problems.extremal.graph import FlipGraph
from coplug.problems.extremal.guide import Guide, flip_weights
from coplug.random_kernels import uniform

_BANNED = 1 << 29
_MOST_WORK = 2 * 10**9
"""Gains that a walk looks at, at most: some tenths of a second, after which a search can be stopped."""

_BLOCK = 128
"""Gains that are searched at once; a multiple of what fits a vector register."""

_EVEN = np.empty(0, np.float32)


@dataclass(frozen=True, kw_only=True)
class TabuWalk:
    """Tabu search as a method of :class:`coplug.problems.extremal.search.Curriculum`.

    Attributes
    ----------
    ban : int
        Flips for which a pair is banned, at least 0. Mehrabian et al. take 5.
    flips_per_node : int
        Length of a walk, at least 1; walks on many hundreds of nodes are shorter.
    guide : Guide or None
        Of flips of equal gain, one is drawn by its weight in this opinion; None draws evenly.
    looks : int
        How often the guide looks at the graph in a walk, at least 1.

    Raises
    ------
    UsageError
        If a setting is out of range.
    """

    ban: int = 5
    flips_per_node: int = 20
    guide: Guide | None = None
    looks: int = 1

    def __post_init__(self) -> None:
        if self.ban < 0 or self.flips_per_node < 1 or self.looks < 1:
            raise UsageError(
                f"ban {self.ban}, flips_per_node {self.flips_per_node}, looks {self.looks} are out of range; "
                "take them >= 0, >= 1 and >= 1"
            )

    def __call__(
        self, state: FlipGraph, target: int, random: NDArray[np.uint64], best: NDArray[np.int32]
    ) -> tuple[int, int]:
        """See :class:`coplug.problems.extremal.methods.Walk`."""
        history = np.full(self.ban, -1, np.int64)
        n_flips = min(self.flips_per_node * state.n, _MOST_WORK // state.n_actions)
        every = -(-n_flips // self.looks) if self.guide is not None else n_flips
        score, step = -_BANNED, 0
        while step < n_flips and score < target:
            weight = _EVEN if self.guide is None else flip_weights(self.guide, state)
            until = min(step + every, n_flips)
            score, step = walk(state.flips, step, until, target, history, weight, score, best, random)
        return score, step


@kernel
def walk(
    flips: Flips,
    first: int,
    until: int,
    target: int,
    history: NDArray[np.int64],
    weight: NDArray[np.float32],
    best_score: int,
    best: NDArray[np.int32],
    random: NDArray[np.uint64],
) -> tuple[int, int]:
    """Flip pairs from where the graph stands.

    Parameters
    ----------
    flips : Flips
    first, until : int
        Number of the first flip, and of the one before which to stop.
    target : int
        Stop at a score of so much.
    history : int64, shape (ban,)
        Filled with -1 at first; the last flips, in a ring.
    weight : float32, shape (m,) or (0,)
        By which a flip is drawn among those of equal gain, not negative; evenly if empty.
    best_score : int
        Of the walk so far; low at first.
    best : int32, shape (m,)
        ``flips.sign`` of the best graph of the walk is written here.
    random : uint64, shape (1,)
        State of the generator of :func:`coplug.random_kernels.uniform`.

    Returns
    -------
    int
        Score of the best graph.
    int
        Number of the flip that would come next.
    """
    largest = np.empty((len(flips.gain) + _BLOCK - 1) // _BLOCK, np.int32)
    for step in range(first, until + 1):
        if flips.score[0] > best_score:
            best_score = flips.score[0]
            best[:] = flips.sign
        if best_score >= target or step == until:
            return best_score, step
        _ban(flips, history, best_score)
        if len(weight):
            pair = _drawn_flip(flips.gain, largest, weight, random)
        else:
            pair = _best_flip(flips.gain, largest, random)
        _lift(flips, history)
        i, j = nodes_of(flips, pair)
        flip(flips, i, j)
        if len(history):
            history[step % len(history)] = pair
    return best_score, until


@kernel
def _ban(flips: Flips, history: NDArray[np.int64], best_score: int) -> None:
    """Make the last flips look hopeless, except those that beat the best score."""
    for pair in history:
        if pair >= 0 and -_BANNED // 2 < flips.gain[pair] <= best_score - flips.score[0]:
            flips.gain[pair] -= _BANNED


@kernel
def _lift(flips: Flips, history: NDArray[np.int64]) -> None:
    for pair in history:
        if pair >= 0 and flips.gain[pair] <= -_BANNED // 2:
            flips.gain[pair] += _BANNED


@kernel
def _best_flip(gain: NDArray[np.int32], largest: NDArray[np.int32], random: NDArray[np.uint64]) -> int:
    """Return the pair of largest gain, each of equals as likely; ``largest`` is scratch, one a block."""
    for block in range(len(largest)):
        largest[block] = _largest(gain[block * _BLOCK : (block + 1) * _BLOCK])
    top = _largest(largest)
    n_equal = 0
    for block in range(len(largest)):
        if largest[block] == top:
            n_equal += _n_equal(gain[block * _BLOCK : (block + 1) * _BLOCK], top)
    chosen = int(uniform(random) * n_equal)
    for block in range(len(largest)):
        if largest[block] < top:
            continue
        here = _n_equal(gain[block * _BLOCK : (block + 1) * _BLOCK], top)
        if chosen < here:
            pair = block * _BLOCK
            while True:
                if gain[pair] == top:
                    if chosen == 0:
                        return pair
                    chosen -= 1
                pair += 1
        chosen -= here
    return -1


@kernel
def _drawn_flip(
    gain: NDArray[np.int32],
    largest: NDArray[np.int32],
    weight: NDArray[np.float32],
    random: NDArray[np.uint64],
) -> int:
    """Return a pair of largest gain, each of equals in proportion to its weight."""
    for block in range(len(largest)):
        largest[block] = _largest(gain[block * _BLOCK : (block + 1) * _BLOCK])
    top = _largest(largest)
    total, chosen = 0.0, -1
    for block in range(len(largest)):
        if largest[block] < top:
            continue
        for pair in range(block * _BLOCK, min((block + 1) * _BLOCK, len(gain))):
            if gain[pair] == top:
                total += weight[pair]
                if chosen < 0 or uniform(random) * total < weight[pair]:
                    chosen = pair
    return chosen


@kernel
def _largest(values: NDArray[np.int32]) -> int:
    found: int = values[0]
    for k in range(1, len(values)):
        found = max(found, values[k])
    return found


@kernel
def _n_equal(values: NDArray[np.int32], value: int) -> int:
    n: int = np.int32(0)  # type: ignore[assignment] # narrow, so that the sum is vectorised
    for k in range(len(values)):
        n += np.int32(values[k] == value)  # type: ignore[assignment] # as above
    return n
