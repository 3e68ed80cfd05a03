"""The searches reach proved values, are repeatable, and end well whatever happens."""

import csv

import numpy as np
import pytest

from coplug.algorithms.tabu import Tabu, search, start
from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.problems.extremal import tabu
from coplug.problems.extremal.certificate import certificate
from coplug.problems.extremal.climb import ClimbWalk
from coplug.problems.extremal.graph import FlipGraph
from coplug.problems.extremal.known import A006856, proved
from coplug.problems.extremal.methods import METHODS, method_of
from coplug.problems.extremal.planes import ORDERS, field_tables, plane_graph, plane_starts
from coplug.problems.extremal.search import Curriculum, Search, checked_nodes
from coplug.problems.extremal.tabu import TabuWalk

GIRTH_6 = (0, 1, 2, 3, 4, 6, 7, 9, 10, 12, 14, 16, 18, 21, 22, 24, 26, 29, 31, 34)
"""Most edges of n = 1..20 nodes without cycles of length 3, 4 and 5: OEIS A159847."""


def curriculum(method="tabu", lengths=(3, 4), **arguments):
    return Curriculum(method_of(method), lengths, **arguments)


def test_tabu_search_proves_itself_on_every_size_to_50():
    for seed in range(2):
        found = curriculum(seed=seed)
        for n in range(51):
            found.walk(n)
            assert found.improve(n, A006856[n], 60.0), n


@pytest.mark.parametrize("method", ["climb", "both"])
def test_the_other_methods_do_so_to_32(method):
    found = curriculum(method)
    for n in range(2, 33):
        assert found.improve(n, A006856[n], 60.0), n


