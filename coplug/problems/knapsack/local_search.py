"""Pareto local search for knapsacks: the neighbours of every choice that nothing dominates, then random changes.

Sources: L. Paquete, M. Chiarandini and T. Stuetzle, Pareto local optimum sets in the biobjective traveling salesman
problem, MOMH 2004 (the search); T. Lust and J. Teghem, The multiobjective multidimensional knapsack problem: a survey
and a new approach, International Transactions in Operational Research 19 (2012), 495-520 (greedy choices at first).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.knapsack.archive import FULL, Archive, offer, with_room
from coplug.problems.knapsack.instance import IntArray, Knapsack
from coplug.random_kernels import seeded, uniform

WORK_A_CALL = 20_000_000
"""Numbers that are read between two looks at the clock: some hundredths of a second."""

GREEDY_STARTS = 64
"""Greedy choices by random weights of the objectives, before the neighbours of any are looked at."""

MOST_REMOVED = 0.2
"""Share of a choice that a random change removes at most."""

WORK, STEPS, STARTS, MEMBER, ITEM = range(5)


class Search(NamedTuple):
    """Where a search stands.

    Attributes
    ----------
    profits : int64, shape (n_items, n_objectives)
    weights : int64, shape (n_items, n_constraints)
    capacities : int64, shape (n_constraints,)
    largest : int64, shape (n_objectives,)
        Profit of an item, at least 1.
    chosen : uint8, shape (n_items,)
        The choice at hand.
    value : int64, shape (n_objectives,)
    load : int64, shape (n_constraints,)
    base, base_value, base_load
        The same of the choice whose neighbours are looked at.
    score : float64, shape (n_items,)
        Weighted profit for the share of the capacities that an item takes.
    order : int64, shape (n_items,)
        Items by their scores, the best first.
    random : uint64, shape (1,)
    counts : int64, shape (5,)
    """

    profits: IntArray
    weights: IntArray
    capacities: IntArray
    largest: IntArray
    chosen: NDArray[np.uint8]
    value: IntArray
    load: IntArray
    base: NDArray[np.uint8]
    base_value: IntArray
    base_load: IntArray
    score: NDArray[np.float64]
    order: IntArray
    random: NDArray[np.uint64]
    counts: IntArray


class LocalSearch:
    """A search that goes on for as long as it is asked to.

    Parameters
    ----------
    knapsack : Knapsack
        All of whose items fit alone.
    archive : Archive
        What was found already; it is added to.
    seed : int
    """

    def __init__(self, knapsack: Knapsack, archive: Archive, seed: int) -> None:
        self.archive = archive
        self._state = start(knapsack, seed)

    @property
    def steps(self) -> int:
        """Items whose removal was tried."""
        return int(self._state.counts[STEPS])

    def advance(self, last_step: int = 2**62) -> None:
        """Go on for some hundredths of a second, to so many steps in all at most."""
        left = last_step - self.steps
        if _run(self._state, self.archive, WORK_A_CALL, left):
            self.archive = with_room(self.archive)


def start(knapsack: Knapsack, seed: int) -> Search:
    """Return a search that has done nothing yet."""
    n, m, k = knapsack.n_items, knapsack.n_objectives, knapsack.n_constraints
    return Search(
        profits=np.ascontiguousarray(knapsack.profits.T),
        weights=np.ascontiguousarray(knapsack.weights.T),
        capacities=knapsack.capacities,
        largest=np.maximum(knapsack.profits.max(axis=1, initial=1), 1),
        chosen=np.zeros(n, np.uint8),
        value=np.zeros(m, np.int64),
        load=np.zeros(k, np.int64),
        base=np.zeros(n, np.uint8),
        base_value=np.zeros(m, np.int64),
        base_load=np.zeros(k, np.int64),
        score=np.zeros(n),
        order=np.arange(n),
        random=np.array([seeded(seed)]),
        counts=np.zeros(5, np.int64),
    )


@kernel
def _run(state: Search, archive: Archive, work: int, most_steps: int) -> bool:
    """Go on until so much work or so many steps are done; tell whether the archive is full."""
    counts = state.counts
    end, last = counts[WORK] + work, counts[STEPS] + most_steps
    while counts[WORK] < end and counts[STEPS] < last:
        counts[STEPS] += 1
        if counts[STARTS] < GREEDY_STARTS:
            counts[STARTS] += 1
            _clear(state)
            draw_order(state)
            found = _fill_and_offer(state, archive)
        elif _next_item(state, archive):
            found = _look_around(state, archive, counts[ITEM])
        else:
            found = _change(state, archive)
        if found == FULL:
            return True
    return False


@kernel
def draw_order(state: Search) -> None:
    """Weigh the objectives at random, and sort the items by what they are worth for what they weigh."""
    n, n_objectives = state.profits.shape
    n_constraints = len(state.capacities)
    importance = np.empty(n_objectives)
    for j in range(n_objectives):
        importance[j] = -np.log(1.0 - uniform(state.random)) / state.largest[j]
    for i in range(n):
        share, worth = 1e-9, 0.0
        for k in range(n_constraints):
            share += state.weights[i, k] / max(1, state.capacities[k])
        for j in range(n_objectives):
            worth += importance[j] * state.profits[i, j]
        state.score[i] = -worth / share
    _sort(state.score, state.order)
    state.counts[WORK] += 20 * n


@kernel
def _sort(score: NDArray[np.float64], order: IntArray) -> None:
    """Sort by ascending scores, in steps that get smaller (Shell's sort with Ciura's steps)."""
    n = len(order)
    for gap in (510774, 227011, 100894, 44842, 19930, 8858, 3937, 1750, 701, 301, 132, 57, 23, 10, 4, 1):
        for i in range(gap, n):
            item, at = order[i], i
            while at >= gap and score[order[at - gap]] > score[item]:
                order[at] = order[at - gap]
                at -= gap
            order[at] = item


@kernel
def _clear(state: Search) -> None:
    state.chosen[:] = 0
    state.value[:] = 0
    state.load[:] = 0


@kernel
def _copy(source: NDArray[Any], target: NDArray[Any]) -> None:
    """Copy numbers; a loop compiles in a tenth of the time that an assignment of arrays takes."""
    for k in range(len(source)):
        target[k] = source[k]


@kernel
def put(state: Search, item: int) -> None:
    """Choose an item, whether it fits or not."""
    state.chosen[item] = 1
    for j in range(len(state.value)):
        state.value[j] += state.profits[item, j]
    for k in range(len(state.load)):
        state.load[k] += state.weights[item, k]


@kernel
def take_out(state: Search, item: int) -> None:
    """Choose an item no longer."""
    state.chosen[item] = 0
    for j in range(len(state.value)):
        state.value[j] -= state.profits[item, j]
    for k in range(len(state.load)):
        state.load[k] -= state.weights[item, k]


@kernel
def fits(state: Search, load: IntArray, item: int) -> bool:
    """Tell whether an item can be added to a load."""
    k = 0
    while k < len(load) and load[k] + state.weights[item, k] <= state.capacities[k]:
        k += 1
    return k == len(load)


@kernel
def fill(state: Search) -> None:
    """Choose what fits, in the order at hand."""
    for item in state.order:
        if not state.chosen[item] and fits(state, state.load, item):
            put(state, item)
    state.counts[WORK] += 2 * len(state.order)


@kernel
def _fill_and_offer(state: Search, archive: Archive) -> int:
    fill(state)
    state.counts[WORK] += archive.size[0] * len(state.value)
    return offer(archive, state.chosen, state.value)


@kernel
def _next_item(state: Search, archive: Archive) -> bool:
    """Go to the next item of the base, or to the first one of a new base; tell whether there is one."""
    n = len(state.base)
    item = state.counts[ITEM] + 1
    while state.counts[MEMBER] > 0 and item < n:
        if state.base[item]:
            state.counts[ITEM] = item
            return True
        item += 1
    size = archive.size[0]
    if size == 0:
        return False
    first = int(uniform(state.random) * size)
    for shift in range(size):
        member = (first + shift) % size
        if archive.is_new[member]:
            archive.is_new[member] = 0
            load_choice(state, archive.chosen[member])
            _copy(state.chosen, state.base)
            _copy(state.value, state.base_value)
            _copy(state.load, state.base_load)
            state.counts[MEMBER], state.counts[ITEM] = 1, -1
            return _next_item_of_base(state)
    state.counts[MEMBER] = 0
    return False


@kernel
def _next_item_of_base(state: Search) -> bool:
    for item in range(len(state.base)):
        if state.base[item]:
            state.counts[ITEM] = item
            return True
    return False


@kernel
def load_choice(state: Search, chosen: NDArray[np.uint8]) -> None:
    """Make a choice the one at hand."""
    _clear(state)
    for item in range(len(chosen)):
        if chosen[item]:
            put(state, item)


@kernel
def _look_around(state: Search, archive: Archive, removed: int) -> int:
    """Exchange an item of the base for each other one that fits, and fill what is left; then for none."""
    n, n_constraints = len(state.base), len(state.capacities)
    draw_order(state)
    room = np.empty(n_constraints, np.int64)
    for k in range(n_constraints):
        room[k] = state.base_load[k] - state.weights[removed, k]
    for item in range(-1, n):
        if item == removed or (item >= 0 and (state.base[item] or not fits(state, room, item))):
            continue
        _copy(state.base, state.chosen)
        _copy(state.base_value, state.value)
        _copy(state.base_load, state.load)
        take_out(state, removed)
        if item >= 0:
            put(state, item)
        state.counts[WORK] += n
        found = _fill_without(state, archive, removed)
        if found == FULL:
            return FULL
    return found


@kernel
def _fill_without(state: Search, archive: Archive, removed: int) -> int:
    """Fill the choice at hand by anything but an item, and offer it."""
    for item in state.order:
        if item != removed and not state.chosen[item] and fits(state, state.load, item):
            put(state, item)
    state.counts[WORK] += 2 * len(state.order) + archive.size[0]
    return offer(archive, state.chosen, state.value)


@kernel
def _change(state: Search, archive: Archive) -> int:
    """Remove some items of a random choice, and fill by random weights of the objectives."""
    if archive.size[0] == 0:
        _clear(state)
    else:
        load_choice(state, archive.chosen[int(uniform(state.random) * archive.size[0])])
    n = len(state.chosen)
    share = MOST_REMOVED * uniform(state.random)
    for item in range(n):
        if state.chosen[item] and uniform(state.random) < share:
            take_out(state, item)
    draw_order(state)
    return _fill_and_offer(state, archive)
