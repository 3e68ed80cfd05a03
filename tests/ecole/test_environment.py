from __future__ import annotations

import gc
import subprocess
import sys

import numpy as np
import pytest

import coplug.ecole as ecole
from coplug.ecole.scip import ScipError
from tests.ecole.models import AUCTION, branchy_model, finish
from tests.scip.test_stepping import threads


@pytest.fixture
def environment():
    environment = ecole.environment.Branching()
    environment.seed(1)
    return environment


def test_an_episode_has_ecoles_five_parts(environment):
    observation, action_set, offset, done, information = environment.reset(branchy_model())
    assert isinstance(observation, ecole.observation.NodeBipartiteObs)
    assert (offset, done, information) == (0.0, False, {})
    finish_steps = finish(environment, action_set, done)
    assert finish_steps > 3
    assert environment.model.is_solved


def test_the_last_transition_has_no_observation_and_no_action_set(environment):
    transition = environment.reset(branchy_model())
    while not transition[3]:
        transition = environment.step(transition[1][0])
    assert transition == (None, None, 1.0, True, {})
    with pytest.raises(ecole.MarkovError, match="call reset"):
        environment.step(0)


def test_done_at_reset(environment):
    model = ecole.scip.Model.prob_basic("easy")
    view = model.as_pyscipopt()
    view.setObjective(view.addVar("x", vtype="I", lb=1), "minimize")
    assert environment.reset(model) == (None, None, 1.0, True, {})
    with pytest.raises(ecole.MarkovError):
        environment.step(0)


def test_a_step_before_the_first_reset(environment):
    with pytest.raises(ecole.MarkovError, match="call reset"):
        environment.step(0)


def test_the_instance_itself_is_left_alone(environment):
    model = branchy_model()
    environment.reset(model)
    assert environment.model != model
    assert model.stage == ecole.scip.Stage.Problem


def test_scip_params_are_set_and_can_be_changed():
    environment = ecole.environment.Branching(scip_params={"limits/nodes": 1})
    environment.reset(branchy_model())
    assert environment.model.get_param("limits/nodes") == 1
    environment.scip_params["limits/nodes"] = 2
    environment.reset(branchy_model())
    assert environment.model.get_param("limits/nodes") == 2


def test_same_seed_same_episodes():
    def rewards(seed):
        environment = ecole.environment.Branching(None, ecole.reward.LpIterations())
        environment.seed(seed)
        all_rewards = []
        for _ in range(2):
            _, action_set, reward, done, _ = environment.reset(branchy_model())
            all_rewards.append(reward)
            while not done:
                _, action_set, reward, done, _ = environment.step(action_set[0])
                all_rewards.append(reward)
        return all_rewards

    assert rewards(3) == rewards(3)
    assert rewards(3) != rewards(4)


def test_functions_can_be_nested_and_changed():
    environment = ecole.environment.Branching(
        observation_function={"graph": ecole.observation.NodeBipartite(), "n": (1, None)},
        reward_function=-ecole.reward.NNodes() + 1,
        information_function={"nodes": ecole.reward.NNodes().cumsum()},
    )
    observation, action_set, _, _, information = environment.reset(branchy_model())
    assert observation["n"] == [1, None]
    _, _, reward, _, information = environment.step(action_set[0])
    assert information["nodes"] >= 1 - reward
    environment.observation_function = ecole.observation.Pseudocosts()
    assert isinstance(environment.reset(branchy_model())[0], np.ndarray)


class Failing:
    """Fails at the n-th extraction."""

    def __init__(self, when):
        self.when, self.count = when, 0

    def before_reset(self, model):
        if self.when == "before_reset":
            raise KeyError("mine")

    def extract(self, model, done):
        self.count += 1
        if self.count == self.when:
            raise KeyError("mine")
        return 0.0


@pytest.mark.parametrize("where", ["observation_function", "reward_function", "information_function"])
@pytest.mark.parametrize("when", ["before_reset", 1, 2])
def test_an_exception_in_a_users_function_is_passed_on_and_a_reset_mends_all(where, when):
    environment = ecole.environment.Branching(**{where: Failing(when)})
    with pytest.raises(KeyError, match="mine"):  # noqa: PT012 # either call may fail
        _, action_set, *_ = environment.reset(branchy_model())
        environment.step(action_set[0])
    with pytest.raises(ecole.MarkovError):
        environment.step(0)
    setattr(environment, where, Failing(None))
    _, action_set, _, done, _ = environment.reset(branchy_model())
    assert finish(environment, action_set, done) > 0


def test_a_refused_action_ends_the_episode_and_a_reset_mends_all(environment):
    environment.reset(branchy_model())
    with pytest.raises(ValueError, match="not in the action set"):
        environment.step(10**6)
    with pytest.raises(ecole.MarkovError):
        environment.step(0)
    _, action_set, _, done, _ = environment.reset(branchy_model())
    assert finish(environment, action_set, done) > 0


@pytest.mark.parametrize("bad", ["/nowhere/x.lp", __file__])
def test_an_unreadable_instance_is_refused_and_a_reset_mends_all(environment, bad):
    environment.reset(branchy_model())
    with pytest.raises(ScipError):
        environment.reset(bad)
    with pytest.raises(ecole.MarkovError):
        environment.step(0)
    assert not environment.reset(AUCTION)[3]


def test_abandoned_episodes_leave_no_threads():
    for _ in range(3):
        environment = ecole.environment.Branching()
        environment.reset(branchy_model())
        environment.reset(branchy_model())
        assert len(threads()) == 1
        del environment
        gc.collect()
        assert threads() == []


ABANDONED = """
import coplug.ecole as ecole, os, signal
environments = [ecole.environment.Branching() for _ in range(3)]
for environment in environments:
    environment.scip_params = {{"presolving/maxrounds": 0, "separating/maxroundsroot": 0}}
    assert not environment.reset({instance!r})[3]
print("ready", flush=True)
{then}
"""


@pytest.mark.parametrize(
    ("then", "status"),
    [("", 0), ("os._exit(4)", 4), ("os.kill(os.getpid(), signal.SIGTERM)", -15), ("1 / 0", 1)],
)
def test_a_process_ends_at_once_in_mid_episode(then, status):
    script = ABANDONED.format(instance=str(AUCTION), then=then)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "ready\n"
    assert done.returncode == status


def test_memory_stays_flat_over_episodes(environment):
    """A short form of ``scripts/bench_ecole.py memory``."""
    environment.reward_function = ecole.reward.DualIntegral()
    resident = []
    for episode in range(40):
        _, action_set, _, done, _ = environment.reset(branchy_model())
        for _ in range(3):
            if not done:
                _, action_set, _, done, _ = environment.step(action_set[0])
        if episode >= 9:
            resident.append(resident_mb())
    assert resident[-1] < 1.1 * resident[0]


def resident_mb():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096 / 2**20
    except FileNotFoundError:
        pytest.skip("resident memory is read from /proc")


def test_configuring_and_primal_search_run_to_their_end():
    configuring = ecole.environment.Configuring(reward_function=ecole.reward.NNodes())
    observation, action_set, _, done, _ = configuring.reset(AUCTION)
    assert (observation, action_set, done) == (None, None, False)
    assert configuring.step({"branching/scorefac": 0.3})[3] is True

    search = ecole.environment.PrimalSearch(scip_params={"limits/nodes": 20}, trials_per_node=2, depth_freq=2)
    _, action_set, _, done, _ = search.reset(branchy_model())
    while not done:
        _, action_set, _, done, _ = search.step((action_set[:2], np.zeros(2)))
    assert search.model.is_solved
