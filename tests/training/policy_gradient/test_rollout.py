import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from coplug.contracts.episodes import actions_of
from coplug.envs.gymnasium_episodes import GymnasiumEpisodes
from coplug.errors import RecipeError, UsageError
from coplug.graphs import collate, equal, one_graph
from coplug.models.gcnn_actor import GCNNActorCritic
from coplug.parallel import Workers
from coplug.problems.milp.episodes import family_episodes
from coplug.training.policy_gradient.rollout import (
    choose,
    collect,
    collect_parallel,
    evaluate,
    generalized_advantages,
    log_returns,
    log_softmax,
)
from tests.training.policy_gradient.maze import N_NODES, Network, Walk, World


def reference_advantages(rewards, values, bootstrap, discount, decay):
    """Equation 16 as a sum, for one episode."""
    following = [*values[1:], bootstrap]
    deltas = [r + discount * f - v for r, f, v in zip(rewards, following, values, strict=True)]
    n = len(deltas)
    return [sum((discount * decay) ** (k - t) * deltas[k] for k in range(t, n)) for t in range(n)]


@given(st.data())
def test_advantages_equal_the_sum(data):
    lengths = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    n = sum(lengths)
    numbers = st.floats(-5, 5)
    rewards, values = (np.array(data.draw(st.lists(numbers, min_size=n, max_size=n))) for _ in range(2))
    bootstrap = np.array(data.draw(st.lists(numbers, min_size=len(lengths), max_size=len(lengths))))
    discount, decay = data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))
    ptr = np.concatenate(([0], np.cumsum(lengths)))
    parents = np.arange(n) - np.repeat(ptr[:-1], lengths) - 1
    found = generalized_advantages(rewards, values, ptr, bootstrap, parents, discount, decay)
    for i in range(len(lengths)):
        part = slice(ptr[i], ptr[i + 1])
        expected = reference_advantages(rewards[part], values[part], bootstrap[i], discount, decay)
        np.testing.assert_allclose(found[part], expected, atol=1e-9)


def draw_tree(data, numbers):
    """A tree of decisions, and rewards, values and parents of two episodes of it: parents count from 0 in each."""
    n = data.draw(st.integers(1, 8))
    parents = np.array([-1] + [data.draw(st.integers(0, t - 1)) for t in range(1, n)])
    rewards, values = (np.array(data.draw(st.lists(numbers, min_size=n, max_size=n))) for _ in range(2))
    discount, decay = data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))
    twice = [np.concatenate([a, a]) for a in (rewards, values, parents)]
    children = [np.flatnonzero(parents == t) for t in range(n)]
    return children, rewards, values, discount, decay, twice, np.array([0, n, 2 * n])


def tree_advantage(t, children, rewards, values, discount, decay):
    """Equation 16 with the sum over consequences in place of what follows, for one decision."""
    delta = rewards[t] + discount * sum(values[c] for c in children[t]) - values[t]
    later = (tree_advantage(c, children, rewards, values, discount, decay) for c in children[t])
    return delta + discount * decay * sum(later)


@given(st.data())
def test_advantages_in_a_tree_sum_over_the_consequences(data):
    children, rewards, values, discount, decay, twice, ptr = draw_tree(data, st.floats(-5, 5))
    n = len(children)
    found = generalized_advantages(twice[0], twice[1], ptr, np.zeros(2), twice[2], discount, decay)
    expected = [tree_advantage(t, children, rewards, values, discount, decay) for t in range(n)]
    np.testing.assert_allclose(found, expected * 2, atol=1e-8)


def tree_log_return(t, children, rewards, values, discount, decay):
    """The logarithm of a cost to go in which each consequence is a geometric mean of what was and was expected."""
    cost = 1.0 - rewards[t]
    for c in children[t]:
        happened = np.exp(-tree_log_return(c, children, rewards, values, discount, decay))
        cost += discount * (happened**decay * np.exp(-values[c]) ** (1.0 - decay) - 1.0)
    return -np.log(cost)


