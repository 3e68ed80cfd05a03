import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mis_helpers import best_set, graphs, random_graph

from coplug.graphs.graph import from_edges
from coplug.graphs.operations import components
from coplug.problems.mis import local_search
from coplug.problems.mis.bounds import clique_cover_bound, edge_clique_cover
from coplug.problems.mis.residual import N_EDGES, N_LEFT, N_TRAIL, remove, remove_neighbours, residual, undo
from coplug.problems.mis.verify import is_independent

FAR = 10**9


def assert_consistent(graph, state):
    size = state.counts[local_search.SIZE]
    inside = state.place < size
    tight = np.array([inside[graph.adjacent(node)].sum() for node in range(graph.n_nodes)])
    assert (state.order[state.place] == np.arange(graph.n_nodes)).all()
    assert (state.tight == tight).all()
    assert state.counts[local_search.N_FREE] == (~inside & (tight == 0)).sum() == 0
    assert is_independent(graph, inside)
    best = local_search.best_set(state)
    assert is_independent(graph, best)
    assert best.sum() == state.counts[local_search.BEST] >= inside.sum()


@settings(deadline=None)
@given(graph=graphs(max_nodes=20).filter(lambda graph: graph.n_nodes > 0), seed=st.integers(0, 2**64 - 1))
def test_the_arrays_agree_after_any_number_of_steps(graph, seed):
    state = local_search.start(graph, np.zeros(graph.n_nodes, dtype=np.bool_), seed)
    for _ in range(5):
        assert_consistent(graph, state)
        local_search.run(state, FAR, 3, FAR)


def test_the_optimum_of_small_graphs_is_found():
    for seed in range(10):
        graph = random_graph(26, 0.25, seed)
        state = local_search.start(graph, np.zeros(26, dtype=np.bool_), seed)
        local_search.run(state, FAR, 500, FAR)
        assert state.counts[local_search.BEST] == best_set(graph).sum()


def test_steps_in_two_runs_give_what_one_run_gives():
    graph = random_graph(80, 0.1, 3)
    one, two = (local_search.start(graph, np.zeros(80, dtype=np.bool_), 7) for _ in range(2))
    local_search.run(one, FAR, 200, FAR)
    local_search.run(two, FAR, 80, FAR)
    local_search.run(two, FAR, 120, FAR)
    for name in ("order", "place", "tight", "owner", "best", "left_at", "random", "counts"):
        assert np.array_equal(getattr(one, name), getattr(two, name))


def test_the_target_ends_the_search():
    graph = random_graph(60, 0.2, 0)
    state = local_search.start(graph, np.zeros(60, dtype=np.bool_), 0)
    local_search.run(state, FAR, FAR, 3)
    assert state.counts[local_search.STEP] == 0


@settings(deadline=None)
@given(graph=graphs())
def test_no_set_is_larger_than_the_clique_cover(graph):
    assert clique_cover_bound(graph) >= best_set(graph).sum()


@settings(deadline=None)
@given(graph=graphs())
def test_edge_cliques_are_cliques_and_hold_every_edge(graph):
    edges = {tuple(edge) for edge in graph.edges().tolist()}
    held = {(u, v) for clique in edge_clique_cover(graph) for u in clique for v in clique if u < v}
    assert held == edges


@settings(deadline=None)
@given(graph=graphs().filter(lambda graph: graph.n_nodes > 0), data=st.data())
def test_removals_are_undone(graph, data):
    state = residual(graph)
    first = data.draw(st.integers(0, graph.n_nodes - 1))
    remove_neighbours(state, first)
    mark = int(state.counts[N_TRAIL])
    before = [array.copy() for array in (state.there, state.degree[state.there == 1], state.counts)]
    for node in data.draw(st.permutations(np.flatnonzero(state.there).tolist())):
        remove(state, node)
    assert state.counts[N_LEFT] == state.counts[N_EDGES] == 0
    undo(state, mark)
    after = (state.there, state.degree[state.there == 1], state.counts)
    assert all(np.array_equal(left, right) for left, right in zip(before, after, strict=True))
    assert state.degree[first] == 0
    undo(state, 0)
    assert (state.degree == graph.degrees).all()
    assert state.counts.tolist() == [graph.n_nodes, 0, graph.n_edges]


@pytest.mark.parametrize("n", [1, 5])
def test_a_graph_without_edges_is_a_set(n):
    graph = from_edges(n, np.empty((0, 2), dtype=np.int64))
    state = local_search.start(graph, np.zeros(n, dtype=np.bool_), 0)
    local_search.run(state, FAR, 10, FAR)
    assert local_search.best_set(state).all()
    assert len(components(graph)) == n
