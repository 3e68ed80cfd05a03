import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mis_helpers import best_set, graphs, heaviest_weight, random_graph, weighted, weighted_graphs

from coplug.errors import InstanceError, UsageError
from coplug.graphs.graph import from_edges
from coplug.graphs.operations import complement
from coplug.problems.mis.bounds import edge_clique_cover
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.solve import solve_graph
from coplug.problems.mis.verify import is_clique
from coplug.scip.independent_set import solve_cliques

QUICK = GraphOptions(time_limit_s=10.0)


def weight(graph, chosen):
    return graph.weights_of_nodes()[chosen].sum()


@settings(deadline=None, max_examples=60)
@given(graph=weighted_graphs())
def test_small_graphs_are_solved_with_a_proof(graph):
    best = heaviest_weight(graph)
    for method in ("auto", "exact"):
        result = solve_graph("mis", graph, GraphOptions(policy=method, time_limit_s=10.0))
        assert (result.status, result.objective, result.bound) == ("optimal", best, best)
        assert weight(graph, result.chosen) == best
        assert isinstance(result.objective, int)


@settings(deadline=None, max_examples=20)
@given(graph=weighted_graphs())
def test_cover_and_clique_are_complements(graph):
    best, total = heaviest_weight(graph), int(graph.weights_of_nodes().sum())
    cover = solve_graph("vertex-cover", graph, QUICK)
    assert (cover.objective, cover.bound, cover.sense) == (total - best, total - best, "min")
    assert weight(graph, cover.chosen) == total - best
    clique = solve_graph("clique", complement(graph), QUICK)
    assert clique.objective == best == weight(graph, clique.chosen)
    assert is_clique(complement(graph), clique.chosen)


@pytest.mark.slow
def test_a_hundred_graphs_of_up_to_60_nodes_are_solved_exactly():
    for seed in range(100):
        n, p = 20 + seed % 41, (0.08, 0.12, 0.2, 0.35, 0.6)[seed % 5]
        graph = weighted(random_graph(n, p, seed), seed, (3, 200, 10**6)[seed % 3])
        result = solve_graph("mis", graph, GraphOptions(time_limit_s=60.0))
        best = heaviest_weight(graph)
        assert (result.status, result.objective, result.bound) == ("optimal", best, best)
        assert weight(graph, result.chosen) == best


@pytest.mark.slow
@pytest.mark.parametrize(("n", "p"), [(200, 0.03), (500, 0.008), (1000, 0.004), (200, 0.75)])
def test_scip_agrees_on_larger_graphs(n, p):
    graph = weighted(random_graph(n, p, n), n)
    nobody = np.zeros(n, dtype=np.bool_)
    cliques = edge_clique_cover(graph)
    scip = solve_cliques(n, cliques, nobody, time_limit_s=120.0, weights=graph.node_weights)
    assert scip.status == "optimal"
    result = solve_graph("mis", graph, GraphOptions(time_limit_s=20.0))
    assert result.objective == weight(graph, scip.chosen) == scip.bound <= result.bound


@settings(deadline=None, max_examples=60)
@given(graph=graphs(), data=st.data())
def test_weights_of_0_or_less_are_never_taken_and_always_covered(graph, data):
    n = graph.n_nodes
    drawn = data.draw(st.lists(st.integers(-5, 9), min_size=n, max_size=n))
    graph = replace(graph, node_weights=np.array(drawn, dtype=np.float64))
    positive = replace(graph, node_weights=np.maximum(0.0, graph.node_weights))
    best, total = heaviest_weight(positive), sum(drawn)
    result = solve_graph("mis", graph, QUICK)
    assert (result.status, result.objective) == ("optimal", best)
    assert (graph.node_weights[result.chosen] > 0).all()
    cover = solve_graph("vertex-cover", graph, QUICK)
    assert (cover.objective, cover.bound) == (total - best, total - best)
    assert cover.chosen[graph.node_weights <= 0].all()
    clique = solve_graph("clique", complement(graph), QUICK)
    assert (clique.status, clique.objective) == ("optimal", best)


@settings(deadline=None, max_examples=40)
@given(graph=graphs(), data=st.data())
def test_fractions_are_solved_up_to_their_rounding(graph, data):
    n = graph.n_nodes
    drawn = data.draw(st.lists(st.floats(1e-3, 1e3), min_size=n, max_size=n))
    graph = replace(graph, node_weights=np.array(drawn))
    result = solve_graph("mis", graph, QUICK)
    assert result.status == "optimal"
    assert result.objective == pytest.approx(heaviest_weight(graph), rel=1e-8)
    assert weight(graph, result.chosen) == pytest.approx(result.objective, rel=1e-8)


def test_decimal_fractions_add_up_as_written():
    graph = from_edges(4, np.array([(0, 1)]), node_weights=[0.1, 0.3, 0.1, 0.2])
    result = solve_graph("mis", graph, QUICK)
    assert (result.objective, result.bound, result.status) == (0.6, 0.6, "optimal")
    assert solve_graph("vertex-cover", graph, QUICK).objective == 0.1


