"""Each method beside what looking at every choice finds."""

import numpy as np
import pytest
from knapsack_helpers import drawn, true_front

from coplug.algorithms.fronts.dominance import front_order
from coplug.errors import SolverError
from coplug.problems.knapsack import dynamic, epsilon
from coplug.problems.knapsack.archive import contents, empty_archive, offered
from coplug.problems.knapsack.epsilon import Asking, epsilon_constraint, split_zones
from coplug.problems.knapsack.instance import Knapsack
from coplug.problems.knapsack.options import KnapsackOptions
from coplug.problems.knapsack.solve import solve_knapsack

NOTHING_KNOWN = np.zeros((1, 2), np.int64)


def test_an_archive_keeps_what_nothing_covers():
    knapsack = drawn(0, n_items=12, n_objectives=3)
    rng = np.random.default_rng(0)
    choices = rng.random((600, 12)) < 0.5
    archive = offered(empty_archive(knapsack), knapsack, choices)
    chosen, values = contents(archive)
    every = knapsack.values(choices)
    assert values.tolist() == every[front_order(every)].tolist()
    assert np.array_equal(knapsack.values(chosen), values)


@pytest.mark.parametrize("seed", range(12))
def test_dynamic_programming_finds_the_whole_front(seed):
    knapsack = drawn(seed, largest=(6, 20, 100)[seed % 3])
    found = dynamic.complete_front(knapsack, NOTHING_KNOWN, bool)
    values = knapsack.values(found)
    assert knapsack.fits(found).all()
    assert values[front_order(values)].tolist() == true_front(knapsack)


def test_dynamic_programming_takes_what_is_known_into_account():
    knapsack = drawn(3, n_items=12)
    front = np.array(true_front(knapsack))
    missing = front[len(front) // 2]
    known = front[(front != missing).any(axis=1)]
    found = knapsack.values(dynamic.complete_front(knapsack, known, bool))
    assert missing.tolist() in found.tolist()


def test_dynamic_programming_with_one_objective_and_items_of_no_weight():
    knapsack = Knapsack(np.array([[5, 4, 3, 0]]), np.array([[4, 3, 0, 0]]), np.array([6]))
    found = dynamic.complete_front(knapsack, np.zeros((1, 1), np.int64), bool)
    assert knapsack.values(found).max() == 8


def test_dynamic_programming_counts_an_item_of_no_weight_that_is_worth_little():
    knapsack = Knapsack(np.array([[40000, 90000, 1]]), np.array([[1, 1, 0]]), np.array([1]))
    found = dynamic.complete_front(knapsack, np.array([[90000], [40001]]), bool)
    assert knapsack.values(found).tolist() == [[90001]]


def test_dynamic_programming_gives_up():
    knapsack = drawn(0, n_items=40)
    assert dynamic.complete_front(knapsack, NOTHING_KNOWN, lambda: True) is None
    assert dynamic.complete_front(knapsack, NOTHING_KNOWN, bool, most_bytes=4096) is None


@pytest.mark.parametrize(("n_objectives", "n_constraints"), [(2, 1), (2, 2), (3, 1)])
def test_epsilon_constraint_finds_the_whole_front(n_objectives, n_constraints):
    knapsack = drawn(1, 8, n_objectives, n_constraints)
    found = list(epsilon_constraint(Asking(knapsack, lambda: float("inf"), bool), lambda least: None))
    values = knapsack.values(np.array(found))
    assert knapsack.fits(np.array(found)).all()
    assert values[front_order(values)].tolist() == true_front(knapsack)
    assert len(values) == len(true_front(knapsack))


def test_epsilon_constraint_with_objectives_too_large_for_one_sum():
    small = drawn(1, 8)
    knapsack = Knapsack(small.profits * 10**6 + np.arange(8), small.weights, small.capacities)
    found = list(epsilon_constraint(Asking(knapsack, lambda: float("inf"), bool), lambda least: None))
    assert sorted(knapsack.values(np.array(found)).tolist(), reverse=True) == true_front(knapsack)


def test_zones_have_every_point_that_is_not_covered():
    rng = np.random.default_rng(0)
    zones = np.full((1, 3), -1)
    points = rng.integers(0, 6, size=(12, 3))
    for point in points:
        zones = split_zones(zones, point)
    grid = np.indices((7, 7, 7)).reshape(3, -1).T
    covered = (grid[:, None] <= points[None]).all(axis=2).any(axis=1)
    inside = (grid[:, None] > zones[None]).all(axis=2).any(axis=1)
    assert np.array_equal(inside, ~covered)


@pytest.mark.parametrize("method", ["auto", "dynamic-programming", "epsilon-constraint"])
@pytest.mark.parametrize("n_objectives", [1, 2])
def test_exact_methods_end_with_the_front(method, n_objectives):
    knapsack = drawn(5, 9, n_objectives)
    front = solve_knapsack(knapsack, KnapsackOptions(method=method))
    assert (front.status, front.complete) == ("optimal", True)
    assert front.values.tolist() == true_front(knapsack)


@pytest.mark.parametrize(("n_objectives", "n_constraints"), [(1, 3), (3, 1), (2, 2)])
def test_auto_takes_scip_where_dynamic_programming_does_not_do(n_objectives, n_constraints):
    knapsack = drawn(7, 8, n_objectives, n_constraints)
    front = solve_knapsack(knapsack, KnapsackOptions())
    assert front.complete
    assert front.methods[-1] == "epsilon-constraint"
    assert front.values.tolist() == true_front(knapsack)


@pytest.mark.parametrize("n_objectives", [1, 3])
def test_an_answer_of_scip_that_breaks_a_constraint_costs_nothing_that_was_found(n_objectives, monkeypatch):
    def broken(*_, **__):
        raise SolverError("SCIP returned a choice that breaks a constraint")

    monkeypatch.setattr(epsilon, "solve_knapsack", broken)
    knapsack = drawn(7, 8, n_objectives, 2)
    front = solve_knapsack(knapsack, KnapsackOptions())
    assert (front.status, front.complete) == ("unknown", False)
    assert front.notes == ("SCIP returned a choice that breaks a constraint",)
    assert front.values.tolist() == true_front(knapsack)  # by the local search


@pytest.mark.parametrize(("method", "max_steps"), [("local-search", 4000), ("nsga2", 30)])
def test_heuristics_find_small_fronts_and_repeat_themselves(method, max_steps):
    knapsack = drawn(2, 10)
    fronts = [
        solve_knapsack(
            knapsack, KnapsackOptions(method=method, max_steps=max_steps, seed=4, time_limit_s=600)
        )
        for _ in range(2)
    ]
    assert fronts[0].values.tolist() == true_front(knapsack)
    assert fronts[0].status == "unknown"
    assert np.array_equal(fronts[0].chosen, fronts[1].chosen)


@pytest.mark.parametrize("method", ["auto", "epsilon-constraint", "dynamic-programming", "local-search"])
def test_what_is_stopped_has_a_front(method):
    knapsack = drawn(0, 60)
    front = solve_knapsack(knapsack, KnapsackOptions(method=method), stop=lambda: True)
    assert front.status == "userinterrupt"
    assert not front.complete
    assert len(front.values) >= 1
    over = solve_knapsack(knapsack, KnapsackOptions(method=method, time_limit_s=0.0))
    assert over.status == "timelimit"


def test_too_little_memory_is_said():
    front = solve_knapsack(drawn(0, 60), KnapsackOptions(method="dynamic-programming", memory_limit_mb=0.001))
    assert front.status == "memlimit"
    assert front.methods == ("local-search", "dynamic-programming")
