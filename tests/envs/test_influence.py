"""Choosing seeds as an environment."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.vector import AutoresetMode

import coplug  # noqa: F401 # registers the environments
from coplug.envs.influence.baselines import degree, greedy
from coplug.envs.influence.environment import InfluenceMaximizationEnv
from coplug.envs.influence.vector import InfluenceMaximizationVectorEnv
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
    env = InfluenceMaximizationEnv(size="tiny", budget=3, worlds=32, diffusion=diffusion)

    def at_random(env, observation, rng):
        return int(rng.choice(np.flatnonzero(env.action_masks())))

    by_chance, by_degree, by_greed = (
        np.mean([played(env, act, seed) for seed in range(5)]) for act in (at_random, degree, greedy)
    )
    assert by_chance < by_degree <= by_greed + 1e-9 or diffusion == "sis"
    assert by_chance <= by_greed


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("illegal", ["error", "penalty"])
def test_many_do_what_single_ones_do(mode, illegal):
    arguments = {"size": "tiny", "budget": 2, "worlds": 8, "illegal": illegal}
    envs = gymnasium.make_vec(NAME, num_envs=3, **arguments, autoreset_mode=mode)
    assert isinstance(envs.unwrapped, InfluenceMaximizationVectorEnv)
    singles = [InfluenceMaximizationEnv(**arguments) for _ in range(3)]
    seen, infos = envs.reset(seed=4)
    alone = [env.reset(seed=4 + i) for i, env in enumerate(singles)]
    rng, over = np.random.default_rng(0), np.zeros(3, np.bool_)
    for step in range(7):
        for i, (observation, info) in enumerate(alone):
            assert all((seen[key][i] == observation[key]).all() for key in observation)
            assert (infos["action_mask"][i] == info["action_mask"]).all()
            assert infos["spread"][i] == info["spread"]
        if mode is AutoresetMode.DISABLED and over.any():
            seen, infos = envs.reset(options={"reset_mask": over})
            alone = [
                env.reset() if done else pair for env, pair, done in zip(singles, alone, over, strict=True)
            ]
            over[:] = False
            continue
        legal = [np.flatnonzero(mask) if mask.any() else [0] for mask in infos["action_mask"]]
        actions = np.array([rng.choice(some) for some in legal])
        if illegal == "penalty" and step == 1:
            actions = np.array([int(mask.argmin()) for mask in infos["action_mask"]])
        seen, rewards, ended, _, infos = envs.step(actions)
        for i, env in enumerate(singles):
            if over[i]:
                alone[i] = env.reset()
                assert (rewards[i], ended[i]) == (0, False)
                continue
            observation, reward, done, _, info = env.step(actions[i])
            assert (rewards[i], ended[i]) == (reward, done)
            alone[i] = observation, info
            if done and mode is AutoresetMode.SAME_STEP:
                last = infos["final_obs"][i]
                assert all((last[key] == observation[key]).all() for key in observation)
                assert infos["final_info"]["spread"][i] == info["spread"]
                alone[i] = env.reset()
        over = np.zeros(3, np.bool_) if mode is AutoresetMode.SAME_STEP else ended.copy()
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


def test_a_file_will_do(tmp_path):
    (tmp_path / "path.edgelist").write_text("0 1\n1 2\n")
    env = InfluenceMaximizationEnv(str(tmp_path / "path.edgelist"), budget=1, worlds=4)
    env.reset(seed=1)
    assert env.graph.n_nodes == 3
