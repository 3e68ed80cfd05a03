"""NSGA-II for knapsacks, whose children are repaired and filled.

Source: K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, A fast and elitist multiobjective genetic algorithm: NSGA-II,
IEEE Transactions on Evolutionary Computation 6 (2002), 182-197.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.knapsack.archive import FULL, Archive, offer, with_room
from coplug.problems.knapsack.instance import IntArray, Knapsack
from coplug.problems.knapsack.local_search import Search, draw_order, fill, load_choice, start, take_out
from coplug.random_kernels import uniform

POPULATION = 200


class Population(NamedTuple):
    """Parents in the first half, children in the second.

    Attributes
    ----------
    chosen : uint8, shape (2 * size, n_items)
    values : int64, shape (2 * size, n_objectives)
    rank : int64, shape (2 * size,)
        0 of those that no other one dominates, 1 of those that only these dominate, and so on.
    crowding : float64, shape (2 * size,)
        Distance between the neighbours by each objective; more is better.
    """

    chosen: NDArray[np.uint8]
    values: IntArray
    rank: IntArray
    crowding: NDArray[np.float64]


class Nsga2:
    """A population that goes on for as long as it is asked to.

    Parameters
    ----------
    knapsack : Knapsack
    archive : Archive
        Every child is offered to it.
    seed : int
    size : int
        Of the population.
    """

    def __init__(self, knapsack: Knapsack, archive: Archive, seed: int, size: int = POPULATION) -> None:
        self.archive = archive
        self.steps = 0
        self._state = start(knapsack, seed)
        self._size = size
        self._population = Population(
            np.zeros((2 * size, knapsack.n_items), np.uint8),
            np.zeros((2 * size, knapsack.n_objectives), np.int64),
            np.zeros(2 * size, np.int64),
            np.zeros(2 * size),
        )
        for place in range(size):
            _draw(self._state, self._population, place)
            self._offer(place)

    def advance(self) -> None:
        """Go on for one generation."""
        for place in range(self._size, 2 * self._size):
            _make_child(self._state, self._population, place, self._size)
            self._offer(place)
        kept = _better_half(self._population, self._size)
        for part in self._population:
            part[: self._size] = part[kept]
        self.steps += 1

    def _offer(self, place: int) -> None:
        chosen, value = self._population.chosen[place], self._population.values[place]
        while offer(self.archive, chosen, value) == FULL:
            self.archive = with_room(self.archive)


@kernel
def _draw(state: Search, population: Population, place: int) -> None:
    """Draw items by coin, of a coin that is drawn too."""
    odds = uniform(state.random)
    for item in range(len(state.chosen)):
        population.chosen[place, item] = uniform(state.random) < odds
    _repair(state, population, place)


@kernel
def _make_child(state: Search, population: Population, place: int, size: int) -> None:
    """Take each item from one of two parents, at random, and change one item of them on average."""
    mother, father = _parent(state, population, size), _parent(state, population, size)
    n = len(state.chosen)
    for item in range(n):
        source = mother if uniform(state.random) < 0.5 else father
        population.chosen[place, item] = population.chosen[source, item]
        if uniform(state.random) * n < 1.0:
            population.chosen[place, item] ^= np.uint8(1)
    _repair(state, population, place)


@kernel
def _parent(state: Search, population: Population, size: int) -> int:
    one, other = int(uniform(state.random) * size), int(uniform(state.random) * size)
    if population.rank[one] != population.rank[other]:
        return one if population.rank[one] < population.rank[other] else other
    return one if population.crowding[one] >= population.crowding[other] else other


@kernel
def _repair(state: Search, population: Population, place: int) -> None:
    """Remove what is worth least, by random weights of the objectives, until the rest fits, and fill."""
    load_choice(state, population.chosen[place])
    draw_order(state)
    last = len(state.order) - 1
    while not _is_light(state):
        if state.chosen[state.order[last]]:
            take_out(state, state.order[last])
        last -= 1
    fill(state)
    for item in range(len(state.chosen)):
        population.chosen[place, item] = state.chosen[item]
    for j in range(len(state.value)):
        population.values[place, j] = state.value[j]


@kernel
def _is_light(state: Search) -> bool:
    k = 0
    while k < len(state.load) and state.load[k] <= state.capacities[k]:
        k += 1
    return k == len(state.load)


@kernel
def _better_half(population: Population, size: int) -> IntArray:
    """Rank parents and children, and return where the better half of them is."""
    values, rank, crowding = population.values, population.rank, population.crowding
    n = 2 * size
    rank[:] = -1
    level, n_ranked = 0, 0
    while n_ranked < size:
        for one in range(n):
            if rank[one] >= 0:
                continue
            free = True
            for other in range(n):
                if (rank[other] < 0 or rank[other] == level) and _dominates(values, other, one):
                    free = False
                    break
            if free:
                rank[one] = level
                n_ranked += 1
        level += 1
    for one in range(n):
        if rank[one] < 0:
            rank[one] = level
    _crowd(values, rank, crowding)
    order = np.arange(n)
    for place in range(size):  # the best of what is left comes next
        best = place
        for k in range(place + 1, n):
            one, other = order[k], order[best]
            if rank[one] < rank[other] or (rank[one] == rank[other] and crowding[one] > crowding[other]):
                best = k
        order[place], order[best] = order[best], order[place]
    return order[:size]


@kernel
def _dominates(values: IntArray, one: int, other: int) -> bool:
    better = False
    for j in range(values.shape[1]):
        if values[one, j] < values[other, j]:
            return False
        better |= values[one, j] > values[other, j]
    return better


@kernel
def _crowd(values: IntArray, rank: IntArray, crowding: NDArray[np.float64]) -> None:
    """Add up, over the objectives, how far the next better and the next worse one of the same rank are apart."""
    n, n_objectives = values.shape
    crowding[:] = 0.0
    for j in range(n_objectives):
        most, least = values[0, j], values[0, j]
        for one in range(1, n):
            most, least = max(most, values[one, j]), min(least, values[one, j])
        span = max(1, most - least)
        for one in range(n):
            above, below = np.inf, -np.inf
            value = values[one, j]
            for other in range(n):
                if other == one or rank[other] != rank[one]:
                    continue
                # Equal ones are told apart by their places, so that copies crowd each other.
                if values[other, j] > value or (values[other, j] == value and other > one):
                    above = min(above, values[other, j])
                else:
                    below = max(below, values[other, j])
            crowding[one] += (above - below) / span
