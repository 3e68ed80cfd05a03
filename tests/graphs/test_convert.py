import networkx as nx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.utils import graphs_equal

from coplug.errors import UsageError
from coplug.graphs import (
    check,
    collate,
    equal,
    from_networkx,
    from_scipy,
    one_graph,
    to_networkx,
    to_scipy,
)

from .strategies import batches

PLAIN = {
    "nodes": {"node": (2, np.float64)},
    "edges": {"edge": ("node", "node", 1)},
    "extras": {},
    "references": {},
}
NUMBERS = st.floats(allow_nan=False)


@st.composite
def graphs(draw):
    graph = draw(st.sampled_from([nx.Graph, nx.DiGraph]))()
    n_nodes = draw(st.integers(0, 6))
    graph.add_nodes_from((i, {"size": draw(NUMBERS), "age": draw(NUMBERS)}) for i in range(n_nodes))
    node = st.integers(0, max(n_nodes - 1, 0))
    ends = st.lists(st.tuples(node, node), max_size=12 if n_nodes else 0)
    graph.add_edges_from((u, v, {"cost": draw(NUMBERS)}) for u, v in draw(ends))
    return graph


@settings(deadline=None)
@given(graphs())
def test_networkx_and_back(graph):
    batch = check(from_networkx(graph, ["size", "age"], ["cost"]))
    back = to_networkx(batch, ["size", "age"], ["cost"], directed=graph.is_directed())
    assert type(back) is type(graph)
    assert graphs_equal(back, graph)
    assert list(back.nodes) == list(graph.nodes)


@settings(deadline=None)
@given(st.lists(graphs().map(nx.DiGraph), min_size=1, max_size=3))
def test_a_batch_to_networkx_and_back(several):
    batch = collate([from_networkx(graph, ["size"], ["cost"]) for graph in several])
    union = to_networkx(batch, ["size"], ["cost"])
    assert union.number_of_nodes() == sum(len(graph) for graph in several)
    merged = from_networkx(union, ["size"], ["cost"])
    assert np.array_equal(merged.nodes["node"].values, batch.nodes["node"].values)
    assert np.array_equal(merged.edges["edge"].index, batch.edges["edge"].index)
    assert np.array_equal(merged.edges["edge"].features, batch.edges["edge"].features)


def test_networkx_nodes_keep_their_order_and_attributes_stay_out_unless_named():
    graph = nx.Graph()
    graph.add_node("b", size=1)
    graph.add_edge("b", "a", cost=2.5)
    batch = from_networkx(graph, edge_attributes=["cost"], dtype=np.float32)
    assert batch.nodes["node"].values.shape == (2, 0)
    assert batch.edges["edge"].index.tolist() == [[0, 1], [1, 0]]
    assert batch.edges["edge"].features.dtype == np.float32
    assert from_networkx(graph).edges["edge"].features is None


def graph_of(index, features=None, **changes):
    return one_graph({"node": np.zeros((3, 0))}, {"edge": ("node", "node", index, features)}, **changes)


@pytest.mark.parametrize(
    ("convert", "message"),
    [
        (lambda: from_networkx(nx.MultiGraph()), "parallel edges"),
        (
            lambda: from_networkx(nx.path_graph(2), ["size"]),
            "every node needs a number for size, but one has no 'size'",
        ),
        (
            lambda: from_networkx(nx.Graph([(0, 1, {"a": "x"})]), (), ["a"]),
            "every edge needs a number for a, but",
        ),
        (lambda: to_networkx(graph_of([[0, 0], [1, 1]])), "no parallel edges"),
        (lambda: to_networkx(graph_of([[0], [1]]), directed=False), "both directions"),
        (lambda: to_networkx(graph_of([[0, 1], [1, 0]], [1.0, 2.0]), (), ["a"], directed=False), "both"),
        (lambda: to_networkx(graph_of([[0], [1]], [[1.0]])), "name every column"),
        (lambda: to_networkx(one_graph({"row": [1], "column": [2]})), "nodes row, column and edges none"),
        (lambda: from_scipy(scipy.sparse.coo_array((2, 3))), "not square"),
        (
            lambda: from_scipy(scipy.sparse.coo_array((2, 2)), features={"node": [1.0]}),
            "1 features of 'node'",
        ),
        (lambda: from_scipy(scipy.sparse.coo_array((2, 2)), features={"row": [1.0]}), "features of row"),
        (lambda: to_scipy(graph_of([[0], [1]]), "cut"), "choose from edge"),
        (lambda: to_scipy(graph_of([[0], [1]]), feature=1), "not one of number 1"),
    ],
)
def test_what_does_not_convert_says_why(convert, message):
    with pytest.raises(UsageError, match=message):
        convert()


@st.composite
def matrices(draw, square, dtypes=(np.float32, np.float64, np.int64)):
    n_rows = draw(st.integers(0, 6))
    n_columns = n_rows if square else draw(st.integers(0, 6))
    n = draw(st.integers(0, 10)) if n_rows and n_columns else 0
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    ends = rng.integers(max(n_rows, 1), size=n), rng.integers(max(n_columns, 1), size=n)
    entries = rng.integers(-2, 3, n).astype(draw(st.sampled_from(dtypes)))
    return scipy.sparse.coo_array((entries, ends), shape=(n_rows, n_columns))


def assert_same_matrix(first, second):
    assert first.shape == second.shape
    assert first.dtype == second.dtype
    for part in ("row", "col", "data"):
        assert np.array_equal(getattr(first, part), getattr(second, part))


@settings(deadline=None)
@given(matrices(square=True))
def test_adjacency_and_back(matrix):
    assert_same_matrix(to_scipy(check(from_scipy(matrix))), matrix)
    assert_same_matrix(to_scipy(from_scipy(matrix.tocsr())).tocsr().tocoo(), matrix.tocsr().tocoo())


@settings(deadline=None)
@given(matrices(square=False))
def test_biadjacency_and_back(matrix):
    columns = np.arange(matrix.shape[1])[:, None]
    batch = check(from_scipy(matrix, source="row", target="column", edges="a", features={"column": columns}))
    assert batch.nodes["row"].values.shape == (matrix.shape[0], 0)
    assert np.array_equal(batch.nodes["column"].values, columns)
    assert_same_matrix(to_scipy(batch, "a"), matrix)


@settings(deadline=None)
@given(st.lists(matrices(square=False, dtypes=(np.float32,)), min_size=1, max_size=4))
def test_a_batch_is_block_diagonal(several):
    batch = collate([from_scipy(matrix, source="row", target="column") for matrix in several])
    expected = scipy.sparse.block_diag(several).toarray()
    assert np.array_equal(to_scipy(batch).toarray(), expected)
    assert_same_matrix(to_scipy(batch.graph(0)), several[0])


@settings(deadline=None)
@given(batches(PLAIN))
def test_a_batch_to_scipy_and_back(batch):
    features = {"node": batch.nodes["node"].values}
    merged = from_scipy(to_scipy(batch), features=features)
    expected = one_graph(
        features, {"edge": ("node", "node", batch.edges["edge"].index, batch.edges["edge"].features)}
    )
    assert equal(merged, expected)


def test_edges_without_features_are_ones():
    assert to_scipy(graph_of([[0], [1]])).toarray().tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
