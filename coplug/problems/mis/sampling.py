"""Several good independent sets that differ: restarts of the local search, and what each of them passes on its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.problems.mis import local_search
from coplug.problems.mis.local_search import BEST, SIZE, STEP, WORK, Search, run
from coplug.random_kernels import seeded, uniform_integer

WORK_A_CALL = 1_000_000
"""List entries that are read between two looks at the clock: some hundredths of a second."""

MOST_BYTES = 2**26
"""Of the sets that are kept to choose from."""

SEARCH_SHARE = 0.85
"""Of the time; what is left is for choosing."""

MOST_SETS = 400
"""Of one restart that are kept."""

Over = Callable[[], bool]
"""Asked some times a second whether time, or what else was given, is used up."""


class Passed(NamedTuple):
    """Sets that a restart has passed: the largest ones, or smaller ones.

    Attributes
    ----------
    sets : uint8, shape (room, n_nodes)
    hashes : uint64, shape (room,)
    sizes : int64, shape (room,)
    keys : uint64, shape (n_nodes,)
        A random number for each node; those of a set make its hash.
    counts : int64, shape (2,)
        How many sets there are, and the size of the largest.
    """

    sets: NDArray[np.uint8]
    hashes: NDArray[np.uint64]
    sizes: NDArray[np.int64]
    keys: NDArray[np.uint64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """What was found.

    Attributes
    ----------
    sets : bool, shape (n, n_nodes)
        Different maximal independent sets, the largest first.
    restarts : bool, shape (n_restarts, n_nodes)
        The first of the largest sets of each restart, which may be equal.
    steps : int
        Insertions of the local search.
    """

    sets: NDArray[np.bool_]
    restarts: NDArray[np.bool_]
    steps: int


def sample_sets(
    graph: Graph,
    count: int,
    seed: int,
    share: Callable[[], float],
    over: Over,
    *,
    diverse: bool,
    max_steps: int,
) -> Sample:
    """Restart the local search ``count`` times, and choose from all that it passes.

    Each restart begins with the nodes that the sets before it have least. The choice begins with a set of each restart;
    a larger one takes the place of another as long as the mean distance is not below that of the first choice, and one
    of the same size if that is farther from the others. So neither the mean size nor the mean distance is below that of
    the restarts.

    Parameters
    ----------
    graph : Graph
        With at least one node.
    count : int
        At least 1.
    seed : int
    share : callable
        Returns what share of the time is over, by which the restarts have an equal part each.
    over : callable
        Asked as often whether to end at once.
    diverse : bool
        Whether the sets shall lie far apart; else the largest ones are chosen.
    max_steps : int
        Insertions at most, for each restart alike.

    Returns
    -------
    Sample
        With fewer sets than asked for if no more were found.
    """
    rng = np.random.default_rng(seed)
    room = max(2, min(MOST_SETS, MOST_BYTES // (2 * count * graph.n_nodes)))
    keys = rng.integers(2**64, size=graph.n_nodes, dtype=np.uint64)
    used = np.zeros(graph.n_nodes)
    pools: list[NDArray[np.uint8]] = []
    hashes: list[NDArray[np.uint64]] = []
    steps = 0
    for k in range(count):
        order = np.lexsort((rng.random(graph.n_nodes), used)).astype(np.int32)
        search = local_search.start(graph, _greedy(graph.ptr, graph.neighbours, order), int(seeded(seed + k)))
        largest, smaller = (_nothing_passed(room, keys) for _ in range(2))
        last = max(1, max_steps // count)
        while True:
            _collect(search, largest, smaller, WORK_A_CALL, last)
            if over() or share() >= SEARCH_SHARE * (k + 1) / count or int(search.counts[STEP]) >= last:
                break
        steps += int(search.counts[STEP])
        pools += [passed.sets[: passed.counts[0]].copy() for passed in (largest, smaller)]
        hashes += [passed.hashes[: passed.counts[0]].copy() for passed in (largest, smaller)]
        used += largest.sets[0]
        if over() and k:
            break
    _, places, inverse = np.unique(np.concatenate(hashes), return_index=True, return_inverse=True)
    begins = np.cumsum([0, *map(len, pools)])[:-1:2]
    sets = np.concatenate(pools)[places]
    chosen = _choose(sets, inverse[begins].tolist(), count, diverse, over)
    return Sample(chosen, sets[inverse[begins]].astype(np.bool_), steps)


@kernel
def _greedy(
    ptr: NDArray[np.int64], neighbours: NDArray[np.int32], order: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return the set that takes each node, in an order, that has no neighbour in it yet."""
    chosen = np.zeros(len(order), np.bool_)
    blocked = np.zeros(len(order), np.bool_)
    for node in order:
        if blocked[node]:
            continue
        chosen[node] = True
        for at in range(ptr[node], ptr[node + 1]):
            blocked[neighbours[at]] = True
    return chosen


