"""What surrounds the content of a file: marks, line ends, comments, archives."""

import codecs
import gzip
import tracemalloc

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug import unpacking
from coplug.errors import InstanceError
from coplug.graphs.formats.reading import read_graph

from .files import put

TRIANGLES = {
    "a.col": b"p edge 3 3\ne 1 2\ne 2 3\ne 1 3\n",
    "a.mtx": b"%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n2 1\n3 2\n3 1\n",
    "a.edgelist": b"0 1\n1 2\n0 2\n",
    "b.edgelist": b"x y\ny z\nx z\n",
    "a.gml": b"graph [\nnode [ id 0 ]\nnode [ id 1 ]\nnode [ id 2 ]\nedge [ source 0 target 1 ]\n"
    b"edge [ source 1 target 2 ]\nedge [ source 0 target 2 ]\n]\n",
    "a.graphml": b'<graphml><graph edgedefault="undirected"><node id="a"/><node id="b"/><node id="c"/>\n'
    b'<edge source="a" target="b"/><edge source="b" target="c"/><edge source="a" target="c"/></graph></graphml>\n',
    "a.g6": b"Bw\n",
    "a.s6": b":BcN\n",
}


@pytest.mark.parametrize("name", TRIANGLES)
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_marks_and_line_ends_do_not_matter(tmp_path, name, mark, end):
    read = read_graph(put(tmp_path, name, mark + TRIANGLES[name].replace(b"\n", end)))
    assert (read.graph.n_nodes, read.graph.n_edges) == (3, 3)
    assert read.notes == ()


@pytest.mark.parametrize("name", ["a.edgelist", "a.col", "a.gml"])
def test_text_in_utf_16_is_refused(tmp_path, name):
    with pytest.raises(InstanceError, match="UTF-16; save it in UTF-8"):
        read_graph(put(tmp_path, name, TRIANGLES[name].decode().encode("utf-16")))


@pytest.mark.parametrize(
    ("text", "names", "edges"),
    [
        ("1 2\n3 # alone\n", [1, 2, 3], [[0, 1]]),
        ("1 2 # a comment\n%\n3 % alone\n", [1, 2, 3], [[0, 1]]),
        ("a b #c\nd #alone\n", ["a", "b", "d"], [[0, 1]]),
        ("1 2\n 7\n", [1, 2, 7], [[0, 1]]),
    ],
)
def test_comments_end_a_line(tmp_path, text, names, edges):
    read = read_graph(put(tmp_path, "a.edgelist", text))
    assert list(read.graph.names) == names
    assert read.graph.edges().tolist() == edges
    assert read.notes == ()


def test_names_stay_as_they_are_written(tmp_path):
    assert list(read_graph(put(tmp_path, "a.edgelist", "007 7\n7 0\n")).graph.names) == ["007", "7", "0"]
    assert list(read_graph(put(tmp_path, "b.edgelist", "-1 +1\n1 1.0\n")).graph.names) == [
        "-1", "+1", "1", "1.0",
    ]  # fmt: skip
    assert list(read_graph(put(tmp_path, "c.edgelist", "0 10\n")).graph.names) == [0, 10]
    assert list(read_graph(put(tmp_path, "d.col", "p edge 12 1\ne 01 012\n")).graph.edges()[0]) == [0, 11]
    gml = "graph [ node [ id 1 label {} ] node [ id 2 label 8 ] edge [ source 1 target 02 ] ]"
    for label, names in (("007", ["007", "8"]), ("7", [7, 8]), ('"7"', ["7", "8"])):
        assert list(read_graph(put(tmp_path, "a.gml", gml.format(label))).graph.names) == names
    graphml = '<graphml><graph edgedefault="undirected"><node id="007"/><node id="7"/></graph></graphml>'
    assert list(read_graph(put(tmp_path, "a.graphml", graphml)).graph.names) == ["007", "7"]


words = st.text(st.characters(blacklist_characters=", \t\r\n#%", blacklist_categories=("Cs",)), min_size=1)


@settings(deadline=None)
@given(edges=st.lists(st.tuples(words, words), max_size=30))
def test_any_words_are_names(edges, tmp_path_factory):
    text = "".join(f"{u}\t{v}\n" for u, v in [("0a", "0b"), *edges])
    read = read_graph(put(tmp_path_factory.mktemp("words"), "a.edgelist", text)).graph
    theirs = nx.Graph([("0a", "0b"), *edges])
    theirs.remove_edges_from(nx.selfloop_edges(theirs))
    assert list(read.names) == list(theirs)
    found = {frozenset((read.names[u], read.names[v])) for u, v in read.edges().tolist()}
    assert found == {frozenset(edge) for edge in theirs.edges}


def test_an_archive_that_grows_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_BYTES", 2**20)
    monkeypatch.setattr(unpacking, "_CHUNK", 2**16)
    path = put(tmp_path, "a.edgelist.gz", gzip.compress(b"1 2\n" * 2**22))
    tracemalloc.start()
    with pytest.raises(InstanceError, match="unpacks to more than 1 MiB, over 20 times its size"):
        read_graph(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2**20
    packed = b"".join(f"{u} {u + 1}\n".encode() for u in range(300_000))
    assert len(packed) > 2**20
    assert read_graph(put(tmp_path, "b.edgelist.gz", gzip.compress(packed))).graph.n_edges == 300_000


def test_reading_graph6_takes_memory_for_edges_and_not_for_pairs(tmp_path):
    n = 8000
    n_bits = n * (n - 1) // 2
    size = bytes([126, 63 + (n >> 12), 63 + ((n >> 6) & 63), 63 + (n & 63)])
    path = put(tmp_path, "a.g6", size + b"?" * -(-n_bits // 6))
    tracemalloc.start()
    graph = read_graph(path).graph
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (graph.n_nodes, graph.n_edges) == (n, 0)
    assert peak < 64 * 2**20
    assert np.array_equal(graph.degrees, np.zeros(n))
