import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import InstanceError
from coplug.graphs.formats.gml import read_gml
from coplug.graphs.formats.reading import read_graph

from .files import put


def test_repeated_edges_are_merged(tmp_path):
    text = "graph [ node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ] edge [ source 1 target 0 ] ]"
    read = read_graph(put(tmp_path, "a.gml", text))
    assert read.graph.edges().tolist() == [[0, 1]]
    assert read.notes == ("1 repeated edge merged",)


# An HTML entity, which is how networkx writes what is not ASCII, cannot stand for what is no character (Cn).
labels = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn")), max_size=8)


@settings(deadline=None)
@given(
    names=st.lists(labels, unique=True, max_size=8),
    pairs=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12),
    weights=st.lists(st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9), min_size=12, max_size=12),
    directed=st.booleans(),
)
def test_what_networkx_writes_is_read(names, pairs, weights, directed, tmp_path_factory):
    theirs = nx.DiGraph() if directed else nx.Graph()
    theirs.add_nodes_from(names)
    for (u, v), weight in zip(pairs, weights, strict=False):
        if max(u, v) < len(names):
            theirs.add_edge(names[u], names[v], weight=weight, extra={"source": 5, "list": [1, "]"]})
    path = tmp_path_factory.mktemp("gml") / "a.gml"
    nx.write_gml(theirs, path)
    raw = read_gml(path.read_bytes(), "a.gml")
    assert raw.names == list(theirs)
    assert raw.one_way is directed
    edges = [(raw.names[u], raw.names[v]) for u, v in raw.edges.tolist()]
    assert edges == list(theirs.edges)
    if edges:
        assert raw.edge_weights.tolist() == [weight for *_, weight in theirs.edges(data="weight")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no list 'graph'"),
        ("graph 5", "graph is no list"),
        ("graph [ node [ id 0 ] ", "cut off"),
        ("graph [ ] ]", "is no key"),
        ("graph [ node [ id ] ]", "'id' has no value"),
        ("graph [ node [ label 5 ] ]", "has no id"),
        ("graph [ node [ id 0 ] node [ id 0 ] ]", "the same id"),
        ("graph [ node [ id zero ] ]", "invalid literal"),
        ("graph [ node [ id 0 ] edge [ source 0 target 1 ] ]", "ends at 1, which is no node"),
        ('graph [ node [ id 0 label "a ] ]', "quotation mark"),
        ("graph [ 5 5 ]", "is no key"),
        ("graph [ " + "a [ " * 100_000, "recursion"),
    ],
)
def test_what_is_no_gml_is_one_clear_line(text, message):
    with pytest.raises(InstanceError, match=message) as caught:
        read_gml(text.encode(), "a.gml")
    assert "a.gml: this is no GML" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_comments_and_nested_lists_are_passed_over():
    text = """Creator "graph [ node [ id 9 ] ]"
    # a comment with [ brackets
    graph [ comment "x" node [ id 3 graphics [ id 5 x 1.0 ] ] ] # the end"""
    raw = read_gml(text.encode(), "a.gml")
    assert (raw.n_nodes, raw.names) == (1, [3])