@given(st.data())
def test_log_returns_in_a_tree(data):
    children, rewards, values, discount, decay, twice, ptr = draw_tree(data, st.floats(-5, 0))
    n = len(children)
    found = log_returns(twice[0], twice[1], ptr, twice[2], discount, decay)
    expected = [tree_log_return(t, children, rewards, values, discount, decay) for t in range(n)]
    np.testing.assert_allclose(found, expected * 2, rtol=1e-9, atol=1e-12)


def test_the_critics_values_of_log_returns_are_costs():
    # A critic that expects a gain is taken to expect nothing.
    found = log_returns(
        np.array([-1.0, -1.0]), np.array([0.0, 2.0]), np.array([0, 2]), np.array([-1, 0]), 1.0, 0.0
    )
    np.testing.assert_allclose(found, [-np.log(2.0), -np.log(2.0)])


def test_log_softmax_and_choices():
    ptr = np.array([0, 3, 4, 6])
    logits = np.array([1.0, 2.0, 1e3, -5.0, 0.0, 0.0])
    log_p = log_softmax(logits, ptr)
    np.testing.assert_allclose(np.add.reduceat(np.exp(log_p), ptr[:-1]), 1.0)
    assert choose(log_p, ptr, None).tolist() == [2, 0, 0]
    rng = np.random.default_rng(0)
    draws = np.array(
        [
            choose(
                log_softmax(np.log([0.2, 0.5, 0.3, 0.9, 0.1]), np.array([0, 3, 5])), np.array([0, 3, 5]), rng
            )
            for _ in range(4000)
        ]
    )
    np.testing.assert_allclose(np.bincount(draws[:, 0]) / 4000, [0.2, 0.5, 0.3], atol=0.03)
    np.testing.assert_allclose(np.bincount(draws[:, 1]) / 4000, [0.9, 0.1], atol=0.03)


class Following:
    """Draws that are always 1 - epsilon: rounding must not lead beyond the last action."""

    def random(self, n):
        return np.full(n, np.nextafter(1.0, 0.0))


def test_a_draw_never_leaves_its_segment():
    log_p = log_softmax(np.zeros(7), np.array([0, 3, 7]))
    assert choose(log_p - 1e-3, np.array([0, 3, 7]), Following()).tolist() == [2, 3]


def test_transitions_follow_each_episode_in_time():
    torch.manual_seed(0)
    network, seeds = Network(), list(range(6))
    found = collect(network, Walk(horizon=3), seeds, np.random.default_rng(1))
    assert found.ptr[-1] == len(found) == len(found.graphs)
    for i, seed in enumerate(seeds):
        world = World(seed)
        part = range(found.ptr[i], found.ptr[i + 1])
        assert 1 <= len(part) <= 3
        for t in part:
            graph = found.graphs.graph(t)
            np.testing.assert_array_equal(graph.nodes["node"].values, world.graph().nodes["node"].values)
            log_p, value = evaluate(network, graph)
            assert found.log_probabilities[t] == pytest.approx(log_p[found.actions[t]], abs=1e-6)
            assert found.values[t] == pytest.approx(value[0], abs=1e-6)
            assert found.rewards[t] == world.move(found.actions[t])
        ended = world.at == N_NODES - 1
        expected = 0.0 if ended else evaluate(network, world.graph())[1][0]
        assert found.bootstrap[i] == pytest.approx(expected, abs=1e-6)
        assert found.returns[i] == pytest.approx(found.rewards[part.start : part.stop].sum())


