"""Sampling the front of a small knapsack while learning it."""

import itertools

import numpy as np
import pytest

from coplug.algorithms.fronts.dominance import front_order
from coplug.algorithms.fronts.hypervolume import hypervolume
from coplug.problems.knapsack.instance import Knapsack
from coplug.problems.knapsack.options import KnapsackOptions
from coplug.problems.knapsack.preferences import PreferenceDag
from coplug.problems.knapsack.solve import solve_knapsack
from coplug.testing import check_dag
from coplug.training.gflownet.front_sampler import REFINEMENTS, Known, sample_front


@pytest.fixture
def knapsack():
    rng = np.random.default_rng(0)
    profits, weights = rng.integers(1, 50, size=(2, 14)), rng.integers(1, 50, size=(1, 14))
    return Knapsack(profits, weights, weights.sum(axis=1) // 2)


@pytest.fixture
def dag(knapsack):
    return PreferenceDag(knapsack, group_size=8)


def batches(dag, n, seed=0):
    return list(itertools.islice(sample_front(dag, seed, lambda: False), n))


def test_the_dag_keeps_the_contract(dag):
    check_dag(dag, n=8)


def test_preferences_are_drawn_in_groups_and_add_up(dag):
    states = dag.sources(20, np.random.default_rng(0))
    weights = dag.preferred(states)
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert len(np.unique(weights[:8], axis=0)) == 1
    assert len(np.unique(weights, axis=0)) == 3
    assert dag.preferred(dag.with_preferences(states, np.tile([1.0, 3.0], (20, 1))))[0].tolist() == [
        0.25,
        0.75,
    ]


def test_objects_fit_and_reach_the_front(knapsack, dag):
    states = np.concatenate(batches(dag, 40))
    chosen = dag.choices(states)
    assert knapsack.fits(chosen).all()
    assert dag.forward_mask(states)[:, -1].all()
    every = np.array(list(itertools.product([False, True], repeat=14)))
    values = knapsack.values(every[knapsack.fits(every)])
    found = knapsack.values(chosen)
    assert hypervolume(found) >= 0.995 * hypervolume(values)
    assert set(map(tuple, found[front_order(found)].tolist())) & set(
        map(tuple, values[front_order(values)].tolist())
    )


def test_what_is_learned_is_better_than_what_is_drawn_at_first(dag):
    from_the_source = batches(dag, (1 + REFINEMENTS) * 20)[:: 1 + REFINEMENTS]
    worth = [
        (dag.objectives(states) * dag.preferred(states)).sum(axis=1).mean() for states in from_the_source
    ]
    assert np.mean(worth[-4:]) > 1.1 * worth[0]


def test_equal_seeds_draw_equal_objects(dag):
    assert all(np.array_equal(a, b) for a, b in zip(batches(dag, 12), batches(dag, 12), strict=True))


def test_what_is_known_is_the_front(dag):
    known = Known(dag)
    states = np.concatenate(batches(dag, 3))
    known.add(states)
    best = known.best_for(states)
    assert len(best) == len(states) // 8
    shares = dag.objectives(states) / dag.objectives(states).max(axis=0)
    for k, one in enumerate(best):
        weights = dag.preferred(states[8 * k : 8 * k + 1])[0]
        own = dag.objectives(one[None])[0] / dag.objectives(states).max(axis=0)
        assert weights @ own == pytest.approx((shares @ weights).max())


def test_the_method_of_the_solver(knapsack):
    stops = iter([False] * 40 + [True] * 1000)
    options = KnapsackOptions(method="sampler", time_limit_s=600)
    front = solve_knapsack(knapsack, options, stop=lambda: next(stops))
    assert (front.methods, front.status) == (("sampler",), "userinterrupt")
    assert len(front.values) > 1
