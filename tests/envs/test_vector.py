import gymnasium
import numpy as np
import pytest

from .samples import BRANCHING, CONFIGURING, IDS, PRIMAL_SEARCH, triangle

N_ENVS = 2


def random_actions(name, envs, info):
    single = envs.single_action_space
    if name == CONFIGURING:
        return envs.action_space.sample()
    if name == BRANCHING:
        return np.array([single.sample(mask=mask) for mask in info["action_mask"]])
    return {
        "select": np.stack([single["select"].sample(mask=2 * mask) for mask in info["action_mask"]]),
        "values": np.stack([single["values"].sample() for _ in range(N_ENVS)]),
    }


def run(name, steps, **arguments):
    """Return the rewards of some random steps, over several episodes."""
    envs = gymnasium.make_vec(name, num_envs=N_ENVS, **arguments)
    try:
        envs.single_action_space.seed(1)
        envs.action_space.seed(1)
        observation, info = envs.reset(seed=1)
        rewards = []
        for _ in range(steps):
            observation, reward, *_, info = envs.step(random_actions(name, envs, info))
            assert observation in envs.observation_space
            rewards.append(reward)
        return np.array(rewards)
    finally:
        envs.close()


@pytest.mark.parametrize("name", IDS)
def test_sync_and_async_vectors_give_the_same(name):
    sync = run(name, 20, vectorization_mode="sync")
    asynchronous = run(name, 20, vectorization_mode="async")
    assert np.array_equal(sync, asynchronous)
    assert sync.any()


def test_processes_may_be_started_afresh():
    arguments = {"vectorization_mode": "async", "vector_kwargs": {"context": "spawn"}}
    assert run(BRANCHING, 3, **arguments).shape == (3, N_ENVS)


def test_vectors_of_a_given_instance():
    assert run(PRIMAL_SEARCH, 3, vectorization_mode="sync", instance=triangle()).shape == (3, N_ENVS)
