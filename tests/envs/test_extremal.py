import sys
import warnings

import gymnasium
import pytest
from gymnasium.error import DependencyNotInstalled, InvalidAction, ResetNeeded
from gymnasium.utils import env_checker

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.problems.extremal.graph import FlipGraph
from coplug.testing import check_env

NAME = "coplug/ExtremalGraph-v1"
COMPLETE = Graph.of(5, [(i, j) for i in range(5) for j in range(i)])
VARIANTS = [
    {},
    {"append": True},
    {"moves": "add"},
    {"n_nodes": 2, "moves": "add"},
    {"forbidden": (3,), "ban": 3, "n_nodes": 7},
    {"forbidden": (3, 4, 5), "n_nodes": 7},
    {"start": [COMPLETE, Graph.of(7, [(0, 1)])], "n_nodes": 7, "append": True, "target": 4},
]


def make(**arguments):
    return gymnasium.make(NAME, **arguments).unwrapped


@pytest.mark.parametrize("arguments", VARIANTS)
def test_both_checkers_find_nothing(arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env_checker.check_env(make(render_mode="ansi", **arguments))
    check_env(gymnasium.make(NAME, **arguments))


@pytest.mark.parametrize("arguments", VARIANTS)
def test_rewards_add_up_to_the_change_of_the_score(arguments):
    env = make(**arguments)
    for seed in range(3):
        _, info = env.reset(seed=seed)
        env.action_space.seed(seed)
        first, total, over = info["score"], 0.0, False
        while not over:
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            total += reward
            over = terminated or truncated
            assert info["score"] == info["n_edges"] - info["n_cycles"] == first + total
        assert observation["adjacency"].sum() == 2 * info["n_edges"]
        assert info["best_score"] >= info["score"]
        best = FlipGraph(env.best, env._graph.lengths)
        assert best.score == best.n_edges >= info["best_score"]


def test_gains_are_the_rewards_of_the_flips():
    env = make(n_nodes=7)
    observation, _ = env.reset(seed=0)
    env.action_space.seed(0)
    for _ in range(50):
        action = env.action_space.sample()
        i, j = env.pairs[action]
        expected = observation["gains"][i, j]
        observation, reward, *_ = env.step(action)
        assert reward == expected == -observation["gains"][i, j]


def test_forbidden_cycles_in_a_start_cost_and_are_not_refused():
    env = make(n_nodes=5, start=COMPLETE)
    _, info = env.reset(seed=0)
    assert (info["n_edges"], info["n_cycles"], info["score"]) == (10, 25, -15)
    assert FlipGraph(env.best).score == env.best.n_edges > 0


def test_starts_of_other_sizes_are_padded_or_named():
    env = make(n_nodes=7, start=COMPLETE)
    observation, _ = env.reset(seed=0)
    assert observation["adjacency"].shape == (7, 7)
    with pytest.raises(UsageError, match="a start has 5 nodes, more than 4"):
        make(n_nodes=4, start=COMPLETE)
    with pytest.raises(UsageError, match="a start has 5 nodes, more than 4"):
        make(n_nodes=4).reset(options={"graph": COMPLETE})
    _, info = make(n_nodes=5).reset(options={"graph": COMPLETE})
    assert info["n_edges"] == 10


def test_nodes_are_appended():
    env = make(n_nodes=4, append=True, start=Graph.of(2, [(0, 1)]))
    observation, info = env.reset(seed=0)
    assert info["action_mask"].tolist() == [1, 0, 0, 0, 0, 0, 1]
    for n, mask in ((3, [1, 1, 0, 1, 0, 0, 1]), (4, [1, 1, 1, 1, 1, 1, 0])):
        observation, reward, *_, info = env.step(6)
        assert (observation["n_nodes"], reward, info["action_mask"].tolist()) == (n, 0.0, mask)
    with pytest.raises(InvalidAction, match="action 6 is not legal now"):
        env.step(6)


def test_safe_moves_end_with_a_saturated_graph():
    env = make(n_nodes=8, moves="add")
    env.reset(seed=0)
    env.action_space.seed(1)
    terminated = False
    while not terminated:
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        assert (reward, truncated, info["n_cycles"]) == (1.0, False, 0)
    assert not info["action_mask"].any()


def test_nothing_legal_from_the_start():
    env = make(n_nodes=2, moves="add", start=Graph.of(2, [(0, 1)]))
    _, info = env.reset(seed=0)
    assert not info["action_mask"].any()
    _, reward, terminated, truncated, _ = env.step(0)
    assert (reward, terminated, truncated) == (0.0, True, False)


def test_flipped_pairs_are_banned():
    env = make(n_nodes=4, ban=2)
    env.reset(seed=0)
    masks = [env.step(action)[4]["action_mask"].tolist() for action in (0, 1, 2)]
    assert masks == [[0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1], [1, 0, 0, 1, 1, 1]]


def test_episodes_end_at_the_target_and_after_max_steps():
    env = make(n_nodes=5, target=2)
    env.reset(seed=0)
    assert env.step(0)[2:4] == (False, False)
    assert env.step(1)[2:4] == (True, False)
    with pytest.raises(ResetNeeded, match="call reset first"):
        env.step(0)
    env = make(n_nodes=5, max_steps=1)
    env.reset(seed=0)
    assert env.step(0)[2:4] == (False, True)


def test_several_environments_at_once():
    envs = gymnasium.make_vec(NAME, num_envs=2, vectorization_mode="sync", n_nodes=6)
    observation, info = envs.reset(seed=0)
    assert observation["gains"].shape == (2, 6, 6)
    assert info["action_mask"].shape == (2, 15)
    envs.close()


def test_text_and_picture():
    env = make(n_nodes=5, start=COMPLETE, render_mode="ansi")
    with pytest.raises(ResetNeeded):
        env.render()
    env.reset(seed=0)
    assert env.render().splitlines()[:2] == [
        "5 nodes, 10 edges, 25 forbidden cycles, score -15",
        "0: 1 2 3 4",
    ]
    env = make(n_nodes=5, start=COMPLETE, render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.shape == (600, 600, 3)
    assert (picture == [192, 57, 43]).all(axis=2).any()  # red
    with pytest.warns(UserWarning, match="needs a render mode"):
        assert make().render() is None


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    env = make(render_mode="rgb_array")
    env.reset(seed=1)
    with pytest.raises(DependencyNotInstalled, match=r"\[plot\]"):
        env.render()


def test_the_trajectory_of_a_seed_stays_what_it_is():
    env = make(n_nodes=6, start=[Graph.of(4, []), COMPLETE])
    env.reset(seed=3)
    rewards = [env.step(action)[1] for action in (0, 5, 1, 14, 0, 6, 7, 2)]
    assert rewards == [8.0, 5.0, 3.0, 1.0, -3.0, 4.0, 1.0, 1.0]


@pytest.mark.parametrize("action", [-1, 10, 1.0, "x", None])
def test_foreign_actions_are_refused(action):
    env = make(n_nodes=5)
    env.reset(seed=0)
    with pytest.raises(InvalidAction, match=r"take an integer in 0\.\.9"):
        env.step(action)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_nodes": 0}, "0 nodes have no pair"),
        ({"n_nodes": 1}, "1 nodes have no pair"),
        ({"moves": "x"}, "choose one of: flip, add"),
        ({"ban": -1}, "out of range"),
        ({"max_steps": 0}, "out of range"),
        ({"start": []}, "list of starts is empty"),
        ({"start": [3]}, "a start is a int"),
        ({"forbidden": (2,)}, "forbidden lengths"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(UsageError, match=message):
        make(**arguments)


def test_unknown_options_and_modes_are_named():
    with pytest.raises(UsageError, match="no option 'graf'; it knows: graph"):
        make().reset(options={"graf": 1})
    with pytest.raises(UsageError, match="choose one of: ansi, rgb_array"):
        type(make())(render_mode="x")
