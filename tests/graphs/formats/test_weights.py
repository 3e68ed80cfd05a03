import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import InstanceError, UsageError
from coplug.graphs.formats.networkx_graph import raw_from_networkx
from coplug.graphs.formats.reading import read_graph
from coplug.graphs.formats.simple import Wanted, reduced_to, simple_graph
from coplug.graphs.formats.weights import weights_at, written
from coplug.graphs.formats.writing import WRITERS, write_graph
from coplug.graphs.graph import from_edges

from ..strategies import FRACTIONS, WHOLE, same, simple_graphs
from .files import put

ALL = Wanted(node_weights=True, edge_weights=True, direction=True)

numbers = st.one_of(
    st.from_regex(r"[+-]?[0-9]{1,25}(\.[0-9]{0,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[+-]?\.[0-9]{1,20}", fullmatch=True),
    FRACTIONS.map(repr),
)


@settings(deadline=None, max_examples=500)
@given(words=st.lists(numbers, min_size=1))
def test_numbers_are_exact(words):
    expected = [float(word) for word in words]
    data = "".join(f"{word}\n" for word in words).encode()
    places = np.cumsum([0, *(len(word) + 1 for word in words[:-1])])
    if not all(map(math.isfinite, expected)):
        with pytest.raises(InstanceError, match="finite number"):
            weights_at(data, places, "a.col")
        return
    found, more = weights_at(data, places, "a.col")
    assert found.tolist() == expected
    assert not more


@given(weight=WHOLE | FRACTIONS)
def test_a_weight_is_shown_so_that_it_reads_the_same(weight):
    assert float(written(weight)) == weight
    assert "." not in written(float(int(weight % 1000)))


def is_whole(weights):
    return weights is None or ((weights == np.floor(weights)) & (weights >= 0) & (weights < 1e18)).all()


