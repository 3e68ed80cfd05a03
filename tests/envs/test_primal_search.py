from dataclasses import replace

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

from coplug.errors import UsageError
from coplug.evaluation.environments import evaluate_environment
from coplug.problems.milp.families.setcover import SetCover

from .samples import PRIMAL_SEARCH, ROOT_IS_OPEN, make, play, triangle


def proposal(env, selected=(), value=1.0):
    n = env.action_space["select"].n
    select = np.zeros(n, np.int8)
    select[list(selected)] = 1
    return {"select": select, "values": np.full(n, value)}


def test_by_default_every_variable_may_be_selected_at_every_root():
    env = make(PRIMAL_SEARCH)
    for seed in range(20):
        assert env.reset(seed=seed)[1]["action_mask"].all()


def test_samples_follow_the_mask():
    env = make(PRIMAL_SEARCH)
    env.reset(seed=5)
    env.action_space["select"].mask = mask = np.arange(200, dtype=np.int8) % 2
    samples = [env.action_space.sample()["select"] for _ in range(10)]
    assert not any((sample > mask).any() for sample in samples)
    assert sum(sample.sum() for sample in samples) > 100


@pytest.mark.parametrize("value", [1.0, 0.6])
def test_a_proposal_becomes_a_solution(value):
    env = make(PRIMAL_SEARCH, instance=triangle(), scip_params=ROOT_IS_OPEN, trials_per_node=2)
    env.reset(seed=0)
    assert env.model.primal_bound < -1e19
    env.step(proposal(env, [0], value))
    assert env.model.primal_bound == pytest.approx(1.0)


def test_an_empty_proposal_finds_nothing():
    env = make(PRIMAL_SEARCH, instance=triangle(), scip_params=ROOT_IS_OPEN, trials_per_node=2)
    env.reset(seed=0)
    env.step(proposal(env))
    assert env.model.primal_bound < -1e19


def test_selecting_an_illegal_variable_ends_the_episode():
    env = make(PRIMAL_SEARCH, instance=SetCover(20, 30, 0.4), max_variables=150, scip_params=ROOT_IS_OPEN)
    env.reset(seed=1)
    with pytest.raises(InvalidAction, match="variable 120 cannot be chosen now"):
        env.step(proposal(env, [0, 120]))
    with pytest.raises(ResetNeeded):
        env.step(proposal(env))
    env.reset(seed=1)
    env.step(proposal(env, [0]))


@pytest.mark.parametrize("value", [2.0, -1.0, np.nan])
def test_values_outside_the_range_are_invalid(value):
    env = make(PRIMAL_SEARCH)
    env.reset(seed=1)
    with pytest.raises(InvalidAction, match="the proposal is not in Dict"):
        env.step(proposal(env, [0], value))


@pytest.mark.parametrize("action", [None, 3, {}, {"select": np.ones(200, np.int8)}])
def test_what_is_no_proposal_is_an_invalid_action(action):
    env = make(PRIMAL_SEARCH)
    env.reset(seed=1)
    with pytest.raises(InvalidAction, match="is no proposal; give a dict of 'select' and 'values'"):
        env.step(action)


def test_the_range_of_values_is_the_callers():
    env = make(PRIMAL_SEARCH, value_range=(-2, 5))
    assert env.action_space["values"].low.min() == -2
    assert env.action_space["values"].high.max() == 5
    with pytest.raises(UsageError, match="is empty"):
        make(PRIMAL_SEARCH, value_range=(1, 1))


def test_no_trials_are_refused():
    with pytest.raises(UsageError, match="never asks for a proposal"):
        make(PRIMAL_SEARCH, trials_per_node=0)


def test_several_trials_stay_at_their_node():
    once = play(make(PRIMAL_SEARCH), steps=100)
    thrice = play(make(PRIMAL_SEARCH, trials_per_node=3), steps=3)
    assert not any(step[2] for step in thrice[1:3])
    assert len(once) > 1


def test_the_default_reward_is_the_gap_to_the_bound_at_the_root():
    instance = replace(triangle(), objective=np.array([1.1, 1.2, 1.3]))  # the LP has 1.8
    env = make(PRIMAL_SEARCH, instance=instance, scip_params=ROOT_IS_OPEN, trials_per_node=5)
    _, info = env.reset(seed=0)
    assert info["reward_offset"] == 0.0
    rewards = [env.step(proposal(env, chosen))[1] for chosen in ([], [0, 1], [0], [2])]
    assert rewards == [-1.0, -1.0, pytest.approx(-0.7 / 1.8), pytest.approx(-0.5 / 1.8)]
    terminated = False
    while not terminated:
        _, reward, terminated, _, _ = env.step(proposal(env))
        assert reward == (0.0 if terminated else pytest.approx(-0.5 / 1.8))


def test_what_is_proposed_decides_the_return():
    found = evaluate_environment("coplug/PrimalSearch-v2", seeds=range(3)).returns
    nothing, random, rounding = (np.array(found[name]) for name in ("no-proposal", "random", "lp-rounding"))
    assert (nothing <= random).all()
    assert (random < rounding - 3).all()
    assert nothing.min() == -50.0  # steps without any solution


def test_the_id_truncates_and_earlier_versions_stay_as_they_were():
    assert gymnasium.spec("coplug/PrimalSearch-v2").max_episode_steps == 50
    for name, counts in (("coplug/PrimalSearch-v0", ()), ("coplug/PrimalSearch-v1", (1,))):
        assert gymnasium.spec(name).max_episode_steps is None
        env = make(name)
        assert env.action_space["select"].n == 100
        assert env.observation_space["n_rows"].shape == counts
        transitions = play(env, steps=100)
        assert sum(step[1] for step in transitions[1:]) in (0.0, -2.0, -4.0)
    with pytest.raises(UsageError, match="version 3 is unknown; choose one of: 0, 1, 2"):
        make(PRIMAL_SEARCH, version=3)
