import numpy as np
import pytest
from hypothesis import given, settings
from mis_helpers import best_set, graphs, random_graph

from coplug.errors import InstanceError, SolverError, UsageError
from coplug.families import generate_instances
from coplug.graphs.graph import from_edges
from coplug.graphs.operations import complement
from coplug.problems.mis import verify
from coplug.problems.mis.anytime import AnytimeSearch
from coplug.problems.mis.options import GraphOptions
from coplug.problems.mis.solve import solve_graph

QUICK = GraphOptions(time_limit_s=5.0)


@settings(deadline=None, max_examples=40)
@given(graph=graphs())
def test_small_graphs_are_solved_with_a_proof(graph):
    size = best_set(graph).sum()
    for method in ("auto", "exact"):
        result = solve_graph("mis", graph, GraphOptions(policy=method, time_limit_s=10.0))
        assert (result.status, result.objective, result.bound) == ("optimal", size, size)
        assert result.chosen.sum() == size


@settings(deadline=None, max_examples=20)
@given(graph=graphs())
def test_cover_and_clique_are_complements(graph):
    size = best_set(graph).sum()
    cover = solve_graph("vertex-cover", graph, QUICK)
    assert (cover.objective, cover.bound, cover.sense) == (graph.n_nodes - size, graph.n_nodes - size, "min")
    clique = solve_graph("clique", complement(graph), QUICK)
    assert clique.objective == size
    assert verify.is_clique(complement(graph), clique.chosen)


def test_two_seeds_and_scip_agree_where_reductions_stop():
    graph = random_graph(70, 0.2, 1)
    exact = solve_graph("mis", graph, GraphOptions(policy="exact"))
    assert exact.status == "optimal"
    for seed in (0, 1):
        assert (
            solve_graph("mis", graph, GraphOptions(time_limit_s=2.0, seed=seed)).objective == exact.objective
        )


def test_many_components_are_solved_apart():
    pieces = [random_graph(14, 0.4, seed) for seed in range(6)]
    edges = np.concatenate([piece.edges() + 14 * number for number, piece in enumerate(pieces)])
    result = solve_graph("mis", from_edges(14 * 6, edges), QUICK)
    assert result.status == "optimal"
    assert result.objective == sum(best_set(piece).sum() for piece in pieces)


def test_a_limit_of_no_time_still_gives_a_set():
    graph = random_graph(300, 0.1, 0)
    result = solve_graph("mis", graph, GraphOptions(time_limit_s=0.0))
    assert result.status == "timelimit"
    assert 0 < result.objective < result.bound


def test_steps_make_a_run_that_no_machine_changes():
    graph = random_graph(500, 0.05, 0)
    runs = [solve_graph("mis", graph, GraphOptions(max_steps=300, time_limit_s=60.0)) for _ in range(2)]
    assert (runs[0].chosen == runs[1].chosen).all()
    assert runs[0].status == "unknown"


def test_greedy_claims_no_optimum_without_a_bound():
    (trap,) = generate_instances("special", 1, 0, "tiny")
    greedy = solve_graph("mis", trap.instance, GraphOptions(policy="greedy"))
    assert (greedy.objective, greedy.status) == (3, "unknown")
    assert solve_graph("mis", trap.instance, QUICK).objective >= 8


def test_a_complement_that_does_not_fit_is_one_line():
    graph = from_edges(200_000, np.array([(0, 1)]))
    with pytest.raises(InstanceError, match="raise --mem-limit") as caught:
        solve_graph("clique", graph, QUICK)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"policy": "best"}, "auto, none, greedy, exact"),
        ({"time_limit_s": -1.0}, "time limit"),
        ({"memory_limit_mb": float("nan")}, "memory limit"),
        ({"seed": 2**31}, "seed"),
    ],
)
def test_options_out_of_range_are_usage_errors(options, message):
    with pytest.raises(UsageError, match=message):
        GraphOptions(**options)


def test_an_unknown_problem_lists_the_choices():
    with pytest.raises(UsageError, match="mis, vertex-cover, clique"):
        solve_graph("colouring", random_graph(5, 0.5, 0), QUICK)


def test_a_wrong_set_is_never_returned(monkeypatch):
    monkeypatch.setattr(AnytimeSearch, "run", lambda self: np.ones(self.graph.n_nodes, dtype=np.bool_))
    with pytest.raises(SolverError, match="fails the check"):
        solve_graph("mis", random_graph(10, 0.5, 0), QUICK)


def test_checks_see_what_is_wrong():
    path = from_edges(3, np.array([(0, 1), (1, 2)]))
    ends, middle = np.array([True, False, True]), np.array([False, True, False])
    assert verify.is_independent(path, ends)
    assert not verify.is_independent(path, ~middle | middle)
    assert verify.is_vertex_cover(path, middle)
    assert not verify.is_vertex_cover(path, np.array([True, False, False]))
    assert verify.is_clique(path, np.array([True, True, False]))
    assert not verify.is_clique(path, ends)
    with pytest.raises(SolverError, match="fails the check"):
        verify.verify("mis", path, np.array([True, True]))
