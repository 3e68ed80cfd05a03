"""One program for many costs, or many right-hand sides."""

from dataclasses import replace

import numpy as np
import pytest
from programs import box, grid_data, grid_paths

from coplug.errors import InstanceError, SolverError, UsageError
from coplug.problems.contextual_lp.batches import CostSolver, solve_all, solve_sides
from coplug.problems.contextual_lp.program import make_program
from coplug.problems.contextual_lp.solvers import SOLVERS


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n", [1, 10, 37])  # one, one batch, and several of which the last is not full
def test_all_solvers_find_the_best_path(solver, n):
    program, data = grid_data(n, degree=4, noise=0.5)
    best = (data.costs @ grid_paths(3, 3).T).min(axis=1)
    found = solve_all(program, data.costs, solver)
    assert set(found.statuses) == {"optimal"}
    np.testing.assert_allclose(program.value(data.costs, found.decisions), best, rtol=1e-9)


def test_many_small_programs_are_solved_as_one_and_large_ones_by_themselves():
    assert CostSolver(box(2), "scipy", 100).at_once == 16
    assert CostSolver(box(2), "scipy", 3).at_once == 3
    assert CostSolver(box(1100), "scipy", 100).at_once == 1


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_without_an_optimum_leaves_the_others_theirs(solver):
    open_up = make_program("open", np.array([[1.0, -1.0]]), np.zeros(1), np.ones(1))
    found = solve_all(open_up, np.array([[1.0, 1.0], [-1.0, 0.0], [-2.0, 3.0]]), solver)
    assert found.statuses[1] in ("unbounded", "inforunbd")
    np.testing.assert_allclose(found.decisions, [[0, 0], [np.nan, np.nan], [1, 0]], atol=1e-9)
    with pytest.raises(InstanceError, match="costs: the program of sample 1 is "):
        found.checked("costs")
    torn = make_program("torn", np.array([[1.0]]), np.array([2.0]), np.array([2.0]), 1.0)
    assert solve_all(torn, np.ones((1, 1)), solver).statuses[0] in ("infeasible", "inforunbd")


@pytest.mark.parametrize("solver", SOLVERS)
def test_right_hand_sides_change(solver):
    costs = replace(box(2, "max"), objective=np.array([2.0, 1.0]))
    found = solve_sides(costs, np.array([[0.5], [1.25], [1.5]]), solver).decisions
    np.testing.assert_allclose(found, [[0.5, 0], [1, 0.25], [1, 0.5]], atol=1e-9)


def test_a_row_with_two_sides_has_no_right_hand_side():
    program = make_program("two", np.ones((1, 2)), np.zeros(1), np.ones(1))
    with pytest.raises(SolverError, match="a row with two different sides has no right-hand side"):
        solve_sides(program, np.ones((1, 1)), "scipy")


def test_processes_give_what_one_gives():
    program, data = grid_data(9)
    one, two = (solve_all(program, data.costs, "scipy", jobs=jobs).decisions for jobs in (1, 2))
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_what_is_not_reached_in_time_is_skipped():
    program, data = grid_data(40)
    found = solve_all(program, data.costs, "scipy", stop=lambda: True)
    assert set(found.statuses[:16]) == {"optimal"}
    assert set(found.statuses[16:]) == {"skipped"}
    assert np.isnan(found.decisions[16:]).all()


def test_an_unknown_solver_is_named():
    with pytest.raises(UsageError, match="'gurobi' is unknown; choose from auto, highs, scipy, scip"):
        solve_all(box(), np.ones((1, 3)), "gurobi")
