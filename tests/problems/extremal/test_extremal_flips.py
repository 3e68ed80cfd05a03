"""The table of gains against brute force, and graphs in and out of it."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.operations import padded, without
from coplug.problems.extremal.climb import saturate
from coplug.problems.extremal.flips import edges, nodes_of
from coplug.problems.extremal.graph import FlipGraph

LENGTHS = [(3, 4), (3,), (4,), (3, 4, 5), (5,), (3, 6), (3, 4, 5, 6, 7, 8)]


def brute_score(graph, lengths):
    cycles = nx.simple_cycles(nx.Graph(graph.edges().tolist()), length_bound=max(lengths))
    return graph.n_edges - sum(len(cycle) in lengths for cycle in cycles)


@st.composite
def walks(draw):
    n = draw(st.integers(2, 8))
    actions = draw(st.lists(st.integers(0, n * (n - 1) // 2 - 1), max_size=25))
    return n, actions, draw(st.sampled_from(LENGTHS))


@settings(deadline=None, max_examples=40)
@given(walks())
def test_scores_and_gains_are_those_of_brute_force(walk):
    n, actions, lengths = walk
    state = FlipGraph(Graph.of(n, []), lengths)
    for action in actions:
        before, gain = state.score, state.gains[action]
        state.apply(action)
        assert state.score == before + gain
    assert state.score == brute_score(state.graph(), lengths)
    for action in range(state.n_actions):
        state.apply(action)
        after = brute_score(state.graph(), lengths)
        state.apply(action)
        assert state.gains[action] == after - state.score


def test_gains_agree_with_matrix_products_on_a_long_walk():
    n, rng = 40, np.random.default_rng(0)
    state = FlipGraph(Graph.of(n, []))
    for action in rng.integers(state.n_actions, size=1000):
        state.apply(int(action))
    a = state.graph().adjacency().astype(int)
    degree = a.sum(axis=1)
    paths = a @ a + a @ a @ a - a * (degree[:, None] + degree - 1)
    assert np.array_equal(((1 - 2 * a) * (1 - paths))[tuple(state.pairs.T)], state.gains)


@settings(deadline=None, max_examples=30)
@given(walks())
def test_loading_forgets_the_past(walk):
    n, actions, lengths = walk
    state, fresh = FlipGraph(Graph.of(n, []), lengths), FlipGraph(Graph.of(n, []), lengths)
    for action in actions:
        state.apply(action)
    fresh.load(state.graph())
    assert fresh.score == state.score
    assert np.array_equal(fresh.gains, state.gains)
    assert np.array_equal(edges(state.flips), state.graph().edges())


@settings(deadline=None, max_examples=40)
@given(walks())
def test_pruning_costs_no_more_edges_than_there_are_cycles(walk):
    n, actions, lengths = walk
    state = FlipGraph(Graph.of(n, []), lengths)
    for action in actions:
        state.apply(action)
    pruned = state.pruned()
    assert brute_score(pruned, lengths) == pruned.n_edges >= state.score
    assert set(map(tuple, pruned.edges().tolist())) <= set(map(tuple, state.graph().edges().tolist()))


def test_saturated_graphs_have_no_legal_pair():
    for seed in range(5):
        state = FlipGraph(Graph.of(30, []))
        assert saturate(state.flips, np.array([seed], np.uint64)) == state.n_edges == state.score
        assert not ((state.gains == 1) & ~state.state()).any()


@pytest.mark.parametrize("n", [2, 3, 7, 30])
def test_pairs_are_numbered_row_by_row(n):
    state = FlipGraph(Graph.of(n, []))
    assert [nodes_of(state.flips, pair) for pair in range(state.n_actions)] == list(map(tuple, state.pairs))


def test_nodes_are_deleted_and_added():
    path = Graph.of(4, [(1, 0), (1, 2), (2, 3), (2, 1)])
    assert path.n_edges == 3
    assert without(path, 0).edges().tolist() == [[0, 1], [1, 2]]
    assert without(path, 1).edges().tolist() == [[1, 2]]
    assert padded(path, 6).degrees.tolist() == [1, 2, 2, 1, 0, 0]


@pytest.mark.parametrize("n", [0, 1])
def test_graphs_without_pairs(n):
    state = FlipGraph(Graph.of(n, []))
    assert (state.n_actions, state.score, state.pruned().n_edges) == (0, 0, 0)


def test_bad_graphs_and_lengths_are_named():
    with pytest.raises(UsageError, match=r"\(0, 3\) is no edge of 3 nodes"):
        Graph.of(3, [(0, 3)])
    with pytest.raises(UsageError, match=r"\(1, 1\) is no edge"):
        Graph.of(3, [(1, 1)])
    with pytest.raises(UsageError, match="no -1 nodes"):
        Graph.of(-1, [])
    with pytest.raises(UsageError, match="has 4 nodes, not 3"):
        FlipGraph(Graph.of(3, [])).load(Graph.of(4, []))
    for lengths in [(), (2,), (3, 9)]:
        with pytest.raises(UsageError, match=r"take one or more of 3\.\.8"):
            FlipGraph(Graph.of(3, []), lengths)
    with pytest.raises(UsageError, match="too many to count on 100 nodes"):
        FlipGraph(Graph.of(100, []), (8,))