def test_huge_whole_numbers_are_exact():
    rng = np.random.default_rng(0)
    for seed in range(20):
        graph = random_graph(30, 0.3, seed)
        graph = replace(graph, node_weights=(2.0**47 + rng.integers(0, 2**46, 30)))
        result = solve_graph("mis", graph, GraphOptions(time_limit_s=10.0))
        exact = heaviest_weight(replace(graph, node_weights=graph.node_weights.astype(np.int64)))
        assert result.objective == exact
        assert result.status in ("optimal", "gaplimit")
        assert result.bound >= exact
        assert result.bound <= exact * (1 + 1e-9)


def test_weights_beyond_all_sums_are_one_line():
    graph = from_edges(2, np.array([(0, 1)]), node_weights=[1.7e308, 1.7e308])
    with pytest.raises(InstanceError, match="scale them down"):
        solve_graph("mis", graph, QUICK)


def test_equal_weights_are_counted_and_multiplied():
    graph = random_graph(60, 0.15, 0)
    plain = solve_graph("mis", graph, GraphOptions(time_limit_s=20.0))
    for each in (7.0, 0.25):
        equal = replace(graph, node_weights=np.full(60, each))
        result = solve_graph("mis", equal, GraphOptions(time_limit_s=20.0))
        assert (result.objective, result.bound) == (plain.objective * each, plain.bound * each)
        assert (result.chosen == plain.chosen).all()


def test_weights_can_be_ignored():
    graph = weighted(random_graph(14, 0.3, 2), 2)
    result = solve_graph("mis", graph, GraphOptions(unweighted=True, time_limit_s=10.0))
    assert result.objective == best_set(graph).sum() == result.chosen.sum()


@settings(deadline=None, max_examples=40)
@given(graph=weighted_graphs())
def test_greedy_gives_a_set_and_a_bound(graph):
    result = solve_graph("mis", graph, GraphOptions(policy="greedy"))
    best = heaviest_weight(graph)
    assert result.objective <= best <= result.bound
    assert weight(graph, result.chosen) == result.objective


def test_policies_are_refused_with_weights():
    policy = SimpleNamespace(name="mine", search=None)
    graph = weighted(random_graph(14, 0.3, 2), 2)
    with pytest.raises(UsageError, match="mine is for graphs without weights") as caught:
        solve_graph("mis", graph, GraphOptions(policy=policy))
    assert "\n" not in str(caught.value)


def test_a_limit_of_no_time_still_gives_a_set():
    graph = weighted(random_graph(300, 0.1, 0), 0)
    result = solve_graph("mis", graph, GraphOptions(time_limit_s=0.0))
    assert result.status == "timelimit"
    assert 0 < result.objective == weight(graph, result.chosen) < result.bound


def test_steps_make_a_run_that_no_machine_changes():
    graph = weighted(random_graph(500, 0.05, 0), 0)
    runs = [solve_graph("mis", graph, GraphOptions(max_steps=3000, time_limit_s=60.0)) for _ in range(2)]
    assert (runs[0].chosen == runs[1].chosen).all()
    assert runs[0].status == "unknown"
    assert runs[0].steps == 3000


def test_many_components_are_solved_apart():
    pieces = [weighted(random_graph(16, 0.4, seed), seed) for seed in range(6)]
    edges = np.concatenate([piece.edges() + 16 * number for number, piece in enumerate(pieces)])
    whole = from_edges(96, edges, node_weights=np.concatenate([piece.node_weights for piece in pieces]))
    result = solve_graph("mis", whole, QUICK)
    assert result.status == "optimal"
    assert result.objective == sum(heaviest_weight(piece) for piece in pieces)


def test_sparse_graphs_of_thousands_of_nodes_are_proven_by_scip():
    n = 1500
    graph = weighted(from_edges(n, np.random.default_rng(3).integers(0, n, (2 * n, 2))), 3)
    result = solve_graph("mis", graph, GraphOptions(time_limit_s=60.0))
    assert result.kernel_nodes > 100
    assert result.status == "optimal"


def test_progress_counts_in_weights():
    graph = weighted(random_graph(200, 0.1, 0), 0)
    seen = []
    result = solve_graph("vertex-cover", graph, GraphOptions(time_limit_s=1.0), seen.append)
    searched = [line for line in seen if line.detail == "local search"]
    assert searched
    assert all(line.objective >= line.bound for line in searched)
    assert result.objective <= min(line.objective for line in searched)


def test_scips_bound_of_large_sums_leaves_room_for_its_tolerance():
    weights = np.array([2.0**50, 2.0**50 + 1, 2.0**50 + 2])
    found = solve_cliques(
        3,
        [np.array([0, 1, 2], dtype=np.int32)],
        np.array([True, False, False]),
        time_limit_s=10.0,
        weights=weights,
    )
    assert found.bound > 2**50 + 2
    assert math.isclose(found.bound, 2**50, rel_tol=1e-9)
