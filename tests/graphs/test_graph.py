import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.graphs.graph import Graph, from_edges

from .strategies import FRACTIONS, simple_graphs

PATH = np.array([(0, 1), (1, 2)])


@st.composite
def listed_edges(draw):
    n = draw(st.integers(1, 12))
    node = st.integers(0, n - 1)
    return n, draw(st.lists(st.tuples(node, node, FRACTIONS), max_size=40)), draw(st.booleans())


@settings(deadline=None)
@given(listed=listed_edges())
def test_the_first_of_equal_edges_is_kept(listed):
    n, rows, directed = listed
    expected = {}
    for u, v, weight in rows:
        key = (u, v) if directed else (min(u, v), max(u, v))
        if u != v:
            expected.setdefault(key, weight)
    pairs = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    graph = from_edges(n, pairs, edge_weights=[row[2] for row in rows], directed=directed)
    edges = [tuple(edge) for edge in graph.edges().tolist()]
    assert edges == sorted(expected)
    assert graph.weights_of_edges().tolist() == [expected[edge] for edge in edges]
    assert graph.n_edges == len(expected)
    plain = from_edges(n, pairs, directed=directed)
    assert np.array_equal(plain.ptr, graph.ptr)
    assert np.array_equal(plain.neighbours, graph.neighbours)
    assert plain.weights_of_edges().tolist() == [1.0] * len(expected)


@settings(deadline=None)
@given(graph=simple_graphs(12, FRACTIONS) | simple_graphs(12, FRACTIONS, directed=True))
def test_rows_hold_what_the_matrix_holds(graph):
    matrix = graph.adjacency()
    assert matrix.shape == (graph.n_nodes, graph.n_nodes)
    assert graph.degrees.tolist() == matrix.sum(axis=1).tolist()
    for node in range(graph.n_nodes):
        assert graph.adjacent(node).tolist() == np.flatnonzero(matrix[node]).tolist()
    if not graph.directed:
        assert (matrix == matrix.T).all()
    assert matrix.sum() == graph.n_edges * (1 if graph.directed else 2)


def test_density_counts_pairs_or_both_directions():
    assert from_edges(3, PATH).density() == 2 / 3
    assert from_edges(3, PATH, directed=True).density() == 2 / 6
    assert from_edges(1, []).density() == 0


def test_weights_of_nodes_are_1_where_there_are_none():
    assert from_edges(2, []).weights_of_nodes().tolist() == [1, 1]
    assert from_edges(2, [], node_weights=[3, 0.5]).weights_of_nodes().tolist() == [3, 0.5]


def test_an_edge_that_weighs_nothing_is_an_edge():
    graph = from_edges(3, PATH, edge_weights=[0, 0])
    assert graph.n_edges == 2
    assert graph.edge_weights.tolist() == [0, 0, 0, 0]


def test_edges_that_leave_the_graph_and_wrong_names_are_refused():
    with pytest.raises(UsageError, match="leaves the graph's 2 nodes"):
        from_edges(2, PATH)
    with pytest.raises(UsageError, match="out of range"):
        from_edges(2**31, PATH)
    with pytest.raises(UsageError, match="give one each"):
        Graph(np.array([0, 0, 0]), np.empty(0, dtype=np.int32), ("a",))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"node_weights": [1.0]}, "3 nodes and weights of shape"),
        ({"node_weights": [1.0, np.nan, 1.0]}, "infinite or NaN"),
        ({"edge_weights": [1.0]}, "2 edges and 1 weights"),
        ({"edge_weights": [np.inf, 1.0]}, "infinite or NaN"),
    ],
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    with pytest.raises(UsageError, match=message):
        from_edges(3, PATH, **weights)