def test_other_lengths():
    found = curriculum(lengths=(3, 4, 5))
    for n in range(2, 21):
        assert found.improve(n, GIRTH_6[n - 1], 60.0), n
    triangle_free = curriculum(lengths=(3,))
    for n in range(2, 16):
        assert triangle_free.improve(n, n * n // 4, 60.0), n
        assert triangle_free.settled(n)


def test_no_graph_beats_what_is_proved_and_all_are_valid():
    found = curriculum()
    for n in range(2, 25):
        for _ in range(30):
            found.walk(n, 10**6)
        graph = found.archive.get(n)
        assert graph.n_edges <= A006856[n]
        assert certificate(graph, (3, 4))["valid"]


def test_equal_seeds_give_equal_graphs():
    def graphs(seed):
        found = curriculum("both", seed=seed)
        for n in [*range(2, 30), *range(2, 30)]:
            found.walk(n)
        return [found.archive.get(n).edges().tolist() for n in range(2, 30)]

    assert graphs(1) == graphs(1)
    assert graphs(1) != graphs(2)


def test_each_flip_is_a_best_one_that_is_not_banned():
    state, ban = FlipGraph(Graph.of(9, [])), 5
    history, best = np.full(ban, -1), np.empty(36, np.int32)
    taken, best_score = [], 0
    random = np.array([4], np.uint64)
    for step in range(300):
        gains, score = state.gains.copy(), state.score
        one = FlipGraph(state.graph())
        tabu._ban(one.flips, np.array(taken[-ban:], np.int64), best_score)
        pair = int(tabu._best_flip(one.flips.gain, np.empty(1, np.int32), random))
        free = [a for a in range(36) if a not in taken[-ban:] or score + gains[a] > best_score]
        assert pair in free
        assert gains[pair] == gains[free].max()
        state.apply(pair)
        taken.append(pair)
        best_score = max(best_score, state.score)
        assert step < 300
    assert history.size == ban
    assert best_score == A006856[9]
    assert best.size == 36


def test_ties_are_broken_evenly():
    gain = np.zeros(300, np.int32)
    gain[[3, 127, 128, 299]] = 2
    random, counts = np.array([0], np.uint64), np.zeros(300)
    for _ in range(4000):
        counts[tabu._best_flip(gain, np.empty(3, np.int32), random)] += 1
    assert counts.sum() == counts[[3, 127, 128, 299]].sum()
    assert counts[[3, 127, 128, 299]].min() > 850


def test_the_generic_tabu_search_takes_the_same_state():
    problem = FlipGraph(Graph.of(12, []))
    run = start(problem, 0)
    search(problem, run, Tabu(max_steps=20_000, target=18))
    assert run.best_score == 18
    problem.reset_to(run.best)
    assert problem.score == 18


def test_a_target_stops_a_walk():
    state, best = FlipGraph(Graph.of(20, [])), np.empty(190, np.int32)
    for walk in (TabuWalk(), ClimbWalk()):
        state.load(Graph.of(20, []))
        score, n_flips = walk(state, 10, np.array([1], np.uint64), best)
        assert score >= 10
        assert n_flips < 100


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_smallest_sizes(n):
    outcome = Search(curriculum(), n).run(10.0)
    assert outcome.status == "optimal"
    assert outcome.graph.n_edges == proved(n, (3, 4)) == [0, 0, 1][n]
    outcome = Search(curriculum(lengths=(5,)), n).run(0.05)
    assert (outcome.graph.n_nodes, outcome.graph.n_edges) == (n, [0, 0, 1][n])


def test_out_of_time_before_the_first_graph():
    outcome = Search(curriculum(), 40).run(0.0)
    assert outcome.status == "time_limit"
    checked = certificate(outcome.graph, (3, 4))
    assert checked["valid"]
    assert checked["nodes"] == 40
    assert checked["edges"] > 40


def test_a_search_stops_when_asked_and_at_its_target():
    calls = iter(range(100))
    outcome = Search(curriculum(), 60, should_stop=lambda: next(calls) > 50).run(60.0)
    assert outcome.status == "interrupted"
    assert outcome.graph.n_nodes == 60
    outcome = Search(curriculum(), 60, target=150).run(60.0)
    assert outcome.status == "target"
    assert outcome.graph.n_edges >= 150


def test_starts_of_any_size_and_with_forbidden_cycles():
    complete = Graph.of(12, [(i, j) for i in range(12) for j in range(i)])
    found = curriculum(graphs=[complete, Graph.of(3, [(0, 1)])])
    graph = found.archive.get(12)
    assert certificate(graph, (3, 4))["valid"]
    assert graph.n_edges > 0
    assert Search(found, 10).run(30.0).status == "optimal"


def test_progress_counts_up():
    seen, better = [], []
    Search(curriculum(), 25, on_progress=seen.append, on_better=better.append).run(30.0)
    assert [p.n_flips for p in seen] == sorted(p.n_flips for p in seen)
    assert seen[-1].n_edges == A006856[25]
    assert better[-1].n_nodes == 25


def test_bad_values_are_named():
    with pytest.raises(UsageError, match="choose from tabu, climb, both, alphazero"):
        method_of("x")
    for n in (-1, 1001):
        with pytest.raises(UsageError, match=r"take a number in 0\.\.1000"):
            checked_nodes(n)
    with pytest.raises(UsageError, match="out of range"):
        TabuWalk(ban=-1)
    with pytest.raises(UsageError, match="out of range"):
        ClimbWalk(iterations_per_node=0)


@pytest.mark.parametrize("order", ORDERS)
def test_fields_are_fields_and_planes_have_girth_6(order):
    plus, times = field_tables(order)
    units = times[1:, 1:]
    for table in (plus, units):
        assert all(len(set(row)) == len(row) for row in table.tolist())
        assert np.array_equal(table, table.T)
    assert np.array_equal(times[1], np.arange(order))
    left = times[:, plus]
    assert np.array_equal(left, plus[times[:, :, None], times[:, None, :]])
    if order <= 5:
        graph = plane_graph(order)
        assert set(graph.degrees) == {order}
        assert certificate(graph, (3, 4, 5))["valid"]


def test_parts_of_planes():
    graph = plane_graph(7, 6, 5)
    assert (graph.n_nodes, graph.n_edges) == (77, 6 * 5 * 7)
    assert [start.n_nodes for start in plane_starts(49, 50)] == [50, 49]
    with pytest.raises(UsageError, match="no plane of order 6"):
        plane_graph(6)
    with pytest.raises(UsageError, match="classes are out of range"):
        plane_graph(5, 6)


def test_the_plane_of_order_5_leads_to_the_hoffman_singleton_graph():
    found = curriculum("climb", graphs=[plane_graph(5)], depth=0, above=0)
    assert found.improve(50, 175, 60.0)


def test_known_values_agree_with_the_reference_file(shared_data):
    with (shared_data / "f34_bounds.csv").open(newline="") as file:
        exact = {
            int(row["n"]): int(row["known_lower_bound"])
            for row in csv.DictReader(file)
            if row["exact"] == "true"
        }
    assert exact == {n: A006856[n] for n in range(1, len(A006856))}


def test_methods_are_made_by_name():
    assert list(METHODS) == ["tabu", "climb", "both", "alphazero"]
