"""Batches of building environments, beside single ones that play the same."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.vector import AutoresetMode

import coplug.envs  # noqa: F401 # registers
from coplug.envs.building.environment import BuildingEnv
from coplug.envs.building.vector import BuildingVectorEnv
from coplug.errors import UsageError
from coplug.problems.hypergrid import HyperGrid

N = 4
VARIANTS = [
    ("HyperGrid-v0", {"n_dimensions": 3, "side": 4}),
    ("HyperGrid-v0", {"side": 3, "illegal": "penalty"}),
    ("FunctionGrid-v0", {"side": 4, "weights": [0.3, 1.7]}),
    ("Bag-v0", {"n_letters": 3, "size": 4, "repeats": 2}),
    ("BitSequence-v0", {"n_bits": 8, "word_bits": 2}),
    ("MultiObjectiveSets-v0", {"n_objectives": 3}),
]


def batch(name, **arguments):
    return gymnasium.make_vec(f"coplug/{name}", N, vectorization_mode="vector_entry_point", **arguments)


def actions_of(envs, rng, penalty):
    """Return random legal actions, and now and then any; 0 where none is waited for."""
    masks = envs.action_masks()
    legal = [rng.choice(np.flatnonzero(mask)) if mask.any() else 0 for mask in masks]
    return np.where(penalty & (rng.random(N) < 0.5), rng.integers(masks.shape[1], size=N), legal)


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize(("name", "arguments"), VARIANTS)
def test_each_environment_does_what_a_single_one_does(name, arguments, mode):
    envs, rng = batch(name, autoreset_mode=mode, **arguments), np.random.default_rng(3)
    singles = [gymnasium.make(f"coplug/{name}", **arguments).unwrapped for _ in range(N)]
    seen, info = envs.reset(seed=1)
    expected = [env.reset() for env in singles]
    over, n_ends = np.zeros(N, bool), 0
    for _ in range(60):
        same(seen, info, expected)
        if mode == AutoresetMode.DISABLED and over.any():
            with pytest.raises(ResetNeeded):
                envs.step(actions_of(envs, rng, False))
            seen, info = envs.reset(options={"reset_mask": over})
            expected = [singles[i].reset() if over[i] else expected[i] for i in range(N)]
            over[:] = False
            continue
        actions = actions_of(envs, rng, arguments.get("illegal") == "penalty")
        seen, rewards, terminated, truncated, info = envs.step(actions)
        for i in range(N):
            if over[i]:
                expected[i] = singles[i].reset()
                assert (rewards[i], terminated[i], truncated[i]) == (0.0, False, False)
                continue
            observation, *outcome, single_info = singles[i].step(actions[i])
            assert [rewards[i], terminated[i], truncated[i]] == outcome
            expected[i] = observation, single_info
        over = terminated | truncated
        n_ends += over.sum()
        if mode == AutoresetMode.SAME_STEP and over.any():
            ended = np.flatnonzero(over)
            same(info["final_obs"][ended], info["final_info"], [expected[i] for i in ended], ended)
            expected = [singles[i].reset() if over[i] else expected[i] for i in range(N)]
            over[:] = False
    assert n_ends >= N


def same(seen, info, expected, places=range(N)):
    for row, i, (observation, single_info) in zip(seen, places, expected, strict=True):
        assert np.array_equal(row, observation)
        for name, value in single_info.items():
            assert np.array_equal(info[name][i], value), name
            assert info["_" + name][i]


@pytest.mark.parametrize(("name", "arguments"), VARIANTS)
def test_batches_keep_the_interface_of_gymnasiums_vectors(name, arguments):
    envs = batch(name, **arguments)
    sync = gymnasium.make_vec(f"coplug/{name}", N, vectorization_mode="sync", **arguments)
    for space in ("single_observation_space", "observation_space", "single_action_space", "action_space"):
        assert getattr(envs, space) == getattr(sync, space)
    (seen, info), (_, their_info) = envs.reset(seed=0), sync.reset(seed=0)
    assert seen in envs.observation_space
    assert {key: value.dtype for key, value in info.items()} == {
        key: value.dtype for key, value in their_info.items()
    }
    for _ in range(20):
        seen, rewards, *_ = envs.step(envs.action_space.sample())
        assert seen in envs.observation_space
        assert rewards.dtype == np.float64


def test_illegal_actions_are_named_and_change_nothing_and_limits_truncate():
    envs = batch("HyperGrid-v0", side=3, max_episode_steps=3)
    envs.reset(seed=0)
    before, *_ = envs.step(np.zeros(N, int))
    envs.step(np.zeros(N, int))
    with pytest.raises(InvalidAction, match="action 0 of environment 1 is not legal now; take one of the 2"):
        envs.step([1, 0, 1, 1])
    assert before[0].tolist() == [0, 1, 0, 1, 0, 0]
    seen, _, terminated, truncated, info = envs.step([1, 1, 2, 1])
    assert terminated.tolist() == [False, False, True, False]
    assert truncated.all()
    assert not info["action_mask"].any()
    assert seen[2].tolist() == [0, 0, 1, 1, 0, 0]


def test_bad_arguments_are_named():
    with pytest.raises(UsageError, match="take n_dimensions >= 1"):
        batch("HyperGrid-v0", side=1)
    with pytest.raises(UsageError, match="no option 'graph'; it knows: reset_mask"):
        batch("Bag-v0").reset(options={"graph": 1})

    class Many(HyperGrid):
        def sources(self, n, rng):
            return self.initial(n)

    class ManyEnv(BuildingEnv):
        def __init__(self):
            super().__init__(Many())

    with pytest.raises(UsageError, match="a batch draws no problems of Many"):
        type("ManyVectorEnv", (BuildingVectorEnv,), {"single": ManyEnv})()
