import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled, InvalidAction, ResetNeeded
from gymnasium.utils import env_checker

from coplug.errors import InstanceError, UsageError
from coplug.graphs.families.hard_graphs import GreedyTrap, RbModel
from coplug.graphs.families.random_graphs import BarabasiAlbert
from coplug.graphs.graph import from_edges
from coplug.problems.mis.verify import is_independent
from coplug.testing import check_env

NAME = "coplug/IndependentSet-v1"
PATH = from_edges(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]]))
CYCLE = from_edges(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]]))
COMPLETE = from_edges(6, np.column_stack(np.triu_indices(6, 1)))
NOTHING = from_edges(0, np.zeros((0, 2), np.int64))
SPARSE = BarabasiAlbert(min_nodes=60, max_nodes=60).generate(np.random.RandomState(0))
VARIANTS = [  # Gymnasium's checker draws an action before a reset: with reductions, of the same graph
    {"size": "tiny"},
    {"size": "tiny", "reductions": "all"},
    {"size": "tiny", "observation": "graph"},
    {"graphs": SPARSE, "reductions": "degree-2", "observation": "graph"},
    {"graphs": [PATH, CYCLE, COMPLETE]},
    {"graphs": CYCLE, "reductions": "all"},
    {"graphs": NOTHING},
    {"graphs": GreedyTrap(min_set=10, max_set=12), "max_nodes": 40},
]


def make(**arguments):
    return gymnasium.make(NAME, **arguments).unwrapped


def play(env, seed):
    """Play an episode at random; return its rewards and last info."""
    _, info = env.reset(seed=seed)
    env.action_space.seed(seed)
    rewards, terminated, truncated = [], False, False
    while not terminated:
        _, reward, terminated, truncated, info = env.step(env.action_space.sample())
        rewards.append(reward)
        assert not truncated
    return rewards, info


