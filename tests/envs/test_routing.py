"""Forwarding packets as an environment."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

import coplug  # noqa: F401 # registers the environments
from coplug.envs.routing.baselines import compass, greedy, min_sum
from coplug.envs.routing.environment import GeometricRoutingEnv
from coplug.envs.routing.episodes import routing_episodes
from coplug.envs.routing.vector import GeometricRoutingVectorEnv
from coplug.errors import UsageError
from coplug.problems.routing.network import linked_within
from coplug.testing import check_env, check_episodes

NAME = "coplug/GeometricRouting-v0"
LINE = linked_within(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), 1.0)


def test_it_keeps_its_contract():
    check_env(NAME)


def test_rewards_are_shares_of_the_shortest_route():
    env = GeometricRoutingEnv(LINE, max_neighbours=3, max_hops=4)
    for seed in range(20):
        observation, info = env.reset(seed=seed)
        if {env.packet.node, env.packet.dest} == {0, 3}:
            break
    start, forwards = env.packet.node, env.packet.node == 0
    assert info["action_mask"].tolist() == [1, 0, 0]
    assert observation["neighbours"][1:].any() == False  # noqa: E712 # of numpy
    with pytest.raises(InvalidAction, match="place 1 has no neighbour"):
        env.step(1)
    _, reward, over, _, info = env.step(0)
    assert (reward, over, info["node"]) == (pytest.approx(-1 / 3), False, 1 if forwards else 2)
    _, reward, over, _, info = env.step(0 if forwards else 1)
    assert (reward, over, info["node"]) == (pytest.approx(-1 / 3), False, start)
    env.step(0)
    _, reward, over, cut, info = env.step(1 if forwards else 0)
    assert (reward, over, cut) == (pytest.approx(-2 / 3), True, False)
    assert info["length"] == pytest.approx(5.0)
    assert not info["action_mask"].any()
    with pytest.raises(ResetNeeded):
        env.step(0)


def test_a_packet_that_wanders_is_cut_off():
    env = GeometricRoutingEnv(LINE, max_hops=1)
    cut = []
    for seed in range(10):
        env.reset(seed=seed)
        _, _, over, truncated, _ = env.step(0)
        assert over != truncated
        cut.append(truncated)
    assert any(cut)
    assert not all(cut)


@pytest.mark.parametrize("rule", [greedy, compass, min_sum])
def test_rules_of_thumb_reach_the_end_of_a_line(rule):
    env = GeometricRoutingEnv(LINE)
    env.reset(seed=0)
    total, over = 0.0, False
    while not over:
        _, reward, over, _, _ = env.step(rule(env, None, np.random.default_rng(0)))
        total += reward
    assert total == pytest.approx(-1.0)


def test_batches_do_what_single_ones_do():
    arguments = {"size": "tiny", "max_hops": 5, "illegal": "penalty"}
    envs = gymnasium.make_vec(NAME, num_envs=3, vectorization_mode="vector_entry_point", **arguments)
    assert isinstance(envs.unwrapped, GeometricRoutingVectorEnv)
    singles = [GeometricRoutingEnv(**arguments) for _ in range(3)]
    seen, infos = envs.reset(seed=7)
    for i, env in enumerate(singles):
        one, info = env.reset(seed=7 + i)
        assert (one["neighbours"] == seen["neighbours"][i]).all()
        assert (info["action_mask"] == infos["action_mask"][i]).all()
    waiting = [False] * 3
    for k in range(30):
        actions = [
            int(np.flatnonzero(mask)[k % mask.sum()]) if mask.any() else 0 for mask in infos["action_mask"]
        ]
        seen, rewards, over, cut, infos = envs.step(np.array(actions))
        for i, env in enumerate(singles):
            if waiting[i]:
                one, _ = env.reset()
                waiting[i] = False
                assert rewards[i] == 0.0
            else:
                one, reward, terminated, truncated, _ = env.step(actions[i])
                assert (reward, terminated, truncated) == (rewards[i], over[i], cut[i])
                waiting[i] = terminated or truncated
            assert (one["neighbours"] == seen["neighbours"][i]).all()


def test_episodes_keep_their_contract():
    check_episodes(routing_episodes(n_nodes=30, density=4.0, max_hops=8), seeds=(0, 1))
    for wrong in ({"n_nodes": 0}, {"density": -1.0}):
        with pytest.raises(UsageError, match="is none"):
            routing_episodes(**wrong).reset([0])


def test_pictures():
    text = GeometricRoutingEnv(LINE, render_mode="ansi")
    text.reset(seed=0)
    assert "route:" in text.render()
    picture = GeometricRoutingEnv(LINE, render_mode="rgb_array")
    picture.reset(seed=0)
    assert picture.render().shape == (600, 600, 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"networks": 5}, "is no network"),
        ({"networks": LINE, "size": "tiny"}, "for a family"),
        ({"max_hops": 0}, "max_hops 0 is out of range"),
        ({"networks": "barabasi_albert"}, "draws graphs, not networks"),
    ],
)
def test_arguments_that_do_not_fit(wrong, message):
    with pytest.raises(UsageError, match=message):
        GeometricRoutingEnv(**wrong)


def test_networks_of_no_use_are_an_error():
    env = GeometricRoutingEnv(linked_within(np.zeros((2, 2)), 1.0))
    with pytest.raises(UsageError, match="100 networks in a row were of no use"):
        env.reset(seed=0)
    assert GeometricRoutingEnv(LINE).reset(seed=0, options={"network": LINE})[1]["redraws"] >= 0
