"""Good placements by simulated annealing: what the dual integrals of item placement are measured against.

Items move between bins and change places; the deficits follow from the loads. SCIP with its heuristics is far
from these values even after a minute.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.milp.families.item_placement import ItemPlacement
from coplug.problems.milp.instance import MilpInstance
from coplug.random_kernels import uniform

FloatArray = NDArray[np.float64]

SCHEDULES = ((20.0, 0.2), (5.0, 0.1), (2.0, 0.02))
"""First and last temperature of the attempts, in units of the objective."""


def anneal(
    instance: MilpInstance, family: ItemPlacement, steps: int, rng: np.random.Generator
) -> tuple[float, FloatArray]:
    """Return the objective of a good solution, and the solution.

    Parameters
    ----------
    instance : MilpInstance
        Drawn by ``family``.
    family : ItemPlacement
    steps : int
        Of each of the attempts of :data:`SCHEDULES`, at least 1; about 8 million take a second.
    rng : numpy Generator

    Returns
    -------
    objective : float
    x : float64, shape (n_columns,)
        Within the bins' supplies, unless not even the start was: the least loaded bins, in the order of the items.
    """
    demands, shares, supplies = _data(instance, family)
    random = rng.integers(2**63, size=1, dtype=np.uint64)
    placed = [
        _anneal(demands, shares, supplies, family.n_bins, steps, hot, cold, random) for hot, cold in SCHEDULES
    ]
    solutions = [_solution(bins, shares, family.n_bins) for bins in placed]
    return min(((float(instance.objective @ x), x) for x in solutions), key=lambda found: found[0])


def _data(instance: MilpInstance, family: ItemPlacement) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return demands and shares, shape (n_items, n_resources), and supplies, shape (n_resources,)."""
    n_items, n_bins, n_resources = family.n_items, family.n_bins, family.n_resources
    of_first_bin = instance.matrix[:, : n_items * n_bins : n_bins].toarray()
    supply_rows = n_items + np.arange(n_resources)
    deficit_rows = n_items + n_bins * n_resources + n_bins * np.arange(n_resources)
    return (
        np.ascontiguousarray(of_first_bin[supply_rows].T),
        np.ascontiguousarray(of_first_bin[deficit_rows].T),
        instance.row_rhs[supply_rows],
    )


def _solution(bins: NDArray[np.int64], shares: FloatArray, n_bins: int) -> FloatArray:
    """Return the variables of a placement: places, deficits, largest deficits."""
    place = np.equal(bins[:, None], np.arange(n_bins)).astype(np.float64)
    deficits = np.maximum(1.0 - place.T @ shares, 0.0)
    return np.concatenate([place.ravel(), deficits.ravel(), deficits.max(axis=0)])


@kernel
def _anneal(
    demands: FloatArray,
    shares: FloatArray,
    supplies: FloatArray,
    n_bins: int,
    steps: int,
    hot: float,
    cold: float,
    random: NDArray[np.uint64],
) -> NDArray[np.int64]:
    """Return the bin of each item in the best placement on the way; the temperature falls geometrically."""
    n_items, n_resources = demands.shape
    used, load = np.zeros((n_bins, n_resources)), np.zeros((n_bins, n_resources))
    bins = np.empty(n_items, np.int64)
    for i in range(n_items):
        bins[i] = np.argmin(load.sum(axis=1))
        used[bins[i]] += demands[i]
        load[bins[i]] += shares[i]
    now = _cost(load)
    best, best_bins = now, bins.copy()
    for step in range(steps):
        temperature = hot * (cold / hot) ** (step / steps)
        i, j = int(uniform(random) * n_items), -1
        a, b = bins[i], int(uniform(random) * n_bins)
        if uniform(random) < 0.5:
            j = int(uniform(random) * n_items)
            b = bins[j]
        if a == b:
            continue
        fits = _move(demands, shares, supplies, used, load, i, j, a, b)
        after = _cost(load)
        if fits and (after <= now or uniform(random) < np.exp((now - after) / temperature)):
            now, bins[i] = after, b
            if j >= 0:
                bins[j] = a
            if now < best:
                best = now
                best_bins[:] = bins
        else:
            _move(demands, shares, supplies, used, load, i, j, b, a)
    return best_bins


@kernel
def _move(
    demands: FloatArray,
    shares: FloatArray,
    supplies: FloatArray,
    used: FloatArray,
    load: FloatArray,
    i: int,
    j: int,
    a: int,
    b: int,
) -> bool:
    """Move item i from bin a to b, and item j, if any, from b to a; returns whether both bins have room."""
    fits = True
    for r in range(len(supplies)):
        demand = demands[i, r] - (demands[j, r] if j >= 0 else 0.0)
        share = shares[i, r] - (shares[j, r] if j >= 0 else 0.0)
        used[a, r] -= demand
        used[b, r] += demand
        load[a, r] -= share
        load[b, r] += share
        fits &= used[a, r] <= supplies[r] and used[b, r] <= supplies[r]
    return fits


@kernel
def _cost(load: FloatArray) -> float:
    """Return the sum of the deficits and, 10 times for each bin and resource, the largest of each resource."""
    n_bins, n_resources = load.shape
    cost = 0.0
    for r in range(n_resources):
        worst = 0.0
        for b in range(n_bins):
            deficit = max(1.0 - load[b, r], 0.0)
            cost += deficit
            worst = max(worst, deficit)
        cost += 10.0 * n_bins * n_resources * worst
    return cost