def _nothing_passed(room: int, keys: NDArray[np.uint64]) -> Passed:
    return Passed(
        np.zeros((room, len(keys)), np.uint8),
        np.zeros(room, np.uint64),
        np.zeros(room, np.int64),
        keys,
        np.zeros(2, np.int64),
    )


@kernel
def _collect(search: Search, largest: Passed, smaller: Passed, work: int, last_step: int) -> None:
    """Search, and keep the sets of the best size apart from others, which serve where there are too few."""
    end = search.counts[WORK] + work
    looked = search.counts[WORK]
    _look(search, largest, smaller)
    while search.counts[WORK] < end and search.counts[STEP] < last_step:
        run(search, 1, 1, 2**62)
        # Looking takes as long as the set is large: on graphs where that is more than a step, it is done less often.
        if search.counts[WORK] - looked >= search.counts[SIZE]:
            looked = search.counts[WORK]
            _look(search, largest, smaller)


@kernel
def _look(search: Search, largest: Passed, smaller: Passed) -> None:
    size, best = search.counts[SIZE], search.counts[BEST]
    if best > largest.counts[1] or largest.counts[0] == 0:
        largest.counts[0], largest.counts[1] = 1, best
        _put(largest, 0, search.best)
    if size == best:
        _keep(search, largest)
    else:
        _keep(search, smaller)


@kernel
def _put(passed: Passed, k: int, chosen: NDArray[np.uint8]) -> None:
    own = np.uint64(0)
    for node in range(len(chosen)):
        passed.sets[k, node] = chosen[node]
        if chosen[node]:
            own ^= passed.keys[node]
    passed.hashes[k] = own


@kernel
def _keep(search: Search, passed: Passed) -> None:
    """Keep the set at hand unless it is there; where there is no room, in place of a random one that is no larger."""
    size, counts = search.counts[SIZE], passed.counts
    own = np.uint64(0)
    for place in range(size):
        own ^= passed.keys[search.order[place]]
    for k in range(counts[0]):
        if passed.hashes[k] == own:
            return
    room = len(passed.hashes)
    # The first set stays: it is the one that the restart alone would return.
    k = counts[0] if counts[0] < room else uniform_integer(search.random, 1, room - 1)
    if passed.sizes[k] > size and k < counts[0]:
        return
    passed.sizes[k] = size
    for node in range(passed.sets.shape[1]):
        passed.sets[k, node] = search.place[node] < size
    passed.hashes[k] = own
    counts[0] = min(counts[0] + 1, room)


def _choose(
    sets: NDArray[np.uint8], first: list[int], count: int, diverse: bool, over: Over
) -> NDArray[np.bool_]:
    """Choose some of different sets, the largest first; ``first`` are those of the restarts, by their places."""
    sizes = sets.sum(axis=1, dtype=np.int64)
    by_size = np.argsort(-sizes, kind="stable")
    if diverse:
        chosen = np.array(list(dict.fromkeys([*first, *by_size.tolist()]))[:count], np.int64)
        _spread(sets, sizes, chosen, over)
    else:
        chosen = by_size[:count]
    order = np.argsort(-sizes[chosen], kind="stable")
    return sets[chosen[order]].astype(np.bool_)


def _spread(sets: NDArray[np.uint8], sizes: NDArray[np.int64], chosen: NDArray[np.int64], over: Over) -> None:
    """Exchange chosen sets for larger ones while all together lie no nearer than at first; else for farther ones."""
    rows = sets.astype(np.float32)
    distance = _distances(rows, sizes, chosen)
    spare = 0.0
    while not over():
        total = distance.sum(axis=1)
        # Row: who comes; column: who goes. Its distance to who goes does not count, nor does it to itself.
        farther = total[:, None] - distance - total[chosen][None, :]
        larger = sizes[:, None] - sizes[chosen][None, :]
        new = (distance > 0.0).sum(axis=1) == len(chosen)
        grows = (larger > 0) & (farther >= -spare)
        allowed = new[:, None] & (grows | ((larger == 0) & (farther > 0.0)))
        if not allowed.any():
            return
        score = np.where(allowed, larger * (4.0 * sets.shape[1] * len(chosen)) + farther, -np.inf)
        comes, goes = np.unravel_index(int(score.argmax()), score.shape)
        spare += float(farther[comes, goes])
        chosen[goes] = comes
        distance[:, goes] = _distances(rows, sizes, chosen[goes : goes + 1])[:, 0]


def _distances(
    rows: NDArray[np.float32], sizes: NDArray[np.int64], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return in how many nodes all sets differ from the chosen ones, shape (n_sets, n_chosen)."""
    common = (rows @ rows[chosen].T).astype(np.float64)
    return np.asarray(sizes[:, None] + sizes[chosen][None, :] - 2.0 * common)
