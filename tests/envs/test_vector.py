import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from .samples import BRANCHING, CONFIGURING, IDS, PRIMAL_SEARCH, triangle

N_ENVS = 2

EVERY_ID = sorted(
    name
    for name, spec in gymnasium.registry.items()
    if name.startswith("coplug/") and "version" not in spec.kwargs
)


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


def legal_actions(envs):
    """Return random legal actions by the masks that each environment tells, however it is run."""
    space = envs.single_action_space
    is_dict = isinstance(space, gymnasium.spaces.Dict)
    if isinstance(space, gymnasium.spaces.Box) or (is_dict and "select" not in space.spaces):
        return envs.action_space.sample()
    masks = [mask.astype(np.int8) for mask in envs.call("action_masks")]
    if isinstance(space, gymnasium.spaces.Dict):
        return {
            "select": np.stack([space["select"].sample(mask=2 * mask) for mask in masks]),
            "values": np.stack([space["values"].sample() for _ in masks]),
        }
    return np.array([space.sample(mask=mask) for mask in masks])


def drive(name, kind, mode, steps):
    """Take random steps, over the ends of episodes; return how many these were."""
    vector_kwargs = {"autoreset_mode": mode} | ({"context": "spawn"} if kind == "async" else {})
    envs = gymnasium.make_vec(name, num_envs=N_ENVS, vectorization_mode=kind, vector_kwargs=vector_kwargs)
    try:
        envs.single_action_space.seed(0)
        envs.action_space.seed(0)
        observation, _ = envs.reset(seed=0)
        n_ends = 0
        for _ in range(steps):
            observation, _, terminated, truncated, _ = envs.step(legal_actions(envs))
            over = terminated | truncated
            n_ends += int(over.sum())
            if mode == AutoresetMode.DISABLED and over.any():
                observation, _ = envs.reset(options={"reset_mask": over})
            assert observation in envs.observation_space
        return n_ends
    finally:
        envs.close()


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("name", EVERY_ID)
def test_every_environment_is_reset_in_every_mode(name, mode):
    n_ends = drive(name, "sync", mode, steps=3 if name == CONFIGURING else 60)
    assert n_ends >= 2 or name in (BRANCHING, PRIMAL_SEARCH) or "Extremal" in name


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY_ID)
def test_every_environment_runs_in_processes_that_are_started_afresh(name):
    drive(name, "async", AutoresetMode.SAME_STEP, steps=3 if name == CONFIGURING else 25)
