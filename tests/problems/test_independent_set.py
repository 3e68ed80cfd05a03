from itertools import combinations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from milp_helpers import optimum_by_enumeration, optimum_by_highs

from coplug.errors import UsageError
from coplug.problems.independent_set import IndependentSet, barabasi_albert, greedy_clique_partition

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
@given(size=sizes, seed=seeds)
def test_rows_are_cliques_and_hold_each_edge_once(size, seed):
    n_nodes, affinity = size
    edges = {tuple(edge) for edge in barabasi_albert(n_nodes, affinity, np.random.RandomState(seed)).tolist()}
    matrix = draw(seed, n_nodes=n_nodes, affinity=affinity).matrix
    rows = np.split(matrix.indices, matrix.indptr[1:-1])
    covered = [pair for row in rows for pair in combinations(row.tolist(), 2)]
    assert len(covered) == len(set(covered))
    assert set(covered) == edges


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


@pytest.mark.parametrize("parameters", [{"affinity": 0}, {"affinity": 500}, {"n_nodes": 4}])
def test_parameters_out_of_range_are_refused(parameters):
    with pytest.raises(UsageError, match="take 1 <= affinity < n_nodes"):
        IndependentSet(**parameters)
