from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from mis_helpers import graphs, heaviest_weight, random_graph, weighted, weighted_graphs

from coplug.graphs.graph import from_edges
from coplug.problems.mis.bounds import clique_cover_bound, weighted_clique_cover_bound
from coplug.problems.mis.greedy import heaviest_first_greedy
from coplug.problems.mis.verify import is_independent
from coplug.problems.mis.weighted import annealing, local_search
from coplug.problems.mis.weighted.rounds import Rounds

NO_LIMIT = 2**62


def whole(graph):
    return graph.weights_of_nodes().astype(np.int64)


def nobody(graph):
    return np.zeros(graph.n_nodes, dtype=np.uint8)


def is_maximal(graph, chosen):
    beside = np.zeros(graph.n_nodes, dtype=np.int64)
    np.add.at(beside, graph.neighbours, np.repeat(chosen, graph.degrees))
    return bool((chosen | (beside > 0)).all())


def check_search(graph, state):
    """See that everything the search keeps track of is so."""
    inside, weights = state.inside.astype(np.bool_), whole(graph)
    assert is_independent(graph, inside)
    assert state.counts[local_search.VALUE] == weights[inside].sum()
    assert state.counts[local_search.SIZE] == inside.sum()
    for node in range(graph.n_nodes):
        members = [other for other in graph.adjacent(node).tolist() if inside[other]]
        assert state.held[node] == weights[members].sum()
        assert state.tight[node] == len(members)
        assert len(members) != 1 or state.owner[node] == members[0]
        assert inside[node] or weights[node] <= state.held[node]
    best = state.best.astype(np.bool_)
    assert is_independent(graph, best)
    assert state.counts[local_search.BEST] == weights[best].sum()
    assert state.counts[local_search.N_QUEUED] == 0
    assert not state.is_queued.any()


@settings(deadline=None)
@given(graph=weighted_graphs(max_nodes=14))
def test_local_search_keeps_its_books(graph):
    if graph.n_nodes == 0:
        return
    state = local_search.start(graph, whole(graph), nobody(graph), 1)
    check_search(graph, state)
    for _ in range(5):
        local_search.run(state, NO_LIMIT, 3)
        check_search(graph, state)
    assert state.counts[local_search.BEST] <= heaviest_weight(graph)


def test_local_search_in_pieces_is_that_in_one():
    graph = weighted(random_graph(80, 0.1, 0), 0)
    states = [local_search.start(graph, whole(graph), nobody(graph), 7) for _ in range(2)]
    local_search.run(states[0], NO_LIMIT, 500)
    for _ in range(10):
        local_search.run(states[1], NO_LIMIT, 50)
    assert (states[0].inside == states[1].inside).all()
    assert (states[0].counts == states[1].counts).all()


def test_one_node_is_swapped_for_several_that_are_heavier_together_only():
    star = from_edges(4, np.array([(0, 1), (0, 2), (0, 3)]), node_weights=[10, 4, 4, 4])
    centre = np.array([1, 0, 0, 0], dtype=np.uint8)
    state = local_search.start(star, whole(star), centre, 0)
    assert state.inside.tolist() == [0, 1, 1, 1]
    lighter = replace(star, node_weights=np.array([13.0, 4, 4, 4]))
    assert local_search.start(lighter, whole(lighter), centre, 0).inside.tolist() == [1, 0, 0, 0]


def test_a_heavy_node_replaces_all_its_neighbours():
    star = from_edges(4, np.array([(0, 1), (0, 2), (0, 3)]), node_weights=[13, 4, 4, 4])
    leaves = np.array([0, 1, 1, 1], dtype=np.uint8)
    assert local_search.start(star, whole(star), leaves, 0).inside.tolist() == [1, 0, 0, 0]


@settings(deadline=None)
@given(graph=weighted_graphs(max_nodes=14))
def test_annealing_keeps_its_books(graph):
    if graph.n_nodes == 0:
        return
    weights = whole(graph)
    state = annealing.start(graph, weights, nobody(graph), 3)
    for temperature in (200.0, 20.0, 1.0):
        annealing.sweep(state, temperature, NO_LIMIT)
        inside = state.inside.astype(np.bool_)
        assert is_independent(graph, inside)
        for node in range(graph.n_nodes):
            members = [other for other in graph.adjacent(node).tolist() if inside[other]]
            own = annealing.MEMBER if inside[node] else weights[members].sum() - weights[node]
            assert state.loss[node] == own
    annealing.settle(state)
    assert (state.loss >= 0).all()
    assert is_maximal(graph, state.inside.astype(np.bool_))


