import numpy as np
import pytest

from coplug.training.gflownet.exact import Exact, total_variation
from tests.training.gflownet.tabular import ENVIRONMENTS, Grid, all_trajectories, random_policy, solved_policy


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_induced_distribution_is_the_sum_over_all_trajectories(name):
    environment = ENVIRONMENTS[name]()
    exact, policy, every = Exact(environment), random_policy(environment), all_trajectories(environment)
    forward = policy.forward(exact.states)
    expected = np.zeros(len(exact.states))
    for states, actions, length, end in zip(
        every.states, every.actions, every.lengths, every.objects, strict=True
    ):
        at = environment.index(states[:length])
        expected[environment.index(end[None])[0]] += forward[at, actions[:length]].prod()
    np.testing.assert_allclose(exact.terminal_distribution(forward), expected, atol=1e-12)
    assert expected.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_flows_along_a_backward_policy_induce_the_target(name):
    environment = ENVIRONMENTS[name]()
    exact, policy = Exact(environment), random_policy(environment)
    backward = policy.backward(exact.states)
    states, edges = exact.state_flows(backward), exact.edge_flows(backward)
    np.testing.assert_allclose(edges.sum(axis=1), states)
    source = environment.index(environment.initial(1))[0]
    assert np.log(states[source]) == pytest.approx(exact.log_z)
    induced = exact.terminal_distribution(edges / states[:, None])
    assert total_variation(induced, exact.target) < 1e-12
    solved = solved_policy(environment).forward(exact.states)
    assert total_variation(exact.terminal_distribution(solved), exact.target) < 1e-12


def test_target_is_proportional_to_the_reward():
    grid = Grid(side=8)
    exact = Exact(grid)
    np.testing.assert_allclose(exact.target * 22.4, np.exp(grid.log_reward(grid.states())))
    assert exact.log_z == pytest.approx(np.log(64 * 0.1 + 16 * 0.5 + 4 * 2.0))


def test_objects_that_may_not_be_stopped_at_have_no_probability():
    words = ENVIRONMENTS["words"]()
    exact = Exact(words)
    assert (exact.target > 0).sum() == 8
    assert exact.log_z == pytest.approx(np.log(sum(range(1, 9))))


def test_total_variation_of_disjoint_distributions_is_one():
    assert total_variation(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1.0