@settings(deadline=None)
@given(graph=simple_graphs(12, WHOLE | FRACTIONS) | simple_graphs(12, FRACTIONS, directed=True))
def test_what_is_written_is_read_with_weights_and_direction(graph, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    impossible = {
        "g6": graph.directed or graph.node_weights is not None or graph.edge_weights is not None,
        "col": graph.directed,
        "graph": graph.directed or not all(map(is_whole, (graph.node_weights, graph.edge_weights))),
        "edgelist": graph.node_weights is not None,
        "graphml": False,
    }
    assert set(impossible) == set(WRITERS)
    for suffix, refused in impossible.items():
        path = folder / f"a.{suffix}"
        if refused:
            with pytest.raises(UsageError, match="; write "):
                write_graph(graph, path)
            continue
        write_graph(graph, path)
        found = read_graph(path, Wanted(node_weights=True, edge_weights=True, direction=graph.directed)).graph
        assert np.array_equal(found.edges(), graph.edges())
        assert found.directed == graph.directed
        assert (found.edge_weights is None) == (graph.edge_weights is None or graph.n_edges == 0)
        assert found.weights_of_edges().tolist() == graph.weights_of_edges().tolist()
        assert (found.node_weights is None) == (graph.node_weights is None or graph.n_nodes == 0)
        assert found.weights_of_nodes().tolist() == graph.weights_of_nodes().tolist()


def read(folder, name, text, wanted=ALL):
    return read_graph(put(folder, name, text), wanted)


def test_weights_of_every_format(tmp_path):
    col = read(tmp_path, "a.col", "p edge 3 2\nn 1 5\nn 3 0.5\ne 1 2 7\ne 2 3\n")
    assert col.graph.node_weights.tolist() == [5, 1, 0.5]
    assert col.graph.weights_of_edges().tolist() == [7, 1]
    assert col.notes == (
        "weight 1 is taken for 1 node without one",
        "weight 1 is taken for 1 edge without one",
    )
    head = "%%MatrixMarket matrix coordinate "
    mtx = read(tmp_path, "a.mtx", head + "real general\n3 3 3\n1 2 0.5\n2 3 -1e-3\n2 1 4\n")
    assert mtx.graph.directed
    assert mtx.graph.edges().tolist() == [[0, 1], [1, 0], [1, 2]]
    assert mtx.graph.edge_weights.tolist() == [0.5, 4, -0.001]
    assert mtx.notes == ()
    symmetric = read(tmp_path, "b.mtx", head + "integer symmetric\n3 3 1\n2 1 6\n").graph
    assert (symmetric.directed, symmetric.edge_weights.tolist()) == (False, [6, 6])
    for kind in ("complex general\n2 2 1\n1 2 1 1\n", "real skew-symmetric\n2 2 1\n2 1 1\n"):
        other = read(tmp_path, "c.mtx", head + kind)
        assert other.graph.edge_weights is None
        assert other.notes[0] == "weights are ignored"
    edges = read(tmp_path, "a.edgelist", "5 6 2\n6,7,1.5\n", Wanted(edge_weights=True))
    assert edges.graph.weights_of_edges().tolist() == [2, 1.5]
    assert edges.notes == ()


@pytest.mark.parametrize("suffix", ["gml", "graphml"])
@pytest.mark.parametrize("directed", [False, True])
def test_attributes_are_weights(tmp_path, suffix, directed):
    theirs = nx.DiGraph() if directed else nx.Graph()
    theirs.add_node("a", weight=3)
    theirs.add_node("b")
    theirs.add_edge("b", "a", weight=2.5)
    getattr(nx, f"write_{suffix}")(theirs, tmp_path / f"a.{suffix}")
    found = read_graph(tmp_path / f"a.{suffix}", ALL)
    assert found.graph.node_weights.tolist() == [3, 1]
    assert found.graph.weights_of_edges().tolist() == [2.5]
    assert found.graph.edges().tolist() == ([[1, 0]] if directed else [[0, 1]])
    assert found.graph.directed is directed
    assert found.notes == ("weight 1 is taken for 1 node without one",)
    assert same(simple_graph(raw_from_networkx(theirs), ALL).graph, found.graph)


def test_an_edge_list_says_what_it_cannot_know(tmp_path):
    found = read(tmp_path, "a.edgelist", "1 2 3 4\n2 1 5 6\n1 2 9\n")
    assert found.graph.directed
    assert found.graph.edge_weights.tolist() == [3, 5]
    assert found.notes == (
        "what follows the weights is ignored",
        "edges are read as directed, from the first node to the second",
        "1 repeated edge merged, the first weight counts",
    )
    words = read(tmp_path, "b.edgelist", "1 2 friend\n2 3 4\n")
    assert words.graph.edge_weights is None
    assert words.notes[0] == "what follows the two names of a line is ignored (weights?)"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "a.col",
            "p edge 2 1\nn 1 heavy\ne 1 2\n",
            "line 2: expected a finite number as weight, found 'n 1 heavy'",
        ),
        ("a.col", "p edge 2 1\nn 3 1\ne 1 2\n", "node 3, but"),
        ("a.col", "p edge 2 1\nn x 1\ne 1 2\n", "line 2: expected a node number"),
        ("a.col", "p edge 2 1\ne 1 2 nan\n", "line 2: expected a finite number"),
        ("a.edgelist", "1 2 5\n2 3 inf\n", "line 2: expected a finite number"),
        ("a.edgelist", "a b 5\nb c x\n", "line 2: expected a finite number"),
        ("a.edgelist", "1 2 1e999\n", "line 1: expected a finite number"),
        (
            "a.mtx",
            "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 1_0\n",
            "line 3: expected a finite number",
        ),
        ("a.col", "p edge 2 1\nn 1 3\nn 1 4\ne 1 2\n", "node 1 has several lines 'n'; give it one weight"),
        ("a.col", "p edge 2 1\nn 1 3\nn 2\ne 1 2\n", "node 2 has a line 'n' without a weight; add it"),
        ("a.col", "p edge 2 1\nn 3 3\ne 1 2\n", "a line has node 3, but the header announces nodes 1 to 2"),
        (
            "a.gml",
            'graph [ node [ id 0 weight "much" ] ]',
            "the weight 'much' of node 1 is no finite number",
        ),
    ],
)
def test_weights_that_are_no_numbers_are_refused(tmp_path, name, text, message):
    with pytest.raises(InstanceError, match=message) as caught:
        read(tmp_path, name, text)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_wanted_is_left_out_and_said(tmp_path):
    text = "p edge 2 1\nn 1 5\ne 1 2 7\n"
    plain = read(tmp_path, "a.col", text, Wanted())
    assert (plain.graph.node_weights, plain.graph.edge_weights) == (None, None)
    assert plain.notes == ("weights are ignored",)
    nodes = read(tmp_path, "a.col", text, Wanted(node_weights=True))
    assert nodes.graph.node_weights.tolist() == [5, 1]
    assert nodes.notes == ("weights of edges are ignored", "weight 1 is taken for 1 node without one")
    edges = read(tmp_path, "a.col", text, Wanted(edge_weights=True))
    assert edges.notes == ("weights of nodes are ignored",)


def test_a_graph_in_memory_is_reduced_to_what_is_wanted():
    graph = from_edges(
        3, [(0, 1), (1, 0), (2, 1)], node_weights=[1, 2, 3], edge_weights=[4, 5, 6], directed=True
    )
    assert reduced_to(graph, ALL).graph is graph
    assert reduced_to(graph, ALL).notes == ()
    plain = reduced_to(graph, Wanted())
    assert same(plain.graph, from_edges(3, [(0, 1), (1, 2)]))
    assert plain.notes == ("weights are ignored", "directed edges are read as undirected")
    kept = reduced_to(graph, Wanted(node_weights=True))
    assert kept.graph.node_weights.tolist() == [1, 2, 3]
    assert kept.notes == ("weights of edges are ignored", "directed edges are read as undirected")
    both = reduced_to(from_edges(2, [(0, 1), (1, 0)], directed=True), Wanted())
    assert (both.graph.directed, both.notes) == (False, ())
