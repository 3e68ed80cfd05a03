"""Feasibility jump: its points satisfy all rows, its jumps are the best ones, its gains are what they would be anew."""

import itertools

import numpy as np
import pytest
import scipy.sparse

from coplug.algorithms.feasibility_jump import kernels
from coplug.algorithms.feasibility_jump.kernels import look_again
from coplug.algorithms.feasibility_jump.program import make_program
from coplug.algorithms.feasibility_jump.search import begin, improving_points

EFFORT = 100_000


def draw(seed, n_rows=4, n_variables=5, largest=3):
    """Return rows, sides, objective and bounds of a random program over small integers."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-4, 5, (n_rows, n_variables)).astype(float)
    lower = rng.integers(-2, 1, n_variables).astype(float)
    upper = lower + rng.integers(0, largest + 1, n_variables)
    biases = rng.integers(-6, 7, n_rows).astype(float)
    return matrix, biases, rng.integers(-5, 6, n_variables).astype(float), lower, upper


def program_of(matrix, biases, objective, lower, upper, integral=True):
    kinds = np.full(len(objective), integral)
    return make_program(scipy.sparse.csr_array(matrix), biases, objective, lower, upper, kinds)


def best_by_enumeration(matrix, biases, objective, lower, upper):
    ranges = [np.arange(low, high + 1) for low, high in zip(lower, upper, strict=True)]
    points = np.array(list(itertools.product(*ranges)))
    feasible = points[(points @ matrix.T <= biases + 1e-9).all(axis=1)]
    return (feasible @ objective).min() if len(feasible) else None


@pytest.mark.parametrize("seed", range(12))
def test_points_are_feasible_and_better_and_better_up_to_the_best(seed):
    parts = matrix, biases, objective, lower, upper = draw(seed)
    found = [
        point
        for point in improving_points(program_of(*parts), objective, np.zeros(5), seed, EFFORT)
        if point is not None
    ]
    values = [float(objective @ point) for point in found]
    best = best_by_enumeration(*parts)
    assert (best is None) == (not found)
    assert all(later < earlier for earlier, later in itertools.pairwise(values))
    for point in found:
        assert (matrix @ point <= biases + 1e-6).all()
        assert ((lower <= point) & (point <= upper) & (point == np.round(point))).all()
    if best is not None:
        assert values[-1] == pytest.approx(best)  # so small a program is searched through by the effort


@pytest.mark.parametrize("integral", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_gains_are_what_they_would_be_anew(seed, integral):
    program = program_of(*draw(seed, 6, 8), integral=integral)
    state = begin(program, np.clip(np.zeros(8), program.lower, program.upper), np.uint64(seed))
    look_again(program, state)
    for _ in range(30):
        if not state.counts[1]:
            break
        j = kernels.best_good(program, state)
        if j < 0:
            kernels.grow_weights(program, state)
            j = kernels.best_in_row(program, state)
        if j >= 0:
            kernels.move(program, state, j)
    rows = scipy.sparse.csr_array((program.row_values, program.columns, program.row_starts)).toarray()

    def violation(x):
        return state.weights @ np.maximum(rows @ x - program.biases, 0.0)

    assert state.activity == pytest.approx(rows @ state.x, abs=1e-9)
    for j in range(8):
        x = state.x.copy()
        x[j] = state.jumps[j]
        assert state.gains[j] == pytest.approx(violation(state.x) - violation(x), abs=1e-8)
    assert set(state.good[: state.counts[0]]) == {j for j in range(8) if state.gains[j] > kernels.LEAST_GAIN}


@pytest.mark.parametrize("seed", range(12))
def test_jump_of_an_integer_is_the_best_other_value(seed):
    program = program_of(*draw(seed, 5, 4, largest=6))
    state = begin(program, program.lower.copy(), np.uint64(seed))
    look_again(program, state)
    for j in range(4):
        values = np.arange(program.lower[j], program.upper[j] + 1)
        others = [kernels.violation(program, state, j, value) for value in values if value != state.x[j]]
        if others:
            assert kernels.violation(program, state, j, state.jumps[j]) == pytest.approx(min(others))


def test_equal_seeds_find_equal_points():
    parts = draw(3, 8, 12)
    first, second = (
        [p for p in improving_points(program_of(*parts), parts[2], np.zeros(12), 1, EFFORT) if p is not None]
        for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_without_an_objective_one_point_is_enough():
    parts = [*draw(1)]
    parts[1], parts[2] = np.full(4, 100.0), np.zeros(5)
    assert len(list(improving_points(program_of(*parts), parts[2], np.zeros(5), 0, EFFORT))) == 1


def test_what_cannot_be_satisfied_ends_with_the_effort():
    program = program_of(np.ones((1, 2)), np.array([-1.0]), np.ones(2), np.zeros(2), np.ones(2))
    assert all(point is None for point in improving_points(program, np.ones(2), np.zeros(2), 0, 3_000_000))