@pytest.mark.parametrize("arguments", VARIANTS)
def test_both_checkers_find_nothing(arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env_checker.check_env(make(render_mode="ansi", **arguments))
    check_env(gymnasium.make(NAME, **arguments))


@pytest.mark.parametrize("arguments", VARIANTS)
def test_the_return_is_the_size_of_a_maximal_set(arguments):
    env = make(**arguments)
    for seed in range(3):
        rewards, info = play(env, seed)
        assert sum(rewards) == info["size"] == env.chosen.sum()
        assert info["n_left"] == 0
        assert is_independent(env.graph, env.chosen)
        if arguments.get("reductions", "none") == "none" and env.graph.n_nodes:
            assert set(rewards) == {1.0}


def test_a_step_takes_a_node_and_its_neighbours_leave():
    env = make(graphs=PATH)
    observation, info = env.reset(seed=0)
    assert observation["adjacency"].sum() == 8
    assert info == {"action_mask": pytest.approx([1] * 5), "size": 0, "n_left": 5, "redraws": 0}
    observation, reward, terminated, truncated, info = env.step(1)
    assert (reward, terminated, truncated) == (1.0, False, False)
    assert info["action_mask"].tolist() == observation["left"].tolist() == [0, 0, 0, 1, 1]
    expected = np.zeros((5, 5))
    expected[3, 4] = expected[4, 3] = 1
    assert np.array_equal(observation["adjacency"], expected)
    with pytest.raises(InvalidAction, match="node 2 is not left; take one of the 2"):
        env.step(2)
    _, reward, terminated, *_ = env.step(4)
    assert (reward, terminated) == (1.0, True)
    assert env.chosen.tolist() == [False, True, False, False, True]
    with pytest.raises(ResetNeeded, match="call reset first"):
        env.step(0)


def test_the_view_as_a_graph_has_numbers_and_degrees():
    env = make(graphs=PATH, observation="graph")
    env.reset(seed=0)
    seen, *_ = env.step(0)
    assert seen.nodes.tolist() == [[2, 1], [3, 2], [4, 1]]
    assert seen.edge_links.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    seen, *_ = env.step(3)
    assert seen.nodes.tolist() == [[0, 0]]
    assert len(seen.edge_links) == 0


@pytest.mark.parametrize(("graph", "size"), [(CYCLE, 2), (PATH, 3), (COMPLETE, 1), (NOTHING, 0)])
def test_graphs_that_the_reductions_solve_end_with_the_first_step(graph, size):
    env = make(graphs=graph, reductions="all")
    _, info = env.reset(seed=0)
    assert not info["action_mask"].any()
    assert not env.action_masks().any()
    assert info["size"] == size
    _, reward, terminated, truncated, info = env.step(0)
    assert (reward, terminated, truncated) == (float(size), True, False)
    assert env.chosen.sum() == size


def test_reductions_ask_for_fewer_decisions_and_lead_to_larger_sets():
    lengths, sizes = {}, {}
    for reductions in ("none", "degree-2", "all"):
        env = make(graphs=RbModel(**RbModel.sizes["tiny"]), reductions=reductions)
        played = [play(env, seed) for seed in range(40)]
        lengths[reductions] = np.mean([len(rewards) for rewards, _ in played])
        sizes[reductions] = np.mean([info["size"] for _, info in played])
    assert lengths["none"] > lengths["degree-2"] > lengths["all"]
    assert sizes["none"] < sizes["degree-2"] < sizes["all"]


def test_a_graph_for_one_episode():
    env = make(graphs=COMPLETE)
    _, info = env.reset(seed=0, options={"graph": PATH})
    assert info["action_mask"].tolist() == [1, 1, 1, 1, 1, 0]
    assert env.graph is PATH
    env.reset(seed=0)
    assert env.graph is COMPLETE
    with pytest.raises(UsageError, match="a graph has 6 nodes, more than 5; take larger max_nodes"):
        make(graphs=PATH).reset(options={"graph": COMPLETE})


def test_graph_files(tmp_path):
    (tmp_path / "path.edgelist").write_text("a b\nb c\n")
    env = make(graphs=tmp_path / "path.edgelist")
    _, info = env.reset(seed=0)
    assert info["action_mask"].tolist() == [1, 1, 1]
    env.reset(options={"graph": str(tmp_path / "path.edgelist")})
    with pytest.raises(InstanceError, match="missing"):
        make(graphs=tmp_path / "missing.edgelist")


def test_the_trajectory_of_a_seed_stays_what_it_is():
    rewards, info = play(make(size="tiny", reductions="degree-2"), 3)
    assert (rewards, info["size"]) == ([1.0, 2.0, 2.0, 3.0], 8)


def test_several_environments_at_once():
    envs = gymnasium.make_vec(NAME, num_envs=2, vectorization_mode="sync", size="tiny")
    observation, info = envs.reset(seed=0)
    assert observation["adjacency"].shape == (2, 60, 60)
    assert info["action_mask"].shape == (2, 60)
    envs.close()


def test_text_and_picture():
    env = make(graphs=PATH, render_mode="ansi")
    with pytest.raises(ResetNeeded):
        env.render()
    env.reset(seed=0)
    env.step(0)
    assert env.render().splitlines() == [
        "a set of 1 nodes; 3 of 5 nodes left",
        "2: 3",
        "3: 2 4",
        "4: 3",
    ]
    env = make(graphs=PATH, render_mode="rgb_array")
    env.reset(seed=0)
    blank = env.render()
    assert blank.shape == (600, 600, 3)
    assert not (blank == [192, 57, 43]).all(axis=2).any()  # red
    env.step(0)
    assert (env.render() == [192, 57, 43]).all(axis=2).any()
    with pytest.warns(UserWarning, match="needs a render mode"):
        assert make().render() is None


def test_long_texts_are_cut():
    env = make(graphs=from_edges(70, np.zeros((0, 2), np.int64)), render_mode="ansi")
    env.reset(seed=0)
    assert env.render().splitlines()[-2:] == ["59:", "... and 10 more nodes"]


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    env = make(graphs=PATH, render_mode="rgb_array")
    env.reset(seed=1)
    with pytest.raises(DependencyNotInstalled, match=r"\[plot\]"):
        env.render()


@pytest.mark.parametrize("action", [-1, 5, 1.0, "x", None])
def test_foreign_actions_are_refused(action):
    env = make(graphs=PATH)
    env.reset(seed=0)
    with pytest.raises(InvalidAction, match=r"take an integer in 0\.\.4"):
        env.step(action)


class Unsized:
    """A family that does not say how large its graphs are."""

    sizes = {}  # noqa: RUF012 # as families declare it

    def generate(self, rng):
        return PATH


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"graphs": "rubbish"}, "family 'rubbish' is unknown; choose one of"),
        ({"graphs": []}, "the list of graphs is empty"),
        ({"graphs": [3]}, "a graph is a int; give a"),
        ({"graphs": None}, "a graph is a NoneType; give a"),
        ({"graphs": PATH, "size": "tiny"}, "size 'tiny' is for a family given by its name"),
        ({"size": "huge"}, "huge"),
        ({"graphs": Unsized()}, "does not say how large its graphs are; give max_nodes"),
        ({"max_nodes": 0}, "max_nodes 0 is out of range"),
        ({"reductions": "x"}, "choose one of: none, degree-1, degree-2, domination, all"),
        ({"observation": "x"}, "choose one of: matrix, graph"),
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
    env = make(graphs=Unsized(), max_nodes=5)
    assert env.reset(seed=0)[1]["n_left"] == 5
