"""The default ids with the tools that people have: Gymnasium's checker, wrappers and specs, and SB3's checker."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils import env_checker
from gymnasium.wrappers import FlattenObservation

import coplug.envs  # noqa: F401 # registers
from tests.conftest import ROOT

IDS = sorted(name for name in gymnasium.registry if name.startswith("coplug/"))
NEWEST = [name for name in IDS if "version" not in gymnasium.registry[name].kwargs]
UNMASKED = ("PrimalSearch", "Configuring", "Precoding", "PowerAllocation")
MASKED = [name for name in NEWEST if not name.removeprefix("coplug/").startswith(UNMASKED)]


@pytest.fixture(autouse=True)
def without_advice_to_upgrade():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is out of date.*", DeprecationWarning)
        yield


@pytest.mark.parametrize("name", NEWEST)
def test_gymnasiums_checker_finds_nothing(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env_checker.check_env(gymnasium.make(name).unwrapped, skip_render_check=True)


@pytest.mark.parametrize("name", IDS)
def test_observations_are_flattened(name):
    env = FlattenObservation(gymnasium.make(name))
    observation, info = env.reset(seed=0)
    assert observation in env.observation_space
    action = info["action_mask"].argmax() if name in MASKED else env.action_space.sample()
    assert env.step(action)[0] in env.observation_space
    env.close()


def test_counts_are_numbers_when_flattened_and_not_columns():
    sizes = {
        name: FlattenObservation(gymnasium.make(f"coplug/Branching-{name}")).observation_space.shape[0]
        for name in ("v0", "v1")
    }
    counts = (100, 63, 3100)  # SIZES of the default instances
    assert sizes["v0"] - sizes["v1"] == sum(n + 1 for n in counts) - 3


@pytest.mark.parametrize("name", IDS)
def test_specs_survive_json(name):
    spec = gymnasium.spec(name)
    again = EnvSpec.from_json(spec.to_json())
    assert again == spec
    env = gymnasium.make(again)
    made = EnvSpec.from_json(env.spec.to_json())
    other = gymnasium.make(made)
    assert env.observation_space == other.observation_space
    assert env.action_space == other.action_space


def test_settings_of_an_id_are_arguments_that_may_be_changed():
    assert gymnasium.make("coplug/IndependentSet-ER20-v0").action_space.n == 20
    assert gymnasium.make("coplug/Extremal16-v0", n_nodes=5).action_space.n == 10
    changed = gymnasium.make("coplug/IndependentSet-RB-tiny-v0", size="easy")
    assert changed.action_space.n == 300


SAME_SIZE = ("Knapsack", "Influence", "Routing")
"""Environments whose instances all have as many items, or nodes: nothing is padded, nothing counted."""


@pytest.mark.parametrize("name", IDS)
def test_versions_0_keep_their_counts_and_the_others_have_arrays(name):
    env = gymnasium.make(name)
    space = env.observation_space
    if not isinstance(space, gymnasium.spaces.Dict):
        return
    counts = {key: part for key, part in space.items() if key.startswith("n_") or key == "size"}
    if not counts and any(word in name for word in SAME_SIZE):
        return
    assert counts
    for part in counts.values():
        if gymnasium.registry[name].kwargs.get("version", 1):
            assert (part.shape, part.dtype) == ((1,), np.int64)
        else:
            assert part.shape == ()
            assert isinstance(part, gymnasium.spaces.Discrete) == ("Graph" not in name and "Set" not in name)


@pytest.mark.parametrize("name", NEWEST)
def test_stable_baselines_checker_accepts_it(name):
    checker = pytest.importorskip(
        "stable_baselines3.common.env_checker", reason="needs the extra sb3", exc_type=ImportError
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it advises against matrices and dictionaries of actions
        checker.check_env(gymnasium.make(name), skip_render_check=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", MASKED)
def test_maskable_ppo_takes_steps_on_flat_observations(name):
    sb3_contrib = pytest.importorskip("sb3_contrib", reason="needs the extra sb3", exc_type=ImportError)
    agent = sb3_contrib.MaskablePPO(
        "MultiInputPolicy", gymnasium.make(name), n_steps=32, batch_size=16, seed=0
    )
    agent.learn(64)


@pytest.mark.slow
@pytest.mark.timeout(3600)  # of a busy machine; training ends after ten minutes of CPU at the latest
@pytest.mark.parametrize("name", MASKED)
def test_maskable_ppo_learns(name, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    pytest.importorskip("sb3_contrib", reason="needs the extra sb3", exc_type=ImportError)
    import learn_with_sb3

    agent, seconds = learn_with_sb3.learn(name, steps=20_000, seed=0)
    row = learn_with_sb3.compared(name, agent, seconds, seed=0, episodes=30)
    print(row)
    assert row.learned > row.random
    assert row.z >= 3.0