def test_annealing_follows_boltzmann():
    # Two nodes of weight 1 and 2, adjacent: a change to the lighter one is taken with probability exp(-1 / T).
    pair = from_edges(2, np.array([(0, 1)]), node_weights=[1, 2])
    state = annealing.start(pair, whole(pair), np.array([0, 1], dtype=np.uint8), 5)
    heavier = 0
    for _ in range(20_000):
        annealing.sweep(state, 1.0, NO_LIMIT)
        heavier += int(state.inside[1])
    # From the heavier one it goes with e^-1 / 2 a draw, from the lighter one with 1 / 2; two draws are a sweep.
    assert heavier / 20_000 == pytest.approx(np.e / (1 + np.e), abs=0.015)


def test_annealing_stops_at_a_number_of_steps():
    graph = weighted(random_graph(50, 0.1, 0), 0)
    state = annealing.start(graph, whole(graph), nobody(graph), 3)
    annealing.sweep(state, 100.0, 7)
    assert state.counts[annealing.STEP] == 7


def test_of_two_sets_the_better_is_chosen_in_each_part():
    # Two edges apart; each set has the heavier end of one of them. A third edge, in which they agree.
    graph = from_edges(6, np.array([(0, 1), (2, 3), (4, 5)]), node_weights=[5, 3, 2, 9, 1, 1])
    best = np.array([1, 0, 1, 0, 1, 0], dtype=np.uint8)
    other = np.array([0, 1, 0, 1, 1, 0], dtype=np.uint8)
    gain = annealing.choose_parts(graph.ptr, graph.neighbours, whole(graph), best, other)
    assert gain == 7
    assert best.tolist() == [1, 0, 0, 1, 1, 0]


@settings(deadline=None)
@given(graph=weighted_graphs(max_nodes=14))
def test_the_better_parts_of_two_sets_are_a_set_no_lighter_than_either(graph):
    if graph.n_nodes == 0:
        return
    sets = [annealing.start(graph, whole(graph), nobody(graph), seed) for seed in (1, 2)]
    for state in sets:
        annealing.sweep(state, 1e6, NO_LIMIT)
    best, other = sets[0].inside.copy(), sets[1].inside
    gain = annealing.choose_parts(graph.ptr, graph.neighbours, whole(graph), best, other)
    weights = [graph.node_weights[found.astype(np.bool_)].sum() for found in (sets[0].inside, other, best)]
    assert weights[2] == weights[0] + gain
    assert weights[2] >= max(weights)
    assert is_independent(graph, best.astype(np.bool_))


def test_rounds_find_the_optimum_of_small_graphs():
    for seed in range(6):
        graph = weighted(random_graph(40, (0.1, 0.2, 0.4)[seed % 3], seed), seed)
        rounds = Rounds(graph, nobody(graph).astype(np.bool_), seed)
        best = heaviest_weight(graph)
        for _ in range(20):
            rounds.advance(NO_LIMIT, int(best))
        assert rounds.best == graph.node_weights[rounds.chosen].sum() == best
        assert is_independent(graph, rounds.chosen)


def test_rounds_end_at_a_number_of_steps_and_do_not_depend_on_anything_else():
    graph = weighted(random_graph(300, 0.03, 2), 2)
    found = []
    for _ in range(2):
        rounds = Rounds(graph, nobody(graph).astype(np.bool_), 4)
        while rounds.steps < 3000:
            rounds.advance(3000, NO_LIMIT)
        assert rounds.steps == 3000
        found.append(rounds.chosen)
    assert (found[0] == found[1]).all()


@settings(deadline=None)
@given(graph=weighted_graphs())
def test_bounds_and_greedy_enclose_the_optimum(graph):
    chosen, best = heaviest_first_greedy(graph), heaviest_weight(graph)
    assert is_independent(graph, chosen)
    assert is_maximal(graph, chosen)
    assert graph.node_weights[chosen].sum() <= best <= weighted_clique_cover_bound(graph)


@settings(deadline=None)
@given(graph=graphs())
def test_equal_weights_are_bounded_like_none(graph):
    best = heaviest_weight(graph)
    assert best <= clique_cover_bound(graph)
    assert best <= weighted_clique_cover_bound(graph)


def test_a_clique_is_bounded_by_its_heaviest_node():
    clique = from_edges(4, np.argwhere(np.triu(np.ones((4, 4)), 1)), node_weights=[3, 9, 1, 7])
    assert weighted_clique_cover_bound(clique) == 9
