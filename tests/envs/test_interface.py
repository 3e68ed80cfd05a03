import subprocess
import sys
import warnings
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env, data_equivalence

from coplug.errors import CoplugError, UsageError

from .samples import BRANCHING, CONFIGURING, IDS, PRIMAL_SEARCH, ROOT_IS_OPEN, make, play, triangle


def test_three_environments_on_scip_are_registered():
    assert [BRANCHING, CONFIGURING, PRIMAL_SEARCH] == IDS


@pytest.mark.parametrize("name", IDS)
def test_gymnasiums_checker_finds_nothing(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = make(name)
        for _ in range(2):
            check_env(env)
        env.close()


@pytest.mark.parametrize("name", IDS)
def test_made_through_the_module_with_its_wrappers(name):
    env = gymnasium.make(f"coplug.envs:{name}")
    observation, _ = env.reset(seed=1)
    assert observation in env.observation_space
    env.close()


@pytest.mark.parametrize("name", IDS)
def test_equal_seeds_give_equal_episodes(name):
    env, other = make(name), make(name)
    play(other, seed=99)
    assert data_equivalence(play(env, seed=5), play(other, seed=5), exact=True)
    assert not data_equivalence(play(env, seed=5)[0][0], play(env, seed=6)[0][0])


@pytest.mark.parametrize("name", [BRANCHING, PRIMAL_SEARCH])
def test_permuting_is_seeded_too(name):
    instance = triangle()
    env = make(name, instance=instance, permute=True, scip_params=ROOT_IS_OPEN)
    assert data_equivalence(play(env, seed=5), play(env, seed=5), exact=True)
    assert env.model.get_param("randomization/permutevars")


def test_scip_params_win_over_seeds():
    env = make(BRANCHING, scip_params={"randomization/lpseed": 77})
    env.reset(seed=0)
    assert env.model.get_param("randomization/lpseed") == 77
    assert env.model.get_param("randomization/randomseedshift") != 0
    assert not env.model.get_param("randomization/permutevars")


@pytest.mark.parametrize("name", IDS)
def test_numpys_global_generator_is_left_alone(name):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    play(make(name), steps=2)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("name", IDS)
def test_a_step_needs_an_episode(name):
    env = make(name)
    action = env.action_space.sample()
    with pytest.raises(ResetNeeded, match="call reset first"):
        env.step(action)
    play(env, steps=10_000)
    with pytest.raises(ResetNeeded):
        env.step(action)
    env.reset()
    env.close()
    env.close()
    with pytest.raises(ResetNeeded):
        env.step(action)
    env.reset()
    env.close()


@pytest.mark.parametrize("name", IDS)
def test_the_end_tells_how_it_went(name):
    *_, terminated, truncated, info = play(make(name), steps=10_000)[-1]
    assert terminated is True
    assert truncated is False
    assert info["status"] == "optimal"
    assert info["primal_bound"] == pytest.approx(info["dual_bound"])
    assert info["n_nodes"] >= 1


@pytest.mark.parametrize("name", IDS)
def test_unknown_names_list_the_choices(name):
    kind = type(make(name))
    with pytest.raises(UsageError, match="observation 'x' is unknown; choose one of: "):
        make(name, observation="x")
    with pytest.raises(UsageError, match="reward 'x' is unknown; choose one of: nodes, lp-iterations, time"):
        make(name, reward="x")
    with pytest.raises(UsageError, match="render_mode 'x' is unknown; choose one of: ansi, rgb_array"):
        kind(render_mode="x")
    with pytest.raises(UsageError, match="has no space, before_reset, extract"):
        make(name, observation=3)
    with pytest.raises(UsageError, match="has no before_reset and extract"):
        make(name, reward=3)
    with pytest.raises(UsageError, match="no option 'seed'; it knows: instance"):
        make(name).reset(options={"seed": 1})
    with pytest.raises(CoplugError, match=r"limits/nodez.*did you mean.*limits/nodes"):
        make(name, scip_params={"limits/nodez": 1})


@pytest.mark.parametrize("name", IDS)
def test_memory_stays_flat_over_episodes(name):
    env = make(name, instance=triangle(), scip_params=ROOT_IS_OPEN)

    def resident_after(episodes: int) -> float:
        for seed in range(episodes):
            play(env, seed=seed, steps=2)
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096 / 2**20

    first = resident_after(50)
    assert resident_after(200) - first < 10.0


@pytest.mark.slow
@pytest.mark.parametrize("name", [*IDS, "coplug/IndependentSet-ER20-v0", "coplug/Extremal16-v0"])
def test_memory_of_the_default_instances_stays_flat(name):
    script = Path(__file__).parent.parent.parent / "scripts" / "check_environment_memory.py"
    done = subprocess.run([sys.executable, str(script), name], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
