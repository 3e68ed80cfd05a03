import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mis_helpers import best_set, graphs, random_graph

from coplug.graphs.graph import from_edges
from coplug.problems.mis.greedy import min_degree_greedy
from coplug.problems.mis.reduction_graph import DEGREE_TWO, DOMINATION, UNCONFINED
from coplug.problems.mis.reductions import reduce_graph
from coplug.problems.mis.verify import is_independent

RULES = [0, DEGREE_TWO, DOMINATION, UNCONFINED, DEGREE_TWO | DOMINATION | UNCONFINED]


@pytest.mark.parametrize("rules", RULES)
@settings(deadline=None)
@given(graph=graphs())
def test_each_rule_keeps_the_optimum_and_the_way_back(rules, graph):
    reduced = reduce_graph(graph, rules)
    inside = best_set(reduced.kernel)
    whole = reduced.expand(inside)
    assert reduced.exact
    assert reduced.finished
    assert is_independent(graph, whole)
    assert whole.sum() == inside.sum() + reduced.offset == best_set(graph).sum()


@pytest.mark.parametrize("rules", RULES)
def test_larger_graphs_fold_and_tidy_up(rules):
    for seed in range(20):
        graph = random_graph(24, 0.12, seed)
        reduced = reduce_graph(graph, rules)
        whole = reduced.expand(best_set(reduced.kernel))
        assert is_independent(graph, whole)
        assert whole.sum() == best_set(graph).sum()


@settings(deadline=None)
@given(graph=graphs(), data=st.data())
def test_any_set_of_the_kernel_expands_by_the_offset(graph, data):
    reduced = reduce_graph(graph, DEGREE_TWO)
    chosen = np.zeros(reduced.kernel.n_nodes, dtype=np.bool_)
    for node in data.draw(st.permutations(range(len(chosen)))):
        chosen[node] = not chosen[reduced.kernel.adjacent(node)].any()
    whole = reduced.expand(chosen)
    assert is_independent(graph, whole)
    assert whole.sum() == chosen.sum() + reduced.offset


@settings(deadline=None)
@given(graph=graphs(max_nodes=20))
def test_peeling_leaves_nothing_and_returns_an_independent_set(graph):
    reduced = reduce_graph(graph, peel=True)
    whole = reduced.expand(np.zeros(0, dtype=np.bool_))
    assert reduced.kernel.n_nodes == 0
    assert is_independent(graph, whole)
    assert whole.sum() == reduced.offset
    if reduced.exact:
        assert whole.sum() == best_set(graph).sum()


@pytest.mark.parametrize(
    ("edges", "n", "rules"),
    [
        ([(0, 1), (1, 2), (2, 3)], 4, 0),
        ([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], 5, DEGREE_TWO),
        ([(u, v) for v in range(6) for u in range(v)], 6, DOMINATION),
        ([(u, v) for v in range(6) for u in range(v)], 6, UNCONFINED),
    ],
)
def test_what_a_rule_solves_leaves_no_kernel(edges, n, rules):
    assert reduce_graph(from_edges(n, np.array(edges)), rules).kernel.n_nodes == 0


def test_a_reduction_that_is_stopped_is_right_with_what_is_left(monkeypatch):
    monkeypatch.setattr("coplug.problems.mis.reductions.WORK_A_CALL", 5)
    graph = random_graph(20, 0.15, 1)
    reduced = reduce_graph(graph, stop=lambda: True)
    assert not reduced.finished
    whole = reduced.expand(best_set(reduced.kernel))
    assert is_independent(graph, whole)
    assert whole.sum() == best_set(graph).sum()


def test_work_that_is_used_up_leaves_a_larger_kernel_but_the_same_optimum(monkeypatch):
    monkeypatch.setattr("coplug.problems.mis.reductions.WORK_AT_LEAST", 10)
    monkeypatch.setattr("coplug.problems.mis.reductions.WORK_AN_ENTRY", 0)
    for seed in range(10):
        graph = random_graph(20, 0.2, seed)
        reduced = reduce_graph(graph)
        assert reduced.offset + best_set(reduced.kernel).sum() == best_set(graph).sum()


@settings(deadline=None)
@given(graph=graphs(max_nodes=20))
def test_greedy_is_maximal(graph):
    chosen = min_degree_greedy(graph)
    assert is_independent(graph, chosen)
    covered = chosen.copy()
    for node in np.flatnonzero(chosen):
        covered[graph.adjacent(node)] = True
    assert covered.all()


def test_greedy_takes_a_node_of_least_degree_first():
    star = from_edges(5, np.array([(0, node) for node in range(1, 5)]))
    assert min_degree_greedy(star).tolist() == [False, True, True, True, True]