@pytest.mark.parametrize("greedy", [True, False])
def test_what_is_collected_does_not_depend_on_the_number_of_processes(greedy):
    torch.manual_seed(0)
    network, seeds = Network(), list(range(7))
    found = [
        collect_parallel(
            network,
            Walk(),
            seeds,
            None if greedy else np.random.default_rng(1),
            side_by_side=3,
            workers=Workers(jobs),
        )
        for jobs in (1, 2)
    ]
    assert equal(found[0].graphs, found[1].graphs)
    for name in ("actions", "log_probabilities", "values", "rewards", "ptr", "bootstrap"):
        np.testing.assert_array_equal(getattr(found[0], name), getattr(found[1], name))
    alone = collect(network, Walk(), seeds[3:6], None)
    part = slice(found[0].ptr[3], found[0].ptr[6])
    if greedy:
        np.testing.assert_array_equal(found[0].actions[part], alone.actions)


def test_branching_episodes_run_in_other_processes():
    episodes = family_episodes("auctions", "tiny", node_limit=3)
    episodes.reset([1])
    torch.manual_seed(0)
    network = GCNNActorCritic(4)
    found = [
        collect_parallel(network, episodes, [5, 6], None, side_by_side=1, workers=Workers(jobs))
        for jobs in (1, 2)
    ]
    np.testing.assert_array_equal(found[0].actions, found[1].actions)
    np.testing.assert_array_equal(found[0].rewards, found[1].rewards)
    assert (found[0].bootstrap != 0.0).all()  # cut off by the limit


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (lambda n, m: (torch.zeros(n + 1), torch.zeros(m)), "logits of shape"),
        (lambda n, m: (torch.zeros(n), torch.zeros(m, 1)), "values of shape"),
        (lambda n, m: (torch.full((n,), torch.nan), torch.zeros(m)), "not finite"),
    ],
)
def test_bad_outputs_of_a_network(outputs, message):
    class Bad(torch.nn.Module):
        def forward(self, graphs):
            return outputs(len(actions_of(graphs).values), 1)

    with pytest.raises(RecipeError, match=message):
        evaluate(Bad(), World(0).graph())


def test_graphs_without_actions_are_refused():
    with pytest.raises(UsageError, match="'actions'"):
        actions_of(one_graph({"node": np.zeros((2, 1), np.float32)}))


class Counter:
    """A Gymnasium-like environment: count up to the seed; an action adds 1 or 2; cut off after three steps."""

    def reset(self, seed):
        self.goal, self.at, self.steps = seed, 0, 0
        return self.at, {}

    def step(self, action):
        self.at += int(action)
        self.steps += 1
        return self.at, float(action), self.at >= self.goal, self.steps >= 3, {}


def encode(observation, info):
    return one_graph(
        {"node": np.array([[float(observation)]], np.float32)}, extras={"actions": np.array([1, 2])}
    )


def test_gymnasium_environments_side_by_side():
    episodes = GymnasiumEpisodes(Counter, encode)
    observation = episodes.reset([1, 4, 9])
    assert observation.episodes.tolist() == [0, 1, 2]
    step = episodes.step(np.array([1, 1, 0]))
    assert step.rewards.tolist() == [2.0, 2.0, 1.0]
    assert (step.terminated.tolist(), step.truncated.tolist()) == ([True, False, False], [False] * 3)
    assert step.observation.episodes.tolist() == [1, 2]
    step = episodes.step(np.array([1, 0]))
    assert step.terminated.tolist() == [True, False]
    step = episodes.step(np.array([0]))
    assert (step.truncated.tolist(), step.observation) == ([True], None)
    assert step.last.nodes["node"].values.tolist() == [[3.0]]
    assert episodes.reset([1]).graphs.nodes["node"].values.tolist() == [[0.0]]


def test_decode_says_what_the_environment_takes():
    episodes = GymnasiumEpisodes(Counter, encode, decode=lambda action, graph: 10 * (action + 1))
    episodes.reset([5])
    assert episodes.step(np.array([1])).rewards.tolist() == [20.0]


def test_collated_worlds_keep_their_actions():
    graphs = collate([World(seed).graph() for seed in range(3)])
    actions = actions_of(graphs)
    for i in range(3):
        own = actions.values[actions.ptr[i] : actions.ptr[i + 1]] - i * N_NODES
        np.testing.assert_array_equal(own, np.flatnonzero(World(i).adjacency[0]))
