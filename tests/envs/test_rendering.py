import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.error import DependencyNotInstalled, ResetNeeded

from coplug.envs.scip.picture import draw_solve
from coplug.scip.tree import TreeNode, tree_text
from coplug.scip.tree_picture import layout

from .samples import BRANCHING, CONFIGURING, IDS, PRIMAL_SEARCH, ROOT_IS_OPEN, make, play, triangle

PICTURED = sorted(
    name
    for name, spec in gymnasium.registry.items()
    if name.startswith("coplug/")
    and "version" not in spec.kwargs
    and "rgb_array" in gymnasium.envs.registration.load_env_creator(spec.entry_point).metadata["render_modes"]
)
"""The ids in their newest versions that have pictures."""


def chain(length):
    nodes = [TreeNode(1, None, 0, 5.0, "", "branched", "x1")]
    nodes += [TreeNode(k, k - 1, k - 1, 5.0, f"x{k - 1} <= 0") for k in range(2, length + 1)]
    return {node.number: node for node in nodes}


def test_the_text_shows_decisions_open_nodes_and_the_current_one():
    env = make(BRANCHING, render_mode="ansi")
    env.reset(seed=3)
    env.step(4)
    status, root, *below = env.render().splitlines()
    assert status.startswith("auctions: solving; 2 nodes, 1 open; primal bound -inf, dual bound ")
    assert root.startswith("1: depth 0, dual bound ")
    assert root.endswith("branched on x5")
    assert [line[:2] for line in below] == ["├─", "└─"]
    assert {line.split(")")[0][5:] for line in below} == {"(x5 <= 0", "(x5 >= 1"}
    assert {line.rpartition(", ")[2] for line in below} == {"current", "open"}


def test_the_text_of_a_whole_episode():
    env = make(BRANCHING, instance=triangle(), scip_params=ROOT_IS_OPEN, render_mode="ansi")
    play(env, steps=100)
    status, *tree = env.render().splitlines()
    assert status.startswith("triangle: optimal; ")
    assert status.endswith("primal bound 1, dual bound 1")
    assert tree[0].startswith("1: depth 0, dual bound 1.5, branched on x")


def test_primal_search_shows_scips_own_branching():
    env = make(PRIMAL_SEARCH, version=1, render_mode="ansi")
    env.reset(seed=3)
    env.step({"select": np.zeros(100, np.int8), "values": np.zeros(100)})
    _, root, *below = env.render().splitlines()
    assert root.startswith("1: depth 0, dual bound ")
    assert [line[:2] for line in below] == ["├─", "└─"]
    assert {line.rpartition(", ")[2] for line in below} == {"current", "open"}


def test_configuring_shows_the_status_and_the_parameters():
    env = make(CONFIGURING, instance=triangle(), render_mode="ansi")
    env.reset(seed=1)
    assert env.render() == "triangle: not solved yet"
    env.step(env.action_space.sample())
    status, *parameters = env.render().splitlines()
    assert status.startswith("triangle: optimal; ")
    assert len(parameters) == 5
    assert parameters[1].startswith("conflict/enable = ")


def test_a_long_tree_is_cut_with_a_count():
    lines = tree_text(chain(100), max_lines=10).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "... and 90 more nodes"
    assert "..." not in tree_text(chain(10), max_lines=10)


@pytest.mark.parametrize("name", IDS)
def test_pictures_are_rgb_arrays(name):
    env = make(name, render_mode="rgb_array")
    play(env, steps=5)
    picture = env.render()
    assert picture.shape == (600, 800, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 1


@pytest.mark.parametrize("name", PICTURED)
def test_every_frame_of_an_episode_has_one_shape(name):
    env = gymnasium.make(name, render_mode="rgb_array")
    env.reset(seed=0)
    env.action_space.seed(0)
    frames = [env.render()]
    for _ in range(2):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        frames.append(env.render())
        if terminated or truncated:
            break
    assert all(frame.dtype == np.uint8 and frame.shape == frames[0].shape for frame in frames)
    assert frames[0].shape[2] == 3
    assert (frames[0] != frames[-1]).any()
    assert min(frame.std() for frame in frames) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", PICTURED)
def test_films_are_recorded(name, tmp_path):
    pytest.importorskip("moviepy", reason="RecordVideo writes films with moviepy")
    env = gymnasium.wrappers.RecordVideo(gymnasium.make(name, render_mode="rgb_array"), str(tmp_path))
    env.reset(seed=0)
    for _ in range(5):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        if terminated or truncated:
            break
    env.close()
    (film,) = tmp_path.glob("*.mp4")
    assert film.stat().st_size > 1000


def test_the_picture_of_a_solve_follows_its_bounds():
    env = make(BRANCHING, instance=triangle(), scip_params=ROOT_IS_OPEN, render_mode="rgb_array")
    play(env, steps=100)
    points = env._history.until_now(env.model)
    assert [p.lp_iterations for p in points] == sorted(p.lp_iterations for p in points)
    assert points[-1][1:] == (1.0, 1.0)
    assert points[0].primal is None
    assert (np.diff([p.dual for p in points]) <= 0).all()


def test_deep_trees_are_laid_out_and_drawn():
    places = layout(chain(3000))
    assert len(places) == 3000
    assert places[3000] == (0.0, 2999.0)
    assert draw_solve(chain(3000), [], "deep").shape == (600, 800, 3)


def test_parents_stand_above_the_middle_of_their_children():
    nodes = chain(2) | {3: TreeNode(3, 1, 1, 5.0, "x1 >= 1", "open")}
    assert layout(nodes) == {1: (0.5, 0.0), 2: (0.0, 1.0), 3: (1.0, 1.0)}


def test_without_matplotlib_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    env = make(CONFIGURING, render_mode="rgb_array")
    env.reset(seed=1)
    with pytest.raises(DependencyNotInstalled, match=r"\[plot\]"):
        env.render()


def test_rendering_needs_an_episode_and_a_mode():
    with pytest.raises(ResetNeeded):
        make(BRANCHING, render_mode="ansi").render()
    env = make(BRANCHING)
    env.reset(seed=1)
    with pytest.warns(UserWarning, match="needs a render mode"):
        assert env.render() is None
