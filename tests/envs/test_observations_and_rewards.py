import numpy as np
import pytest
from gymnasium import spaces

from coplug.envs.scip.observations import NODE_OBSERVATIONS, SEARCH_OBSERVATIONS
from coplug.envs.scip.rewards import REWARDS
from coplug.scip.observations import NodeBipartite
from coplug.scip.rewards import LpIterations, NNodes

from .samples import BRANCHING, CONFIGURING, IDS, PRIMAL_SEARCH, make, play, triangle


@pytest.mark.parametrize("observation", NODE_OBSERVATIONS)
@pytest.mark.parametrize("candidates", ["lp", "pseudo"])
def test_branching_observations_are_in_their_space_to_the_end(observation, candidates):
    _check_episodes(make(BRANCHING, observation=observation, candidates=candidates))


@pytest.mark.parametrize("observation", SEARCH_OBSERVATIONS)
def test_search_observations_are_in_their_space_to_the_end(observation):
    _check_episodes(make(PRIMAL_SEARCH, observation=observation))


def _check_episodes(env):
    for seed in range(2):
        transitions = play(env, seed=seed, steps=1000)
        assert transitions[-1][2]
        assert all(transition[0] in env.observation_space for transition in transitions[-15:])


def test_node_bipartite_shows_what_ecoles_function_does():
    env = make(BRANCHING)
    for transition in play(env, steps=5):
        shown, seen = transition[0], NodeBipartite().extract(env.model)
    n_variables, n_rows, n_edges = (shown[f"n_{what}"].item() for what in ("variables", "rows", "edges"))
    assert (n_rows, n_variables) == seen.edge_features.shape
    expected = np.nan_to_num(seen.variable_features)
    assert np.allclose(shown["variable_features"][:n_variables], expected, rtol=1e-6)
    assert np.allclose(shown["row_features"][:n_rows], seen.row_features, rtol=1e-6)
    assert np.array_equal(shown["edge_indices"][:, :n_edges], seen.edge_features.indices)
    assert np.allclose(shown["edge_values"][:n_edges], seen.edge_features.values, rtol=1e-6)
    assert not shown["edge_values"][n_edges:].any()
    assert not shown["row_features"][n_rows:].any()


def test_the_graph_has_the_same_nodes_and_edges():
    graph = make(BRANCHING, observation="graph").reset(seed=4)[0]
    shown = make(BRANCHING).reset(seed=4)[0]
    n_variables, n_rows, n_edges = (shown[f"n_{what}"].item() for what in ("variables", "rows", "edges"))
    assert graph.nodes.shape == (n_variables + n_rows, 25)
    assert not graph.nodes[:n_variables, 0].any()
    assert graph.nodes[n_variables:, 0].all()
    assert np.array_equal(graph.nodes[:n_variables, 1:20], shown["variable_features"][:n_variables])
    assert np.array_equal(graph.nodes[n_variables:, 20:], shown["row_features"][:n_rows])
    rows, variables = shown["edge_indices"][:, :n_edges]
    assert np.array_equal(graph.edge_links, np.column_stack((variables, n_variables + rows)))
    assert np.array_equal(graph.edges[:, 0], shown["edge_values"][:n_edges])


@pytest.mark.parametrize("observation", ["khalil", "strong-branching"])
def test_tables_are_zero_where_the_mask_is(observation):
    env = make(BRANCHING, observation=observation, candidates="lp")
    table, info = env.reset(seed=4)
    shown = table.reshape(len(table), -1).any(axis=1)
    assert np.array_equal(shown, info["action_mask"] == 1)


def test_an_observation_belongs_to_whoever_got_it():
    env = make(BRANCHING)
    first, info = env.reset(seed=1)
    kept, mask = first["variable_features"].copy(), info["action_mask"].copy()
    info["action_mask"][:] = 0
    env.step(3)
    assert np.array_equal(first["variable_features"], kept)
    env.reset(seed=1)
    assert np.array_equal(env.action_masks(), mask == 1)


@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("name", IDS)
def test_rewards_are_finite_numbers(name, reward):
    transitions = play(make(name, reward=reward), steps=30)
    rewards = [transitions[0][1]["reward_offset"]] + [step[1] for step in transitions[1:]]
    assert all(type(value) is float and np.isfinite(value) for value in rewards)
    if reward == "done":
        assert rewards == [0.0] * (len(rewards) - 1) + [float(transitions[-1][2])]
    elif not reward.endswith("integral"):
        assert all(value <= 0.0 for value in rewards)


def test_a_reward_may_be_arithmetic_on_reward_functions():
    env = make(BRANCHING, reward=-0.5 * NNodes() + 0 * LpIterations())
    assert env.reset(seed=1)[1]["reward_offset"] == -0.5


class Spy:
    """An observation that counts, and fails when told to."""

    space = spaces.Box(0, 1e6, (1,), np.float32)

    def __init__(self):
        self.failing = self.resets = 0
        self.seen = []

    def before_reset(self, model):
        self.resets += 1
        if self.failing == "before_reset":
            raise ZeroDivisionError("from the user's object")

    def extract(self, model, done):
        if self.failing == "extract":
            raise ZeroDivisionError("from the user's object")
        self.seen.append(done)
        return self.value()

    def value(self):
        return np.array([len(self.seen)], np.float32)


class RewardSpy(Spy):
    def value(self):
        return float(len(self.seen))


@pytest.mark.parametrize("name", IDS)
def test_an_observation_may_be_an_object(name):
    spy = Spy()
    env = make(name, observation=spy)
    transitions = play(env, steps=10_000)
    assert env.observation_space is spy.space
    assert spy.seen == [False] * (len(transitions) - 1) + [True]
    assert [transition[0][0] for transition in transitions] == list(range(1, len(transitions) + 1))


@pytest.mark.parametrize("part", ["observation", "reward"])
@pytest.mark.parametrize("when", ["before_reset", "extract"])
@pytest.mark.parametrize("name", IDS)
def test_a_users_exception_comes_through_and_a_reset_makes_good(name, part, when):
    spy = Spy() if part == "observation" else RewardSpy()
    env = make(name, **{part: spy})
    spy.failing = when
    with pytest.raises(ZeroDivisionError, match="from the user's object"):
        env.reset(seed=1)
    spy.failing = 0
    env.reset(seed=1)
    if when == "extract":
        spy.failing = when
        with pytest.raises(ZeroDivisionError, match="from the user's object"):
            env.step(env.action_space.sample())
        spy.failing = 0
    assert play(env, steps=10_000)[-1][2]


def test_the_instance_is_described_by_33_numbers():
    features, _ = make(CONFIGURING, instance=triangle()).reset(seed=1)
    assert features.shape == (33,)
    assert features.any()
