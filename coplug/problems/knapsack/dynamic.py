"""Dynamic programming over the items of a knapsack with one constraint: the complete front, for one or two objectives.

States are the choices of the first items that nothing rules out: no other state weighs at most as much and is at least
as good in every objective, and no choice that is known already is as good as what the state can become at best.

Sources: C. Bazgan, H. Hugot and D. Vanderpooten, Solving efficiently the 0-1 multi-objective knapsack problem,
Computers and Operations Research 36 (2009), 260-279; with one objective, G. Nemhauser and Z. Ullmann, Discrete dynamic
programming and capital allocation, Management Science 15 (1969), 494-505.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.algorithms.fronts.staircase import put_step
from coplug.errors import UsageError
from coplug.jit import kernel
from coplug.problems.knapsack.instance import BoolArray, IntArray, Knapsack
from coplug.report import Stop

MOST_BYTES = 2**30
"""Of the states; beyond it the method gives up."""

WORD = 64


class States(NamedTuple):
    """Choices of the items so far, by ascending load.

    Attributes
    ----------
    load : int64, shape (n,)
    value : int64, shape (n, 2)
    bits : uint64, shape (n, n_words)
        Which items, in the order in which they are decided.
    """

    load: IntArray
    value: IntArray
    bits: NDArray[np.uint64]


class Bounds(NamedTuple):
    """What the items that are left add to an objective at best: the best of them first, the last one in part.

    Attributes
    ----------
    load : int64, shape (2, n_left + 1)
        Of the first items of each objective's order, ascending.
    value : int64, shape (2, n_left + 1)
    """

    load: IntArray
    value: IntArray


def can_solve(knapsack: Knapsack) -> bool:
    """Tell whether a knapsack has what it takes: one constraint, and no more than two objectives."""
    return knapsack.n_constraints == 1 and knapsack.n_objectives <= 2


def check(knapsack: Knapsack) -> None:
    """See that a knapsack has what it takes.

    Raises
    ------
    UsageError
        If it has not.
    """
    if not can_solve(knapsack):
        raise UsageError(
            f"dynamic programming is for one constraint and one or two objectives, not {knapsack.n_constraints} and "
            f"{knapsack.n_objectives}; take --method auto"
        )


def complete_front(
    knapsack: Knapsack, known: IntArray, stop: Stop, most_bytes: int = MOST_BYTES
) -> BoolArray | None:
    """Return choices whose values, with the known ones, have the whole front among them.

    Parameters
    ----------
    knapsack : Knapsack
        See :func:`can_solve`.
    known : int64, shape (n, n_objectives)
        Values of choices that are known; the more, the faster. Of at least one.
    stop : callable
        Asked after each item.
    most_bytes : int

    Returns
    -------
    bool, shape (n_found, n_items), or None
        None if it was stopped, or takes too much memory.
    """
    two = knapsack if knapsack.n_objectives == 2 else _doubled(knapsack)
    stairs = _staircase(known if knapsack.n_objectives == 2 else np.repeat(known, 2, axis=1))
    order = _order(two)
    n, n_words = len(order), -(-len(order) // WORD)
    most = most_bytes // (2 * (24 + 8 * n_words))
    profits, weights = two.profits[:, order].T, two.weights[0, order]
    states = States(np.zeros(1, np.int64), np.zeros((1, 2), np.int64), np.zeros((1, n_words), np.uint64))
    for k in range(n):
        if stop():
            return None
        room = min(2 * len(states.load), most)
        after = States(
            np.empty(room, np.int64), np.empty((room, 2), np.int64), np.empty((room, n_words), np.uint64)
        )
        bounds = _bounds(two.profits[:, order[k + 1 :]], two.weights[0, order[k + 1 :]])
        left = int(weights[k:].sum())
        size = _decide(
            states, after, k, int(weights[k]), profits[k].copy(), int(two.capacities[0]), left, bounds, stairs
        )
        if size < 0:
            return None
        states = States(after.load[:size], after.value[:size], after.bits[:size])
        if size == 0:
            break
    chosen = np.zeros((len(states.load), n), np.bool_)
    places = np.arange(n)
    decided = (states.bits[:, places // WORD] >> (places % WORD).astype(np.uint64)) & np.uint64(1)
    chosen[:, order] = decided.astype(np.bool_)
    return chosen


def _doubled(knapsack: Knapsack) -> Knapsack:
    """Return a knapsack with its one objective twice."""
    return Knapsack(np.repeat(knapsack.profits, 2, axis=0), knapsack.weights, knapsack.capacities)


def _staircase(known: IntArray) -> IntArray:
    """Return the values without those that others cover, the first objective ascending, the second descending."""
    order = np.lexsort((known[:, 1], known[:, 0]))[::-1]
    best = np.maximum.accumulate(np.concatenate([[-1], known[order, 1]]))
    kept = order[known[order, 1] > best[:-1]]
    return np.ascontiguousarray(known[kept[::-1]])


def _order(knapsack: Knapsack) -> IntArray:
    """Return the items by the sum of their ranks by profit for weight: first those that are rarely in doubt."""
    ratios = _ratios(knapsack.profits, knapsack.weights[0])
    ranks = np.argsort(np.argsort(-ratios, axis=1, kind="stable"), axis=1)
    order: IntArray = np.argsort(ranks.sum(axis=0), kind="stable")
    return order


def _ratios(profits: IntArray, weights: IntArray) -> NDArray[np.float64]:
    """Return profit for weight, shape (2, n); infinite for an item of no weight, which is worth more than any other."""
    return np.where(weights == 0, np.inf, profits / np.maximum(weights, 1))


def _bounds(profits: IntArray, weights: IntArray) -> Bounds:
    orders = np.argsort(-_ratios(profits, weights), axis=1, kind="stable")
    zeros = np.zeros((2, 1), np.int64)
    load = np.hstack([zeros, np.cumsum(weights[orders], axis=1)])
    value = np.hstack([zeros, np.cumsum(np.take_along_axis(profits, orders, axis=1), axis=1)])
    return Bounds(load, value)


@kernel
def _decide(
    before: States,
    after: States,
    item: int,
    weight: int,
    profit: IntArray,
    capacity: int,
    left: int,
    bounds: Bounds,
    stairs: IntArray,
) -> int:
    """Merge the states with and without an item, by ascending load; return how many stay, -1 if there is no room.

    Of states that weigh the same the better one comes first, so that what comes later cannot rule out what is there.
    """
    n = len(before.load)
    # The values so far as a staircase: the first objective ascends, the second descends.
    x, y = np.empty(2 * n, np.int64), np.empty(2 * n, np.int64)
    n_steps, size = 0, 0
    without, with_it = 0, 0
    value = np.empty(2, np.int64)
    while without < n or with_it < n:
        if with_it < n and before.load[with_it] + weight > capacity:
            with_it = n
            continue
        takes = with_it < n and (without == n or _comes_first(before, with_it, weight, profit, without))
        source = with_it if takes else without
        load = before.load[source] + (weight if takes else 0)
        for j in range(2):
            value[j] = before.value[source, j] + (profit[j] if takes else 0)
        if takes:
            with_it += 1
        else:
            without += 1
            if load + left <= capacity:
                continue  # everything that is left fits, so that it is worse to do without
        if _is_hopeless(value, capacity - load, bounds, stairs):
            continue
        n_steps, stays = _climb(x, y, n_steps, value)
        if not stays:
            continue
        if size == len(after.load):
            return -1
        after.load[size] = load
        after.value[size] = value
        after.bits[size] = before.bits[source]
        if takes:
            after.bits[size, item // WORD] |= np.uint64(1) << np.uint64(item % WORD)
        size += 1
    return size


@kernel
def _comes_first(before: States, with_it: int, weight: int, profit: IntArray, without: int) -> bool:
    """Tell whether one state with the item comes before another without it."""
    load = before.load[with_it] + weight
    if load != before.load[without]:
        return bool(load < before.load[without])
    first = before.value[with_it, 0] + profit[0]
    if first != before.value[without, 0]:
        return bool(first > before.value[without, 0])
    return bool(before.value[with_it, 1] + profit[1] >= before.value[without, 1])


@kernel
def _is_hopeless(value: IntArray, room: int, bounds: Bounds, stairs: IntArray) -> bool:
    """Tell whether a known choice is at least as good as what a state can become at best."""
    best_0 = value[0] + _at_best(bounds.load[0], bounds.value[0], room)
    at = np.searchsorted(stairs[:, 0], best_0)
    if at == len(stairs):
        return False
    if stairs[at, 1] < value[1]:
        return False
    return bool(stairs[at, 1] >= value[1] + _at_best(bounds.load[1], bounds.value[1], room))


@kernel
def _at_best(load: IntArray, value: IntArray, room: int) -> int:
    """Return what a relaxed choice of the rest is worth, rounded down."""
    k = np.searchsorted(load, room, side="right") - 1
    if k + 1 == len(load):
        return int(value[k])
    share = (room - load[k]) / (load[k + 1] - load[k])
    # Ratios are rounded, so that of large numbers two that are almost equal may stand in the wrong order.
    rounding = 1e-15 * value[-1]
    return int(value[k]) + int(np.floor(share * (value[k + 1] - value[k]) * (1.0 + 1e-12) + rounding))


@kernel
def _climb(x: IntArray, y: IntArray, size: int, value: IntArray) -> tuple[int, bool]:
    """Add a value to the staircase unless it is below; return the number of steps, and whether it was added."""
    at = np.searchsorted(x[:size], value[0])
    if at < size and y[at] >= value[1]:
        return size, False
    first = at
    while first > 0 and y[first - 1] <= value[1]:
        first -= 1
    end = at + 1 if at < size and x[at] == value[0] else at
    return put_step(x, y, size, first, end, value[0], value[1]), True
