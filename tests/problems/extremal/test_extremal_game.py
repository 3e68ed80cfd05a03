"""The game against the environment's own arithmetic, pair by pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.inference.architectures.pairs import CHANNELS
from coplug.problems.extremal.game import ExtremalGame
from coplug.problems.extremal.graph import FlipGraph


def pair_number(i, j):
    i, j = min(i, j), max(i, j)
    return j * (j - 1) // 2 + i


@settings(max_examples=30, deadline=None)
@given(
    n=st.integers(3, 9),
    larger=st.integers(0, 3),
    lengths=st.sampled_from([(3,), (3, 4), (3, 4, 5)]),
    seed=st.integers(0, 2**32 - 1),
)
def test_steps_are_those_of_the_graph(n, larger, lengths, seed):
    rng = np.random.default_rng(seed)
    game = ExtremalGame(n + larger, 3, lengths, ban=2, slack=2, steps_per_node=2)
    graph = FlipGraph(Graph.of(n, []), lengths)
    states = game.states([graph.graph()])
    best, done = 0, []
    for step in range(2 * n):
        legal = game.legal(states)
        gains = {
            pair_number(i, j): gain for (i, j), gain in zip(graph.pairs.tolist(), graph.gains, strict=True)
        }
        free = {a: gain for a, gain in gains.items() if a not in done[-2:]}
        assert set(np.flatnonzero(legal[0])) == {a for a, g in free.items() if g >= max(free.values()) - 2}
        action = int(rng.choice(np.flatnonzero(legal[0])))
        before = states.copy()
        following = game.step(states, np.array([action]))
        np.testing.assert_array_equal(states, before)
        numbers = [pair_number(i, j) for i, j in graph.pairs.tolist()]
        graph.apply(numbers.index(action))
        done.append(action)
        assert following.rewards[0] == max(graph.score - best, 0)
        best = max(best, graph.score)
        assert following.terminal[0] == (step == 2 * n - 1)
        states = following.states
        np.testing.assert_array_equal(game.edges(states)[0].edges(), graph.graph().edges())


def test_a_picture_says_what_it_should():
    game = ExtremalGame(5, 3, ban=2, steps_per_node=2)
    states = game.states([Graph.of(4, [(0, 1), (1, 2), (2, 3)])])
    following = game.step(states, np.array([pair_number(0, 3)])).states  # closes a 4-cycle
    (picture,) = game.encode(following)
    named = dict(zip(CHANNELS, picture, strict=True))
    assert picture.shape == (len(CHANNELS), 4, 4)
    np.testing.assert_array_equal(picture, picture.transpose(0, 2, 1))
    np.testing.assert_array_equal(named["inside"], np.ones((4, 4)))
    np.testing.assert_array_equal(named["diagonal"], np.eye(4))
    cycle = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]])
    np.testing.assert_array_equal(named["edge"], cycle)
    np.testing.assert_array_equal(named["gain_0"], cycle)  # losing an edge breaks the cycle
    assert (named["gain"][0, 2], named["gain_minus_1"].sum(), named["gain_1"].sum()) == (-0.25, 4.0, 0.0)
    assert (named["banned"][0, 3], named["banned"].sum()) == (1.0, 2.0)
    np.testing.assert_array_equal(named["degree_sum"], np.full((4, 4), 2.0))
    np.testing.assert_array_equal(named["degree_difference"], np.zeros((4, 4)))
    assert named["gap"][0, 0] == 0.0
    assert named["steps_left"][0, 0] == pytest.approx(7 / 8)
    assert named["density"][0, 0] == 1.0


def test_sizes_side_by_side_are_padded_with_nothing():
    game = ExtremalGame(6, 3, steps_per_node=2)
    small, large = Graph.of(4, [(0, 1)]), Graph.of(6, [(0, 5), (2, 3)])
    both = game.encode(game.states([small, large]))
    np.testing.assert_array_equal(both[:1, :, :4, :4], game.encode(game.states([small])))
    assert not both[0, :, 4:].any()
    assert not game.legal(game.states([small, large]))[0, 6:].any()


def test_starts_are_empty_or_maximal_with_nodes_added():
    game = ExtremalGame(12, 8, padded=0.5)
    rng = np.random.default_rng(0)
    sizes = set()
    for _ in range(30):
        graphs = game.edges(game.initial_states(8, rng))
        sizes |= {graph.n_nodes for graph in graphs}
        for graph in graphs:
            if graph.n_edges:
                state = FlipGraph(graph)
                assert state.score == state.n_edges
                legal = (state.gains == 1) & (state.flips.sign == 1)
                isolated = graph.degrees[state.pairs[legal]].min(axis=1) == 0
                assert isolated.all()
                assert 1 <= (graph.degrees == 0).sum() <= 4
    assert sizes == set(range(8, 13))


@pytest.mark.parametrize(
    "arguments",
    [
        {"nodes": 1}, {"nodes": 5, "smallest": 6}, {"nodes": 5, "ban": -1}, {"nodes": 5, "slack": -1},
        {"nodes": 5, "steps_per_node": 0}, {"nodes": 5, "padded": 1.5}, {"nodes": 5, "lengths": (2,)},
    ],
)  # fmt: skip
def test_bad_arguments_are_named(arguments):
    with pytest.raises(UsageError, match="out of range"):
        ExtremalGame(**arguments)
