import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mis_helpers import best_set, graphs, random_graph

from coplug.graphs.graph import from_edges
from coplug.problems.mis.construction import Construction
from coplug.problems.mis.reduction_graph import DEGREE_TWO, DOMINATION
from coplug.problems.mis.reduction_kernels import ALL_RULES
from coplug.problems.mis.reductions import reduce_graph
from coplug.problems.mis.verify import is_independent

RULES = (None, 0, DEGREE_TWO, DEGREE_TWO | DOMINATION, ALL_RULES)


def finished(construction, rng):
    """Take random nodes of each graph until nothing is left; return how much each set has grown, step by step."""
    grown = []
    while construction.n_left.any():
        left = construction.left()
        waiting = np.flatnonzero(left.nodes.lengths)
        nodes = [construction.ptr[i] + rng.choice(left.nodes[i]) for i in waiting.tolist()]
        grown.append(construction.take(np.array(nodes, np.int64)))
    return np.array(grown).reshape(-1, len(construction.sizes))


def maximal(graph, chosen):
    """Tell whether every node is in the set or beside it."""
    beside = np.zeros(graph.n_nodes, dtype=bool)
    beside[graph.edges()[chosen[graph.edges()[:, 0]], 1]] = True
    beside[graph.edges()[chosen[graph.edges()[:, 1]], 0]] = True
    return bool((chosen | beside).all())


@given(parts=st.lists(graphs(), min_size=1, max_size=4), seed=st.integers(0, 9), rules=st.sampled_from(RULES))
@settings(deadline=None)
def test_sets_are_independent_maximal_and_of_the_size_that_was_counted(parts, seed, rules):
    construction = Construction(parts, rules)
    start = construction.sizes.copy()
    grown = finished(construction, np.random.default_rng(seed))
    assert np.array_equal(construction.sizes, start + grown.sum(axis=0))
    for graph, chosen, size in zip(
        parts, np.split(construction.chosen(), construction.ptr[1:-1]), construction.sizes, strict=True
    ):
        assert is_independent(graph, chosen)
        assert maximal(graph, chosen)
        assert chosen.sum() == size


@given(parts=st.lists(graphs(), min_size=2, max_size=4), seed=st.integers(0, 9), rules=st.sampled_from(RULES))
@settings(deadline=None)
def test_a_graph_does_not_notice_the_others(parts, seed, rules):
    together, alone = Construction(parts, rules), [Construction([graph], rules) for graph in parts]
    rng = np.random.default_rng(seed)
    while together.n_left.any():
        left, nodes = together.left(), []
        for i, one in enumerate(alone):
            mine = one.left()
            assert np.array_equal(left.nodes[i], mine.nodes.values)
            assert np.array_equal(left.degrees[left.nodes.ptr[i] : left.nodes.ptr[i + 1]], mine.degrees)
            assert np.array_equal(left.edges[i] - left.nodes.ptr[i], mine.edges.values)
            if len(mine.nodes.values):
                node = rng.choice(mine.nodes.values)
                one.take(np.array([node]))
                nodes.append(together.ptr[i] + node)
        together.take(np.array(nodes))
    assert np.array_equal(together.chosen(), np.concatenate([one.chosen() for one in alone]))


@given(graph=graphs(), rules=st.sampled_from(RULES[1:]))
@settings(deadline=None)
def test_it_begins_with_the_kernel_of_the_reductions(graph, rules):
    construction, reduced = Construction([graph], rules), reduce_graph(graph, rules)
    left = construction.left()
    assert left.nodes.values.tolist() == list(reduced.kernel.names)
    assert construction.sizes.tolist() == [reduced.offset]
    assert np.array_equal(left.degrees, reduced.kernel.degrees)


@given(graph=graphs())
@settings(deadline=None)
def test_a_maximum_set_stays_in_reach_without_reductions(graph):
    construction, best = Construction([graph]), best_set(graph)
    for node in np.flatnonzero(best):
        assert node in construction.left().nodes.values
        assert construction.take(np.array([node])).tolist() == [1]
    assert construction.sizes.tolist() == [best.sum()]
    assert construction.n_left.tolist() == [0]


def test_what_is_left_of_a_path():
    path = from_edges(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]]))
    construction = Construction([path, path])
    assert construction.take(np.array([0, 5 + 4])).tolist() == [1, 1]
    left = construction.left()
    assert [part.tolist() for part in left.nodes] == [[2, 3, 4], [0, 1, 2]]
    assert left.degrees.tolist() == [1, 2, 1, 1, 2, 1]
    assert left.edges.values.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1], [3, 4], [4, 3], [4, 5], [5, 4]]
    assert left.edges.ptr.tolist() == [0, 4, 8]
    second = construction.left(np.array([1]))
    assert second.nodes.values.tolist() == [0, 1, 2]
    assert second.edges.values.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]


@pytest.mark.parametrize("rules", RULES[2:])
def test_reductions_solve_a_cycle_at_once(rules):
    cycle = from_edges(7, np.array([[i, (i + 1) % 7] for i in range(7)]))
    construction = Construction([cycle], rules)
    assert construction.sizes.tolist() == [3]
    assert construction.n_left.tolist() == [0]
    assert is_independent(cycle, construction.chosen())
    assert construction.chosen().sum() == 3


def test_a_set_is_independent_at_all_times_also_with_folded_nodes():
    graph = random_graph(60, 0.08, 3)
    construction, rng = Construction([graph], DEGREE_TWO), np.random.default_rng(0)
    while construction.n_left[0]:
        chosen = construction.chosen()
        assert is_independent(graph, chosen)
        assert chosen.sum() == construction.sizes[0]
        construction.take(rng.choice(construction.left().nodes.values, 1))


def test_an_empty_graph_has_an_empty_set():
    construction = Construction([from_edges(0, np.zeros((0, 2), np.int64))])
    assert construction.left().nodes.values.tolist() == []
    assert construction.chosen().tolist() == []
