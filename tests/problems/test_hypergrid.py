from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from coplug.errors import UsageError
from coplug.problems.hypergrid import HyperGrid


@pytest.mark.parametrize(("n_dimensions", "side"), [(1, 2), (2, 8), (3, 5), (2, 11), (2, 6), (1, 21)])
def test_reward_is_the_formula_in_exact_arithmetic(n_dimensions, side):
    grid = HyperGrid(n_dimensions, side, r0=0.01)
    rewards = []
    for cell in product(range(side), repeat=n_dimensions):
        u = [abs(Fraction(x, side - 1) - Fraction(1, 2)) for x in cell]
        outer = all(v > Fraction(1, 4) for v in u)
        ring = all(Fraction(3, 10) < v < Fraction(4, 10) for v in u)
        rewards.append(0.01 + 0.5 * outer + 2.0 * ring)
    np.testing.assert_allclose(np.exp(grid.log_reward(grid.states())), rewards)


def test_modes_of_the_standard_grid():
    grid = HyperGrid()
    reward = np.exp(grid.log_reward(grid.states()))
    modes = grid.states()[np.isclose(reward, 2.6)]
    assert modes.tolist() == [[1, 1], [1, 6], [6, 1], [6, 6]]
    assert np.isclose(reward, 0.6).sum() == 12


def test_states_are_indexed_in_their_order():
    grid = HyperGrid(3, 4)
    assert grid.states().shape == (64, 3)
    np.testing.assert_array_equal(grid.index(grid.states()), np.arange(64))
    features = grid.encode(grid.states()[[0, 27]])
    assert features.shape == (2, grid.n_features)
    assert np.flatnonzero(features[1]).tolist() == [1, 4 + 2, 8 + 3]


def test_steps_stay_inside_and_can_be_undone():
    grid = HyperGrid(2, 3)
    states = grid.states()
    forward, backward = grid.forward_mask(states), grid.backward_mask(states)
    assert forward[:, -1].all()
    rows, actions = np.nonzero(forward[:, :-1])
    before = states[rows]
    after = grid.step(before, actions)
    assert after.max() == 2
    np.testing.assert_array_equal(states[rows], before)
    assert backward[grid.index(after), actions].all()
    assert backward.sum() == len(rows)
    np.testing.assert_array_equal(grid.backward_step(after, actions), before)


@pytest.mark.parametrize("parameters", [{"side": 1}, {"n_dimensions": 0}, {"r0": 0.0}, {"r1": -1.0}])
def test_parameters_out_of_range(parameters):
    with pytest.raises(UsageError, match="take"):
        HyperGrid(**parameters)
