"""Building environments: what is not checked of every id."""

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded

import coplug.envs  # noqa: F401 # registers
from coplug.envs.building.environment import BuildingEnv
from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.problems.function_grid import FunctionGrid
from coplug.problems.mis.dag import IndependentSetDag


def test_a_walk_on_the_grid_ends_with_its_reward():
    env = gymnasium.make("coplug/HyperGrid-v0").unwrapped
    _, info = env.reset(seed=0)
    assert info["action_mask"].tolist() == [1, 1, 1]
    for action in (0, 1, 0):
        observation, reward, terminated, truncated, _ = env.step(action)
        assert (reward, terminated, truncated) == (0.0, False, False)
    assert env.state.tolist() == [2, 1]
    assert np.flatnonzero(observation).tolist() == [2, 8 + 1]
    _, reward, terminated, _, info = env.step(2)
    assert terminated
    assert reward == pytest.approx(np.exp(env.dag.log_reward(np.array([[2, 1]]))[0]))
    assert not info["action_mask"].any()
    with pytest.raises(ResetNeeded):
        env.step(0)


def test_objectives_are_weighed_and_told():
    env = gymnasium.make("coplug/FunctionGrid-v0", side=4, weights=[0.25, 0.75]).unwrapped
    _, info = env.reset()
    assert info["objectives"].tolist() == [0.0, 0.0]
    for _ in range(3):
        env.step(0)
    with pytest.raises(InvalidAction, match="action 0 is not legal now; take one of the 1"):
        env.step(0)
    _, reward, _, _, info = env.step(2)
    expected = FunctionGrid(side=4).objectives(np.array([[3, 0]]))[0]
    assert info["objectives"].tolist() == expected.tolist()
    assert reward == pytest.approx(0.25 * expected[0] + 0.75 * expected[1])


def test_illegal_actions_may_cost():
    env = gymnasium.make("coplug/Bag-v0", illegal="penalty").unwrapped
    env.reset()
    _, reward, terminated, _, info = env.step(7)  # the bag is not full
    assert (reward, terminated, info["n_illegal"]) == (-1.0, False, 1)
    for _ in range(99):
        truncated = env.step(7)[3]
    assert truncated


def test_text():
    env = gymnasium.make("coplug/Bag-v0", render_mode="ansi").unwrapped
    env.reset()
    env.step(3)
    assert env.render() == "0 0 0 1 0 0 0"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: BuildingEnv(IndependentSetDag([Graph.of(2, [])])), "encodes states as graphs"),
        (lambda: BuildingEnv(FunctionGrid(), weights=[1.0]), r"weights \[1.0\] do not fit; give 2 finite"),
        (lambda: gymnasium.make("coplug/HyperGrid-v0", side=1), "take n_dimensions >= 1 and side >= 2"),
        (lambda: gymnasium.make("coplug/Bag-v0").reset(options={"x": 1}), "no option 'x'; it knows: none"),
    ],
)
def test_bad_arguments_are_named(make, message):
    with pytest.raises(UsageError, match=message):
        make()
