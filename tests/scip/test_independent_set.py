import numpy as np
import pytest

from coplug.graphs.graph import from_edges
from coplug.problems.mis.bounds import edge_clique_cover
from coplug.scip.independent_set import solve_cliques

CYCLE = from_edges(7, np.array([(node, (node + 1) % 7) for node in range(7)]))
NOTHING = np.zeros(7, dtype=np.bool_)


def dense_graph():
    pairs = np.column_stack(np.triu_indices(150, 1))
    return from_edges(150, pairs[np.random.default_rng(0).random(len(pairs)) < 0.3])


def test_the_optimum_comes_with_its_proof():
    found = solve_cliques(7, edge_clique_cover(CYCLE), NOTHING, time_limit_s=np.inf)
    assert (found.chosen.sum(), found.bound, found.status, found.signal) == (3, 3, "optimal", None)


def test_without_cliques_every_node_is_chosen():
    found = solve_cliques(7, [], NOTHING, time_limit_s=10.0)
    assert found.chosen.all()
    assert found.bound == 7


@pytest.mark.parametrize("time_limit_s", [0.0, 0.2])
def test_a_limit_keeps_the_start_or_better_and_a_bound(time_limit_s):
    graph = dense_graph()
    start = np.zeros(150, dtype=np.bool_)
    start[0] = True
    ticks = []
    found = solve_cliques(
        150, edge_clique_cover(graph), start, time_limit_s=time_limit_s, stop=lambda: ticks.append(1)
    )
    assert 1 <= found.chosen.sum() <= found.bound <= 150
    assert found.status in ("timelimit", "optimal")
    assert ticks


def test_an_optimal_start_is_returned_as_it_is():
    start = np.array([True, False, True, False, True, False, False])
    found = solve_cliques(7, edge_clique_cover(CYCLE), start, time_limit_s=10.0)
    assert (found.chosen == start).all()
    assert found.status == "optimal"
