from itertools import combinations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.problems.milp.families.independent_set import (
    IndependentSet,
    barabasi_albert,
    erdos_renyi,
    greedy_clique_partition,
)
from tests.problems.milp.milp_helpers import optimum_by_enumeration, optimum_by_highs

sizes = st.integers(1, 8).flatmap(
    lambda affinity: st.tuples(st.integers(affinity + 1, 60), st.just(affinity))
)
seeds = st.integers(0, 2**32 - 1)


def draw(seed, **parameters):
    return IndependentSet(**parameters).generate(np.random.RandomState(seed))


def test_easy_instance_is_as_published():
    instance = draw(0)
    assert instance.n_columns == 500
    assert instance.sense == "max"
    assert instance.binary.all()
    assert (instance.objective == 1).all()


@settings(max_examples=60, deadline=None)
@given(size=sizes, seed=seeds)
def test_graph_grows_by_preferential_attachment(size, seed):
    n_nodes, affinity = size
    edges = barabasi_albert(n_nodes, affinity, np.random.RandomState(seed))
    assert len(edges) == (n_nodes - affinity) * affinity
    assert len({tuple(edge) for edge in edges.tolist()}) == len(edges)
    assert (edges[:, 0] < edges[:, 1]).all()
    newer = np.bincount(edges[:, 1], minlength=n_nodes)
    assert (newer[affinity:] == affinity).all()
    assert not newer[:affinity].any()


@settings(max_examples=60, deadline=None)
@given(n_nodes=st.integers(1, 40), probability=st.floats(0, 1), seed=seeds)
def test_random_graph_has_edges_of_distinct_pairs(n_nodes, probability, seed):
    edges = erdos_renyi(n_nodes, probability, np.random.RandomState(seed))
    assert edges.shape[1] == 2
    assert (edges[:, 0] < edges[:, 1]).all()
    assert (edges[:, 1] < n_nodes).all()
    assert edges.tolist() == sorted(edges.tolist())
    assert len({tuple(edge) for edge in edges.tolist()}) == len(edges)


def test_random_graph_joins_pairs_with_the_probability():
    for probability in (0.0, 0.25, 1.0):
        edges = erdos_renyi(200, probability, np.random.RandomState(0))
        assert len(edges) / (200 * 199 / 2) == pytest.approx(probability, abs=0.01)
        degrees = np.bincount(edges.ravel(), minlength=200)
        assert degrees.std() == pytest.approx(np.sqrt(199 * probability * (1 - probability)), rel=0.2)


def assert_rows_are_cliques_that_hold_each_edge_once(instance, edges):
    matrix = instance.matrix
    rows = np.split(matrix.indices, matrix.indptr[1:-1])
    covered = [pair for row in rows for pair in combinations(row.tolist(), 2)]
    assert len(covered) == len(set(covered))
    assert set(covered) == {tuple(edge) for edge in edges.tolist()}


@settings(max_examples=60, deadline=None)
@given(size=sizes, seed=seeds)
def test_rows_are_cliques_and_hold_each_edge_once(size, seed):
    n_nodes, affinity = size
    edges = barabasi_albert(n_nodes, affinity, np.random.RandomState(seed))
    assert_rows_are_cliques_that_hold_each_edge_once(draw(seed, n_nodes=n_nodes, affinity=affinity), edges)


@settings(max_examples=60, deadline=None)
@given(n_nodes=st.integers(1, 40), probability=st.floats(0, 1), seed=seeds)
def test_rows_of_a_random_graph_too(n_nodes, probability, seed):
    edges = erdos_renyi(n_nodes, probability, np.random.RandomState(seed))
    instance = draw(seed, n_nodes=n_nodes, erdos_renyi=True, edge_probability=probability)
    assert instance.n_columns == n_nodes
    assert_rows_are_cliques_that_hold_each_edge_once(instance, edges)


@settings(max_examples=60, deadline=None)
@given(size=sizes, seed=seeds)
def test_partition_holds_each_node_once_and_leaves_no_later_node_that_fits(size, seed):
    n_nodes, affinity = size
    edges = barabasi_albert(n_nodes, affinity, np.random.RandomState(seed))
    graph = networkx.Graph(edges.tolist())
    cliques = greedy_clique_partition(n_nodes, edges)
    assert sorted(node for clique in cliques for node in clique) == list(range(n_nodes))
    for k, clique in enumerate(cliques):
        assert all(graph.has_edge(u, v) for u, v in combinations(clique, 2))
        later = {node for other in cliques[k + 1 :] for node in other}
        assert not later & set.intersection(*(set(graph[node]) for node in clique))


def test_partition_starts_at_the_largest_degree():
    # Two triangles and a bridge: 2 takes 3, its neighbour of largest degree; no node is adjacent to both.
    edges = np.array([[0, 1], [0, 2], [1, 2], [2, 3], [3, 4], [3, 5], [4, 5]])
    assert greedy_clique_partition(6, edges) == [[2, 3], [0, 1], [4, 5]]


def test_optimum_is_the_independence_number():
    instance = draw(4, n_nodes=14, affinity=3)
    edges = barabasi_albert(14, 3, np.random.RandomState(4))
    complement = networkx.complement(networkx.Graph(edges.tolist()))
    largest = max(len(clique) for clique in networkx.find_cliques(complement))
    assert optimum_by_highs(instance) == pytest.approx(largest)
    assert optimum_by_enumeration(instance) == largest


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_nodes": 0}, "take n_nodes >= 1"),
        ({"edge_probability": -0.1}, r"take it in \[0, 1\]"),
        ({"edge_probability": float("nan")}, r"take it in \[0, 1\]"),
    ],
)
def test_parameters_of_a_random_graph_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        IndependentSet(erdos_renyi=True, **parameters)


@pytest.mark.parametrize("parameters", [{"affinity": 0}, {"affinity": 500}, {"n_nodes": 4}])
def test_parameters_out_of_range_are_refused(parameters):
    with pytest.raises(UsageError, match="take 1 <= affinity < n_nodes"):
        IndependentSet(**parameters)
