"""The convex program of the margin losses, beside solvers of others and the published form."""

import numpy as np
import pytest
import scipy.optimize
from programs import box, grid_data

from coplug.problems.contextual_lp.batches import solve_all
from coplug.problems.contextual_lp.decisions import observe
from coplug.problems.contextual_lp.kept_solvers import minimise_by
from coplug.problems.contextual_lp.margin import fit, margin_program
from coplug.problems.contextual_lp.margin_qp import BETWEEN, minimise
from coplug.problems.contextual_lp.program import make_program


def grid_problem(loss, strength=0.01, n=12):
    program, data = grid_data(n, degree=4, noise=0.5)
    features = np.hstack([np.ones((n, 1)), data.contexts])
    return margin_program(program, observe(program, data.decisions), features, loss=loss, strength=strength)


@pytest.mark.parametrize("loss", ["mom", "cilp"])
@pytest.mark.parametrize("solver", ["clarabel", "highs"])
def test_the_minimum_is_that_of_other_solvers(loss, solver):
    problem = grid_problem(loss, n=6 if solver == "highs" else 12)
    own, other = minimise(problem), minimise_by(problem, solver)
    assert problem.value(own.theta, own.duals) == pytest.approx(
        problem.value(other.theta, other.duals), abs=2e-4
    )
    np.testing.assert_allclose(own.theta, other.theta, atol=1e-2 if solver == "highs" else 2e-3)


@pytest.mark.parametrize("loss", ["mom", "cilp"])
def test_no_small_step_away_is_better(loss):
    problem = grid_problem(loss)
    found, rng = minimise(problem), np.random.default_rng(0)
    least = problem.value(found.theta, found.duals)
    for _ in range(5):
        theta = found.theta + 1e-3 * rng.standard_normal(found.theta.shape)
        assert _least_over_duals(problem, theta) >= least - 1e-4


def _least_over_duals(problem, theta):
    """Return the objective with the best duals, each sample's by an independent solver."""
    total, n = 0.5 * problem.strength * (theta**2).sum(), len(problem.features)
    for costs, signs in zip(problem.costs(theta), problem.signs, strict=True):
        at, level = np.abs(signs) == 1, signs == BETWEEN
        sign, a, b = signs[at], problem.matrix[:, at], problem.matrix[:, level]
        if problem.loss == "cilp":

            def loss(y, costs=costs, at=at, level=level, sign=sign, a=a, b=b):
                short = np.maximum(0, problem.margin - sign * (costs[at] - a.T @ y))
                return 0.5 * (short**2).sum() + 0.5 * ((costs[level] - b.T @ y) ** 2).sum()

            total += scipy.optimize.minimize(loss, np.zeros(len(a)), tol=1e-10).fun / n
            continue
        # min sum s: s >= margin - sign (c - A'y), s >= 0, B'y = c_B
        k, rows = int(at.sum()), len(a)
        found = scipy.optimize.linprog(
            np.concatenate([np.zeros(rows), np.ones(k)]),
            A_ub=np.hstack([(sign * a).T, -np.eye(k)]),
            b_ub=sign * costs[at] - problem.margin,
            A_eq=np.hstack([b.T, np.zeros((int(level.sum()), k))]) if level.any() else None,
            b_eq=costs[level] if level.any() else None,
            bounds=[(None, None)] * rows + [(0, None)] * k,
        )
        total += found.fun / n
    return total


def test_where_bases_are_unique_it_is_the_published_loss():
    rng = np.random.default_rng(1)
    a, n = rng.uniform(0.1, 1, (3, 8)), 15
    sides = a @ rng.uniform(0, 1, 8)
    program = make_program("dense", a, sides, sides)
    costs = rng.uniform(0.5, 2, (n, 8))
    decisions = solve_all(program, costs, "scipy").decisions
    observed = observe(program, decisions)
    assert (observed.degenerate, observed.not_vertices) == (0, 0)
    features = np.hstack([np.ones((n, 1)), rng.standard_normal((n, 2))])
    problem = margin_program(program, observed, features, loss="mom", strength=0.05)
    found = minimise(problem)
    published = 0.5 * 0.05 * (found.theta**2).sum()
    for z, decision in zip(features, decisions, strict=True):
        basis, rest = decision > 1e-7, decision <= 1e-7
        predicted = found.theta @ z
        reduced = predicted[rest] - a[:, rest].T @ np.linalg.solve(a[:, basis].T, predicted[basis])
        published += np.maximum(0, 1 - reduced).sum() / n
    assert problem.value(found.theta, found.duals) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("loss", ["mom", "cilp"])
@pytest.mark.parametrize("sense", ["min", "max"])
def test_one_constant_cost_is_ordered_as_the_decision_says(loss, sense):
    program = box(3, sense)
    decision = np.array([[1.0, 0.5, 0.0]])
    problem = margin_program(program, observe(program, decision), np.ones((1, 1)), loss=loss, strength=1e-3)
    theta = fit(problem, program.sign)[:, 0]
    order = theta if sense == "min" else -theta
    assert order[0] < order[1] < order[2]
    assert order[1] < 0  # the row is used up, though it need not be
    again = solve_all(program, theta[None], "scipy").decisions
    np.testing.assert_allclose(again, decision, atol=1e-7)


def test_known_costs_stay_and_the_others_follow():
    program = box(3)
    decision = np.array([[1.0, 0.5, 0.0]])
    known = np.array([0.0, -4.0, 0.0])
    problem = margin_program(
        program,
        observe(program, decision),
        np.ones((1, 1)),
        loss="mom",
        strength=1e-3,
        margin=0.5,
        known=known,
        predicted=np.array([0, 2]),
    )
    theta = minimise(problem).theta[:, 0]
    assert theta[0] == pytest.approx(-4.5, abs=1e-3)  # a margin cheaper than what is known
    assert theta[1] == pytest.approx(0, abs=1e-3)  # dear enough as it is


def test_the_mean_of_resampled_data_is_another_predictor_and_is_repeated_by_its_seed():
    problem = grid_problem("cilp")
    one, again = (fit(problem, 1.0, 3, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - fit(problem, 1.0)).max() > 1e-6
