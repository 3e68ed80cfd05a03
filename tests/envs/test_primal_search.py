import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

from coplug.errors import UsageError

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
    env.action_space["select"].mask = mask = np.arange(100, dtype=np.int8) % 2
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
    env = make(PRIMAL_SEARCH, max_variables=150)
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


@pytest.mark.parametrize("action", [None, 3, {}, {"select": np.ones(100, np.int8)}])
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
