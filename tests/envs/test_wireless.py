from functools import partial

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

from coplug.envs.wireless.power import PowerAllocationEnv
from coplug.envs.wireless.precoding import PrecodingEnv
from coplug.errors import UsageError


def returns(env, act, episodes=20):
    total = 0.0
    for seed in range(episodes):
        observation, _ = env.reset(seed=seed)
        over = False
        while not over:
            observation, reward, over, _, info = env.step(act(observation))
            assert np.isclose(info["sum_rate"], info["rates"].sum())
            total += reward
    return total / episodes


def test_a_reward_is_the_sum_of_rates_of_a_precoder_within_the_power():
    env = PrecodingEnv(2, 3, snr_db=10, steps=2)
    observation, _ = env.reset(seed=1)
    channel = observation[0] + 1j * observation[1]
    action = np.random.default_rng(0).standard_normal((2, 3, 2)).astype(np.float32) * 5
    precoder = action[0] + 1j * action[1]
    precoder /= np.linalg.norm(precoder)
    powers = np.abs(channel @ precoder) ** 2
    own = np.diag(powers)
    expected = np.log2(1 + own / (powers.sum(axis=1) - own + 0.1)).sum()
    _, reward, over, truncated, _ = env.step(action)
    assert np.isclose(reward, expected, rtol=1e-4)
    assert (over, truncated) == (False, False)
    assert env.step(0 * action)[1:3] == (0.0, True)


def test_baselines_are_in_the_order_that_they_should_be():
    env = PrecodingEnv()
    rng = np.random.default_rng(0)

    def reached(env):
        return [returns(env, partial(rule, env, rng=rng)) for rule in env.baselines.values()]

    rzf, wmmse = reached(env)
    assert 0 < returns(env, lambda observation: env.action_space.sample()) < rzf < wmmse
    for goal in ("least", "sum"):
        full, best = reached(PowerAllocationEnv(goal=goal))
        assert full < best


@pytest.mark.parametrize("name", ["Precoding-v0", "PowerAllocation-v0"])
def test_what_is_no_action_is_refused(name):
    env = gymnasium.make(f"coplug/{name}", disable_env_checker=True).unwrapped
    with pytest.raises(ResetNeeded):
        env.step(env.action_space.sample())
    env.reset(seed=0)
    for wrong in (np.nan * env.action_space.sample(), np.zeros(3), "nothing"):
        with pytest.raises(InvalidAction):
            env.step(wrong)
    env.step(100 * env.action_space.sample())


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (PrecodingEnv, {"n_users": 0}),
        (PrecodingEnv, {"snr_db": float("nan")}),
        (PrecodingEnv, {"steps": 0}),
        (PowerAllocationEnv, {"n_users": 21}),
        (PowerAllocationEnv, {"goal": "mean"}),
    ],
)
def test_arguments_out_of_range_are_one_line(kind, arguments):
    with pytest.raises(UsageError):
        kind(**arguments)
