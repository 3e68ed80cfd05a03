import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mis_helpers import heaviest_weight, random_graph, weighted, weighted_graphs

from coplug.graphs.graph import from_edges
from coplug.problems.mis.reduction_graph import WORK_LIMIT
from coplug.problems.mis.verify import is_independent
from coplug.problems.mis.weighted import reductions
from coplug.problems.mis.weighted.reduction_rules import reduce_some, unconfined
from coplug.problems.mis.weighted.reduction_state import CHAINED, FOLDED, JOINED, SPARE, TAKEN, start
from coplug.problems.mis.weighted.reductions import reduce_graph


def kinds(reduced):
    """Return the kinds of the steps, first one first."""
    found, end = [], len(reduced.trail)
    while end:
        n_others, kind = reduced.trail[end - 2 : end].tolist()
        found.append(kind)
        end -= 3 + n_others
    return found[::-1]


def solved(edges, weights):
    """Reduce a graph that vanishes; return the kinds of the steps, and the set."""
    graph = from_edges(len(weights), np.array(edges).reshape(-1, 2), node_weights=weights)
    reduced = reduce_graph(graph)
    assert reduced.kernel.n_nodes == 0
    chosen = reduced.expand(np.zeros(0, dtype=np.bool_))
    assert is_independent(graph, chosen)
    assert graph.node_weights[chosen].sum() == reduced.offset == heaviest_weight(graph)
    return kinds(reduced), np.flatnonzero(chosen).tolist()


@settings(deadline=None, max_examples=300)
@given(graph=weighted_graphs())
def test_reductions_keep_the_optimum_and_the_way_back(graph):
    reduced = reduce_graph(graph)
    assert reduced.finished
    assert reduced.kernel.node_weights.min(initial=1) >= 1
    assert heaviest_weight(reduced.kernel) + reduced.offset == heaviest_weight(graph)


@settings(deadline=None)
@given(graph=weighted_graphs(max_nodes=16), data=st.data())
def test_any_set_of_the_kernel_expands_by_the_offset_at_least(graph, data):
    reduced = reduce_graph(graph)
    chosen = np.zeros(reduced.kernel.n_nodes, dtype=np.bool_)
    for node in data.draw(st.permutations(range(len(chosen)))):
        chosen[node] = not chosen[reduced.kernel.adjacent(node)].any()
    whole = reduced.expand(chosen)
    assert is_independent(graph, whole)
    assert graph.node_weights[whole].sum() >= reduced.kernel.node_weights[chosen].sum() + reduced.offset


@pytest.mark.parametrize("most", [2, 10, 200])
def test_larger_graphs_use_all_kinds_of_steps(most):
    seen = set()
    for seed in range(60):
        graph = weighted(random_graph(26, (0.08, 0.12, 0.2)[seed % 3], seed), seed, most)
        reduced = reduce_graph(graph)
        assert heaviest_weight(reduced.kernel) + reduced.offset == heaviest_weight(graph)
        seen.update(kinds(reduced))
    assert seen == {TAKEN, SPARE, FOLDED, JOINED, CHAINED}


def test_a_node_that_outweighs_its_neighbours_is_taken():
    assert solved([(0, 1), (0, 2), (0, 3), (1, 2), (2, 3), (1, 3)], [9, 3, 3, 3]) == ([TAKEN], [0])


def test_a_leaf_is_taken_unless_its_neighbour_turns_out_to_be_better():
    # Node 1 is worth 10 - 4, with which it outweighs node 2.
    assert solved([(0, 1), (1, 2)], [4, 10, 5]) == ([SPARE, TAKEN], [1])
    assert solved([(0, 1), (1, 2)], [4, 10, 7]) == ([SPARE, SPARE, TAKEN], [0, 2])


def test_the_neighbours_of_a_corner_of_a_clique_lose_its_weight():
    # The triangle 0, 1, 2 with a leaf each at 1 and 2, which are the heaviest: nodes 1 and 2 keep 2 and 4.
    steps, chosen = solved([(0, 1), (0, 2), (1, 2), (1, 3), (2, 4)], [6, 8, 10, 1, 1])
    assert SPARE in steps
    assert chosen == [2, 3]


def test_a_node_is_folded_with_neighbours_that_outweigh_it_together_only():
    # The cycle of 5 nodes: 0 against 1 and 4.
    assert solved([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], [6, 5, 1, 1, 5])[1] == [1, 4]
    steps, chosen = solved([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], [6, 5, 4, 4, 5])
    assert FOLDED in steps
    assert chosen in ([0, 2], [1, 4], [0, 3], [1, 3], [2, 4])


def test_a_chain_gives_its_light_end_the_neighbours_of_the_heavy_one():
    steps, chosen = solved([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)], [5, 8, 7, 7, 3])
    assert CHAINED in steps
    assert chosen == [1, 3]


def test_nodes_with_the_same_neighbours_are_joined():
    # The complete bipartite graph of 3 and 4 nodes.
    left, right = range(3), range(3, 7)
    assert solved([(u, v) for u in left for v in right], [5, 5, 5, 4, 4, 4, 4])[1] == [3, 4, 5, 6]
    assert solved([(u, v) for u in left for v in right], [5, 5, 7, 4, 4, 4, 4])[1] == [0, 1, 2]


def test_a_node_is_unconfined_where_exchanging_it_is_no_loss():
    # Node 0 weighs 3; node 1 beside it weighs 5 and is beside nodes 2 and 3 of weight 1 each.
    graph = from_edges(4, np.array([(0, 1), (1, 2), (1, 3)]), node_weights=[3, 5, 1, 1])
    state = start(graph.ptr, graph.neighbours, graph.node_weights.astype(np.int64))
    assert unconfined(state, 0)
    heavier = start(graph.ptr, graph.neighbours, np.array([4, 5, 1, 1]))
    assert not unconfined(heavier, 2)


@settings(deadline=None, max_examples=300)
@given(graph=weighted_graphs(max_nodes=10))
def test_unconfined_nodes_can_be_left_out(graph):
    state = start(graph.ptr, graph.neighbours, graph.node_weights.astype(np.int64))
    best = heaviest_weight(graph)
    for node in range(graph.n_nodes):
        if unconfined(state, node):
            lighter = graph.node_weights.copy()
            lighter[node] = 0
            without = from_edges(graph.n_nodes, graph.edges(), node_weights=lighter)
            assert heaviest_weight(without) == best


def test_reductions_go_on_where_they_stopped():
    graph = weighted(random_graph(300, 0.015, 0), 0)
    state = start(graph.ptr, graph.neighbours, graph.node_weights.astype(np.int64))
    state.graph.counts[WORK_LIMIT] = 2**62
    while not reduce_some(state, 50):
        pass
    whole = reduce_graph(graph)
    assert np.flatnonzero(state.graph.there).tolist() == list(whole.kernel.names)
    assert state.weight[state.graph.there.astype(bool)].tolist() == whole.kernel.node_weights.tolist()


def test_a_reduction_that_is_stopped_is_no_less_right(monkeypatch):
    monkeypatch.setattr(reductions, "WORK_A_CALL", 200)
    graph = weighted(random_graph(60, 0.1, 1), 1)
    reduced = reduce_graph(graph, stop=lambda: True)
    assert not reduced.finished
    assert heaviest_weight(reduced.kernel) + reduced.offset == heaviest_weight(graph)
