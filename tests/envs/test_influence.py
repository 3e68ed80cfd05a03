"""Choosing seeds as an environment."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

import coplug  # noqa: F401 # registers the environments
from coplug.envs.influence.baselines import degree, greedy
from coplug.envs.influence.environment import InfluenceMaximizationEnv
from coplug.errors import UsageError
from coplug.graphs.graph import from_edges
from coplug.testing import check_env

NAME = "coplug/InfluenceMaximization-v0"
PATH = from_edges(5, [(0, 1), (1, 2), (3, 4)], edge_weights=[1.0, 1.0, 0.0], directed=True)


def path(**more):
    return InfluenceMaximizationEnv(PATH, probability="column", budget=2, worlds=8, **more)


def played(env, act, seed):
    observation, _ = env.reset(seed=seed)
    rng, total, over = np.random.default_rng(seed), 0.0, False
    while not over:
        observation, reward, over, _, info = env.step(act(env, observation, rng))
        total += reward
    assert total == pytest.approx(info["spread"])
    return total


def test_it_keeps_its_contract():
    check_env(NAME)


def test_rewards_are_what_seeds_add():
    env = path()
    observation, info = env.reset(seed=1)
    assert observation["arcs"].sum() == 2
    assert observation["arcs"][0, 1] == observation["arcs"][1, 2] == 1
    assert env.gains().tolist() == [3, 2, 1, 1, 1]
    observation, reward, over, _, info = env.step(1)
    assert (reward, over, info["left"]) == (2, False, 1)
    assert observation["reached"].tolist() == [0, 1, 1, 0, 0]
    assert env.gains().tolist() == [1, 0, 0, 1, 1]
    with pytest.raises(InvalidAction, match="node 1 cannot be added"):
        env.step(1)
    _, reward, over, _, info = env.step(0)
    assert (reward, over, info["spread"], env.seeds) == (1, True, 3, [1, 0])
    assert not info["action_mask"].any()
    with pytest.raises(ResetNeeded):
        env.step(2)


def test_illegal_actions_may_cost_a_reward():
    env = path(illegal="penalty")
    env.reset(seed=1)
    env.step(1)
    _, reward, over, _, info = env.step(1)
    assert (reward, over, info["n_illegal"], info["left"]) == (-1, False, 1, 1)


@pytest.mark.parametrize("diffusion", ["ic", "lt", "sis"])
def test_greedy_is_ahead_of_chance(diffusion):
    env = InfluenceMaximizationEnv(budget=3, worlds=32, diffusion=diffusion)

    def at_random(env, observation, rng):
        return int(rng.choice(np.flatnonzero(env.action_masks())))

    by_chance, by_degree, by_greed = (
        np.mean([played(env, act, seed) for seed in range(5)]) for act in (at_random, degree, greedy)
    )
    assert by_chance < by_degree <= by_greed + 1e-9 or diffusion == "sis"
    assert by_chance <= by_greed


def test_several_side_by_side_are_the_single_ones():
    envs = gymnasium.make_vec(NAME, num_envs=2, budget=2, worlds=8)
    observations, _ = envs.reset(seed=4)
    one = gymnasium.make(NAME, budget=2, worlds=8)
    for place, seed in enumerate((4, 5)):
        alone, _ = one.reset(seed=seed)
        assert all((observations[key][place] == alone[key]).all() for key in alone)
    envs.close()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"budget": 0}, "budget 0"),
        ({"worlds": 0}, "worlds 0"),
        ({"diffusion": "rumour"}, "diffusion 'rumour' is unknown; choose one of: ic, lt, sis"),
        ({"render_mode": "human"}, "render_mode"),
    ],
)
def test_wrong_arguments_are_one_line(wrong, message):
    with pytest.raises(UsageError, match=message):
        InfluenceMaximizationEnv(**wrong)
    with pytest.raises(UsageError, match="more than"):
        InfluenceMaximizationEnv(PATH, max_nodes=3).reset()
