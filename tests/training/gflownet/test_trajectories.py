from itertools import pairwise

import numpy as np
import pytest

from coplug.training.gflownet.exact import Exact, total_variation
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.trajectories import draw, joined, sample_backward, sample_forward
from tests.training.gflownet.tabular import ENVIRONMENTS, Grid, all_trajectories, random_policy

N = 20_000


def check_valid(environment, batch):
    """Every action leads from its state to the next and is undone from there, and padding repeats the object."""
    stop = environment.n_actions - 1
    assert batch.actions.shape == batch.mask.shape == batch.states.shape[:2]
    np.testing.assert_array_equal(batch.states[:, 0], environment.initial(len(batch)))
    np.testing.assert_array_equal(batch.log_reward, environment.log_reward(batch.objects))
    for states, actions, length in zip(batch.states, batch.actions, batch.lengths, strict=True):
        assert (actions[: length - 1] != stop).all()
        assert (actions[length - 1 :] == stop).all()
        assert (states[length - 1 :] == states[length - 1]).all()
        allowed = environment.forward_mask(states[:length])
        assert allowed[np.arange(length), actions[:length]].all()
        for (before, after), action in zip(pairwise(states[:length]), actions, strict=False):
            move = np.array([action])
            np.testing.assert_array_equal(environment.step(before[None], move)[0], after)
            np.testing.assert_array_equal(environment.backward_step(after[None], move)[0], before)
            assert environment.backward_mask(after[None])[0, action]


def frequencies(environment, objects):
    return np.bincount(environment.index(objects), minlength=len(environment.states())) / len(objects)


def key(batch, i):
    return tuple(map(tuple, batch.states[i, : batch.lengths[i]])), tuple(batch.actions[i, : batch.lengths[i]])


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_trajectories_are_paths_from_the_source_to_objects(name):
    environment = ENVIRONMENTS[name]()
    policy, rng = random_policy(environment), np.random.default_rng(0)
    forward = sample_forward(environment, policy.forward, 50, rng, exploration=0.2)
    check_valid(environment, forward)
    backward = sample_backward(environment, policy.backward, forward.objects, rng)
    check_valid(environment, backward)
    np.testing.assert_array_equal(backward.objects, forward.objects)
    check_valid(environment, all_trajectories(environment))


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize(("exploration", "temperature"), [(0.0, 1.0), (0.3, 1.0), (0.0, 2.5), (1.0, 1.0)])
def test_frequencies_of_objects_are_their_probabilities(name, exploration, temperature):
    environment = ENVIRONMENTS[name]()
    exact, table = Exact(environment), random_policy(environment)
    policy = Policy(table.network, environment, table.device, temperature)
    batch = sample_forward(environment, policy.forward, N, np.random.default_rng(1), exploration=exploration)
    mask = environment.forward_mask(exact.states)
    logits = np.where(mask, table.network.forward_logits.detach().numpy() / temperature, -np.inf)
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    mixed = (1.0 - exploration) * softmax + exploration * mask / mask.sum(axis=1, keepdims=True)
    expected = exact.terminal_distribution(mixed)
    assert expected.sum() == pytest.approx(1.0)
    assert total_variation(frequencies(environment, batch.objects), expected) < 0.02


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_frequencies_of_backward_paths_are_their_probabilities(name):
    environment = ENVIRONMENTS[name]()
    policy, every = random_policy(environment), all_trajectories(environment)
    target = every.objects[np.argmax(every.lengths)]
    objects = np.repeat(target[None], N, axis=0)
    batch = sample_backward(environment, policy.backward, objects, np.random.default_rng(2))
    seen = {}
    for i in range(N):
        seen[key(batch, i)] = seen.get(key(batch, i), 0) + 1 / N
    for i in np.flatnonzero((every.objects == target).all(axis=1)):
        inner = slice(1, every.lengths[i])
        probabilities = policy.backward(every.states[i, inner])
        taken = every.actions[i, : every.lengths[i] - 1]
        expected = probabilities[np.arange(len(taken)), taken].prod()
        assert seen.pop(key(every, i), 0.0) == pytest.approx(expected, abs=0.015)
    assert not seen


def test_object_at_the_source_has_a_path_of_one_action():
    grid = Grid(side=3)
    policy = random_policy(grid)
    batch = sample_backward(grid, policy.backward, grid.initial(2), np.random.default_rng(0))
    assert batch.actions.tolist() == [[2], [2]]
    assert batch.lengths.tolist() == [1, 1]


def test_same_generator_gives_the_same_trajectories():
    grid = Grid(side=4)
    policy = random_policy(grid)
    first, second = (
        sample_forward(grid, policy.forward, 20, np.random.default_rng(5), exploration=0.1) for _ in range(2)
    )
    np.testing.assert_array_equal(first.states, second.states)
    np.testing.assert_array_equal(first.actions, second.actions)


def test_joined_batches_are_padded_to_the_longer():
    grid = Grid(side=4)
    policy, rng = random_policy(grid), np.random.default_rng(0)
    short = sample_backward(grid, policy.backward, np.array([[0, 0], [1, 0]]), rng)
    long = sample_backward(grid, policy.backward, np.array([[3, 3]]), rng)
    for batch in (joined(short, long), joined(long, short)):
        check_valid(grid, batch)
        assert batch.actions.shape == (3, 7)
        assert sorted(batch.lengths.tolist()) == [1, 2, 7]


def test_draws_follow_weights_and_never_take_one_of_zero():
    weights = np.array([[0.0, 1.0, 0.0, 3.0, 0.0]]).repeat(N, axis=0)
    drawn = draw(weights, np.random.default_rng(0))
    assert set(drawn.tolist()) == {1, 3}
    assert (drawn == 3).mean() == pytest.approx(0.75, abs=0.015)

    class Extreme:
        def __init__(self, u):
            self.u = u

        def random(self, shape):
            return np.full(shape, self.u)

    for u in (0.0, np.nextafter(1.0, 0.0)):
        assert set(draw(np.array([[0.0, 0.1, 0.0], [0.0, 1 / 3, 0.0]]), Extreme(u)).tolist()) == {1}
