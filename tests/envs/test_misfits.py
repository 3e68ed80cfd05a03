"""What does not fit an environment on SCIP: illegal actions, numbers that are none, instances and nodes too large."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

from coplug.envs.illegal import MAX_ILLEGAL
from coplug.errors import InstanceError
from coplug.problems.milp.families.setcover import SetCover

from .samples import BRANCHING, CONFIGURING, PRIMAL_SEARCH, ROOT_IS_OPEN, make, triangle, trivial

SMALL, LARGE = SetCover(10, 15, 0.4), SetCover(30, 60, 0.2)


def test_an_illegal_variable_costs_and_changes_nothing():
    env = make(BRANCHING, candidates="lp", illegal="penalty")
    observation, info = env.reset(seed=1)
    assert info["n_illegal"] == 0
    illegal, legal = int(info["action_mask"].argmin()), int(info["action_mask"].argmax())
    again, reward, terminated, truncated, after = env.step(illegal)
    assert (reward, terminated, truncated, after["n_illegal"]) == (-1.0, False, False, 1)
    assert all(np.array_equal(observation[name], again[name]) for name in observation)
    assert np.array_equal(info["action_mask"], after["action_mask"])
    penalised = env.step(legal)
    strict = make(BRANCHING, candidates="lp")
    strict.reset(seed=1)
    expected = strict.step(legal)
    assert penalised[1:4] == expected[1:4]
    assert np.array_equal(penalised[0]["variable_features"], expected[0]["variable_features"])
    with pytest.raises(InvalidAction, match="is no variable's position"):
        env.step(-1)


def test_too_many_illegal_variables_truncate():
    env = make(BRANCHING, candidates="lp", illegal="penalty")
    _, info = env.reset(seed=1)
    illegal = int(info["action_mask"].argmin())
    ends = [env.step(illegal)[2:4] for _ in range(MAX_ILLEGAL)]
    assert ends == [(False, False)] * (MAX_ILLEGAL - 1) + [(False, True)]
    with pytest.raises(ResetNeeded):
        env.step(int(info["action_mask"].argmax()))
    assert env.reset(seed=1)[1]["n_illegal"] == 0


def test_an_illegal_proposal_costs():
    env = make(PRIMAL_SEARCH, instance=SMALL, max_variables=20, illegal="penalty", scip_params=ROOT_IS_OPEN)
    _, info = env.reset(seed=0)
    assert not info["action_mask"][15:].any()
    select = np.zeros(20, np.int8)
    select[19] = 1
    _, reward, terminated, truncated, info = env.step({"select": select, "values": np.zeros(20)})
    assert (reward, terminated, truncated, info["n_illegal"]) == (-1.0, False, False, 1)


@pytest.mark.parametrize(
    ("name", "arguments", "action"),
    [
        (BRANCHING, {}, np.nan),
        (PRIMAL_SEARCH, {}, {"select": np.zeros(3, np.int8), "values": np.full(3, np.nan)}),
        (
            CONFIGURING,
            {"parameters": {"limits/gap": gymnasium.spaces.Box(0, 1, ())}},
            {"limits/gap": np.array(np.nan, np.float32)},
        ),
    ],
)
def test_nan_is_no_action(name, arguments, action):
    env = make(name, instance=triangle(), **arguments)
    if name != CONFIGURING:
        env = make(name, instance=triangle(), scip_params=ROOT_IS_OPEN)
    env.reset(seed=0)
    with pytest.raises(InvalidAction) as raised:
        env.step(action)
    assert "\n" not in str(raised.value)


def test_instances_too_large_are_drawn_again_and_counted():
    room = {"max_variables": 20, "max_rows": 200, "max_edges": 2000, "scip_params": ROOT_IS_OPEN}
    env = make(BRANCHING, instance=[SMALL, LARGE], **room)
    redraws = [env.reset(seed=seed)[1]["redraws"] for seed in range(12)]
    assert max(redraws) > 0
    assert env.model.solver.getNVars() <= 20
    with pytest.raises(
        InstanceError, match=r"101 instances in a row .* max_variables is 20; make the environment"
    ):
        make(BRANCHING, instance=LARGE, **room).reset(seed=0)


def test_instances_without_a_decision_for_ever_are_one_line():
    with pytest.raises(
        InstanceError, match="101 instances in a row were solved without a decision; give harder"
    ):
        make(BRANCHING, instance=[trivial(), trivial()]).reset(seed=0)


def test_a_node_too_large_truncates(monkeypatch):
    env = make(BRANCHING)
    env.reset(seed=0)
    monkeypatch.setattr(env._observation, "_limits", (100, 1, 3100))
    observation, _, terminated, truncated, info = env.step(int(env.action_masks().argmax()))
    assert (terminated, truncated) == (False, True)
    assert "rows at this node, but max_rows is 1" in info["too_large"]
    assert not any(part.any() for part in observation.values())
    assert not info["action_mask"].any()
    with pytest.raises(ResetNeeded):
        env.step(0)
