import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.error import InvalidAction

from coplug.errors import CoplugError, UsageError

from .samples import CONFIGURING, make, play, triangle


def test_one_step_sets_the_parameters_and_solves():
    env = make(CONFIGURING, instance=triangle(), reward="nodes")
    _, info = env.reset(seed=1)
    assert info["reward_offset"] == 0.0
    assert "action_mask" not in info
    action = {
        "branching/scorefac": np.array(0.25),
        "conflict/enable": 0,
        "nodeselection/childsel": 1,
        "presolving/maxrounds": 0,
        "separating/maxroundsroot": 1,
    }
    observation, reward, terminated, truncated, info = env.step(action)
    assert not observation.any()
    assert (terminated, truncated) == (True, False)
    assert reward == -info["n_nodes"]
    found = [env.model.get_param(name) for name in sorted(action)]
    assert found == [0.25, False, "u", 0, 5]


def test_lp_iterations_are_what_it_costs_and_nodes_in_version_0():
    for name, what in ((CONFIGURING, "lp-iterations"), ("coplug/Configuring-v0", "nodes")):
        default, named = play(make(name), seed=3), play(make(name, reward=what), seed=3)
        assert default[-1][1] == named[-1][1] < -1


def test_every_action_of_the_default_is_accepted():
    env = make(CONFIGURING, instance=triangle())
    for seed in range(20):
        play(env, seed=seed)


@pytest.mark.parametrize("action", [None, {}, 3, {"branching/scorefac": 0.5}])
def test_what_is_outside_the_space_is_an_invalid_action(action):
    env = make(CONFIGURING, instance=triangle())
    env.reset(seed=1)
    with pytest.raises(InvalidAction, match="is not in Dict"):
        env.step(action)


def test_parameters_of_each_kind():
    env = make(
        CONFIGURING,
        instance=triangle(),
        parameters={
            "limits/nodes": spaces.Discrete(3, start=5),
            "limits/gap": spaces.Box(0.0, 0.5, (1,)),
            "lp/presolving": spaces.Discrete(2),
            "lp/pricing": ["l", "s"],
        },
    )
    for seed in range(5):
        play(env, seed=seed)
        assert 5 <= env.model.get_param("limits/nodes") <= 7
        assert 0.0 <= env.model.get_param("limits/gap") <= 0.5
        assert env.model.get_param("lp/presolving") in (True, False)
        assert env.model.get_param("lp/pricing") in ("l", "s")


def test_a_wrong_parameter_is_refused_at_construction():
    with pytest.raises(CoplugError, match=r"branching/scorefak.*did you mean branching/scorefac"):
        make(CONFIGURING, parameters={"branching/scorefak": spaces.Box(0, 1, ())})
    with pytest.raises(CoplugError, match="branching/scorefac = 7"):
        make(CONFIGURING, parameters={"branching/scorefac": spaces.Box(0, 7, ())})
    with pytest.raises(CoplugError, match="lp/pricing"):
        make(CONFIGURING, parameters={"lp/pricing": ["l", "?"]})
    with pytest.raises(UsageError, match="does not say what lp/pricing may be"):
        make(CONFIGURING, parameters={"lp/pricing": "l"})
    with pytest.raises(UsageError, match="does not say what limits/gap may be"):
        make(CONFIGURING, parameters={"limits/gap": spaces.Box(0, 1, (2,))})
    with pytest.raises(UsageError, match="name at least one"):
        make(CONFIGURING, parameters={})


def test_a_node_limit_truncates():
    env = make(CONFIGURING, scip_params={"limits/nodes": 1, "heuristics/trivial/freq": -1})
    ends = [play(env, seed=seed)[-1] for seed in range(10)]
    limited = [end for end in ends if end[-1]["status"] == "nodelimit"]
    assert limited
    assert all(end[2:4] == (False, True) for end in limited)
