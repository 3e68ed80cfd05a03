"""Costs of nodes by how central they are, beside networkx, and seeds of every method within a budget of them."""

import networkx as nx
import numpy as np
import pytest

import coplug
from coplug.errors import CoplugError
from coplug.problems.influence.centrality import central_costs, pagerank
from coplug.problems.influence.options import CENTRALITIES, CLASSICAL, LEARNED
from tests.problems.influence.exact import ARCS, CHANCES, IC, network


def test_costs_follow_degrees_and_are_1_on_average():
    costs = central_costs(network(IC), "degree")
    np.testing.assert_allclose(costs, np.array([3, 2, 3, 2, 2, 2]) * 6 / 14)


def test_pagerank_is_that_of_networkx_on_turned_arcs():
    graph = nx.DiGraph()
    graph.add_nodes_from(range(6))
    graph.add_weighted_edges_from((v, u, p) for (u, v), p in zip(ARCS, CHANCES, strict=True))
    expected = nx.pagerank(graph, alpha=0.85, tol=1e-10, max_iter=1000)
    start = np.ones(6)
    found = pagerank(network(IC), start)
    np.testing.assert_allclose(found, [expected[v] for v in range(6)], atol=1e-6)
    np.testing.assert_allclose(central_costs(network(IC), "pagerank"), 6 * found)


@pytest.mark.parametrize("method", [*CLASSICAL, *LEARNED])
@pytest.mark.parametrize("centrality", CENTRALITIES)
def test_every_method_keeps_to_a_budget_of_central_costs(method, centrality):
    graph = nx.barabasi_albert_graph(40, 2, seed=0)
    report = coplug.solve(graph, "influence", budget=5, costs=centrality, method=method, worlds=64)
    assert 4 < report.extra["cost"] <= 5 + 1e-9


def test_a_budget_below_every_cost_is_one_line():
    with pytest.raises(CoplugError, match=r"no node that can be chosen costs 0\.1 or less; raise --budget"):
        coplug.solve(nx.path_graph(4), "influence", budget=0.1, costs="degree")
