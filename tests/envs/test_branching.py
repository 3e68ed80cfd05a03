import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

from coplug.envs.scip.default import N_BIDS
from coplug.errors import UsageError

from .samples import BRANCHING, INSTANCES, ROOT_IS_OPEN, make, play, triangle

TINY = INSTANCES / "setcover-tiny-0001.lp"


def test_by_default_every_variable_is_legal_at_every_root():
    env = make(BRANCHING)
    for seed in range(40):
        _, info = env.reset(seed=seed)
        assert not info["solved_at_reset"]
        assert info["action_mask"].all()
        assert info["action_mask"].shape == (N_BIDS,)


def test_masks_agree_and_shrink_below_the_root():
    env = make(BRANCHING)
    for transition in play(env, steps=20):
        mask = transition[-1]["action_mask"]
        assert mask.dtype == np.int8
    assert np.array_equal(env.action_masks(), mask.astype(bool))
    assert env.action_masks().dtype == bool
    assert 0 < mask.sum() < N_BIDS
    assert all(mask[env.action_space.sample()] for _ in range(20))


def test_lp_candidates_are_those_with_fractional_values():
    env = make(BRANCHING, candidates="lp")
    observation, info = env.reset(seed=1)
    fraction = observation["variable_features"][:N_BIDS, 9]
    assert np.array_equal(info["action_mask"] == 1, fraction > 1e-6)
    assert 0 < info["action_mask"].sum() < N_BIDS


def test_unknown_candidates_are_refused():
    with pytest.raises(UsageError, match="choose 'pseudo' or 'lp'"):
        make(BRANCHING, candidates="all")


@pytest.mark.parametrize("action", [-1, N_BIDS, 1.0, "x", None, np.array([1]), np.float64(2)])
def test_what_is_no_position_is_an_invalid_action(action):
    env = make(BRANCHING)
    env.reset(seed=1)
    with pytest.raises(InvalidAction, match=r"take an integer in 0\.\.99"):
        env.step(action)


def test_an_invalid_action_ends_the_episode_and_a_reset_makes_another():
    env = make(BRANCHING, candidates="lp")
    _, info = env.reset(seed=1)
    illegal, legal = np.argmin(info["action_mask"]), np.argmax(info["action_mask"])
    with pytest.raises(InvalidAction, match=f"variable {illegal} cannot be chosen now"):
        env.step(illegal)
    with pytest.raises(ResetNeeded):
        env.step(legal)
    env.reset(seed=1)
    env.step(legal)


@pytest.mark.parametrize("kind", [int, np.int32, np.int64, np.array])
def test_actions_may_be_of_any_integer_type(kind):
    env = make(BRANCHING)
    env.reset(seed=1)
    env.step(kind(3))


def test_the_reward_counts_nodes():
    env = make(BRANCHING)
    (_, start), *steps = play(env, steps=10_000)
    assert start["reward_offset"] == -1.0
    total = start["reward_offset"] + sum(step[1] for step in steps)
    assert total == -steps[-1][-1]["n_nodes"]


def test_a_node_limit_truncates():
    env = make(BRANCHING, scip_params={"limits/nodes": 5})
    *_, terminated, truncated, info = play(env, steps=100)[-1]
    assert (terminated, truncated) == (False, True)
    assert info["status"] == "nodelimit"
    assert info["n_nodes"] == 5


def test_gymnasiums_time_limit_wrapper_works():
    env = gymnasium.make(BRANCHING, max_episode_steps=3)
    env.reset(seed=1)
    outcomes = [env.step(env.action_space.sample())[3] for _ in range(3)]
    assert outcomes == [False, False, True]


def test_the_optimum_is_found_whatever_the_agent_does():
    env = make(BRANCHING, instance=triangle(), scip_params=ROOT_IS_OPEN)
    for seed in range(5):
        assert play(env, seed=seed)[-1][-1]["primal_bound"] == pytest.approx(1.0)


def test_an_instance_that_does_not_fit_names_size_and_parameter():
    too_small = make(BRANCHING, instance=TINY, max_variables=3, max_rows=9, max_edges=9)
    with pytest.raises(
        UsageError, match=r"has \d+ variables, but max_variables is 3; .*max_variables=\d+ or more"
    ):
        too_small.reset(seed=0)
    too_small = make(BRANCHING, instance=TINY, max_rows=9)
    with pytest.raises(UsageError, match=r"has \d+ rows at this node, but max_rows is 9"):
        too_small.reset(seed=0)
    too_small = make(BRANCHING, instance=TINY, max_edges=9)
    with pytest.raises(UsageError, match=r"has \d+ edges at this node, but max_edges is 9"):
        too_small.reset(seed=0)
    with pytest.raises(UsageError, match="max_rows 0 leaves no room"):
        make(BRANCHING, max_rows=0)


def test_sizes_are_measured_by_the_rule():
    spaces = make(BRANCHING, instance=triangle()).observation_space
    assert spaces["variable_features"].shape == (3, 19)
    assert spaces["row_features"].shape == (2 * 3 + 100, 5)
    assert spaces["edge_values"].shape == (2 * 6 + 30 * 3,)


def test_cuts_fit_the_measured_sizes():
    env = make(BRANCHING, instance=TINY)
    for transition in play(env):
        assert transition[0] in env.observation_space
