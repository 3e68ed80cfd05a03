"""Batches of environments that show one batch of graphs, beside single environments."""

import gymnasium
import numpy as np
import pytest

import coplug.envs  # noqa: F401 # registers
from coplug.contracts.episodes import ACTIONS
from coplug.graphs.check import check
from coplug.graphs.families.random_graphs import ErdosRenyi
from coplug.problems.mis.construction import Construction
from coplug.problems.mis.episodes import as_batch

NAME = "coplug/IndependentSet-v1"
N = 4


@pytest.fixture
def envs():
    graphs = ErdosRenyi(5, 9, 0.4)
    return gymnasium.make_vec(
        NAME, num_envs=N, graphs=graphs, observation="graphs", autoreset_mode="SameStep"
    )


def drawn(seed):
    rng = np.random.RandomState(seed)
    return [ErdosRenyi(5, 9, 0.4).generate(rng) for _ in range(N)]


def test_each_graph_is_what_a_single_environment_shows(envs):
    graphs = drawn(0)
    singles = [gymnasium.make(NAME, graphs=graph, observation="graph") for graph in graphs]
    seen, info = envs.reset(seed=0, options={"graphs": graphs})
    expected = [env.reset()[0] for env in singles]
    for _ in range(2):
        check(seen)
        assert seen in envs.observation_space
        for i, (one, instance) in enumerate(zip(seen.split(), expected, strict=True)):
            assert np.array_equal(one.extras["number"].values, np.flatnonzero(info["action_mask"][i]))
            assert np.array_equal(one.extras["number"].values, instance.nodes[:, 0])
            assert np.array_equal(one.nodes["node"].values[:, 0], instance.nodes[:, 1])
            assert np.array_equal(one.edges["edge"].index.T, instance.edge_links)
        actions = envs.action_masks().argmax(axis=1)
        seen, _, terminated, _, info = envs.step(actions)
        expected = [env.step(action)[0] for env, action in zip(singles, actions, strict=True)]
        if terminated.any():
            break


def test_policies_of_the_episodes_see_the_same(envs):
    graphs = drawn(1)
    seen, _ = envs.reset(seed=0, options={"graphs": graphs})
    theirs = as_batch(Construction(graphs).left())
    for mine, other in (
        (seen.nodes["node"], theirs.nodes["node"]),
        (seen.references[ACTIONS].positions, theirs.references[ACTIONS].positions),
    ):
        assert np.array_equal(mine.values, other.values)
        assert mine.values.dtype == other.values.dtype
        assert np.array_equal(mine.ptr, other.ptr)
    assert np.array_equal(seen.edges["edge"].index, theirs.edges["edge"].index)
    assert np.array_equal(seen.edges["edge"].ptr, theirs.edges["edge"].ptr)


def test_episodes_go_on_and_what_was_shown_stays(envs):
    seen, _ = envs.reset(seed=3)
    first = seen.nodes["node"].values.copy()
    before, n_ends = seen, 0
    for _ in range(20):
        seen, _, terminated, _, info = envs.step(envs.action_space.sample())
        assert seen in envs.observation_space
        assert np.array_equal(np.diff(seen.nodes["node"].ptr), info["n_left"])
        for final in info.get("final_obs", np.zeros(0))[terminated] if terminated.any() else ():
            assert final.n_graphs == 1
            assert len(final.extras["number"].values) == 0
            n_ends += 1
    assert n_ends > N
    assert np.array_equal(before.nodes["node"].values, first)


def test_the_space_draws_members(envs):
    space = envs.observation_space
    space.seed(0)
    assert space.sample() in space
    assert envs.single_observation_space.sample() not in space
    assert space == type(space)(N, 9)
