import gzip

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

from coplug.errors import InstanceError, OutputError, UsageError
from coplug.graphs.formats.reading import FORMATS, read_graph
from coplug.graphs.formats.writing import WRITERS, write_graph
from coplug.graphs.graph import from_edges

from ..strategies import same, simple_graphs
from .files import put

PATH = np.array([(0, 1), (1, 2)])


@settings(deadline=None)
@given(graph=simple_graphs())
def test_what_is_written_is_read(graph, tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    for suffix in (*WRITERS, *(f"{name}.gz" for name in WRITERS)):
        path = folder / f"graph.{suffix}"
        write_graph(graph, path)
        read = read_graph(path)
        assert read.notes == ()
        assert read.graph.n_edges == graph.n_edges
        assert same(read.graph, graph)


@settings(deadline=None, max_examples=30)
@given(graph=simple_graphs())
def test_networkx_writes_and_reads_the_same_graph6(graph, tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    theirs = nx.Graph()
    theirs.add_nodes_from(range(graph.n_nodes))
    theirs.add_edges_from(graph.edges().tolist())
    write_graph(graph, folder / "a.g6")
    assert (folder / "a.g6").read_bytes() == nx.to_graph6_bytes(theirs, header=False)
    nx.write_sparse6(theirs, folder / "a.s6")
    nx.write_gml(theirs, folder / "a.gml")
    nx.write_graphml(theirs, folder / "a.graphml")
    nx.write_graph6(theirs, folder / "b.g6")
    for name in ("a.s6", "a.gml", "a.graphml", "b.g6"):
        assert same(read_graph(folder / name).graph, graph)


def test_every_format_is_read(tmp_path):
    texts = {
        "col": "c a comment\np edge 3 2\ne 1 2\ne 2 3\n",
        "clq": "p col 3 2\ne 1 2\ne 2 3",
        "mtx": "%%MatrixMarket matrix coordinate pattern symmetric\n% note\n3 3 2\n2 1\n3 2\n",
        "edgelist": "# a comment\n0 1\n1,2\n",
        "graph": "% a comment\n3 2\n2\n 1 3\n2\n",
        "gr": "c a comment\np tw 3 2\n1 2\nc another\n2 3\n",
    }
    for suffix, text in texts.items():
        for name, data in ((f"a.{suffix}", text.encode()), (f"a.{suffix}.gz", gzip.compress(text.encode()))):
            read = read_graph(put(tmp_path, name, data))
            assert same(read.graph, from_edges(3, PATH))
            assert read.notes == ()
    assert set(texts) | {"g6", "s6", "gml", "graphml"} == set(FORMATS)


def test_names_of_nodes_are_kept(tmp_path):
    assert list(read_graph(put(tmp_path, "a.col", "p edge 2 1\ne 1 2\n")).graph.names) == [1, 2]
    assert list(read_graph(put(tmp_path, "a.edgelist", "7 30\n30 1000000000\n")).graph.names) == [
        7,
        30,
        10**9,
    ]
    words = read_graph(put(tmp_path, "b.edgelist", "Ann Böb\nBöb carl 3.5\n\nlone\n"))
    assert list(words.graph.names) == ["Ann", "Böb", "carl", "lone"]
    assert words.notes == ("what follows the two names of a line is ignored (weights?)",)
    gml = 'graph [ node [ id 4 label "x y" ] node [ id 9 label "z" ] edge [ source 4 target 9 ] ]'
    assert list(read_graph(put(tmp_path, "a.gml", gml)).graph.names) == ["x y", "z"]


def test_what_is_left_out_is_said(tmp_path):
    def notes(name, text):
        return read_graph(put(tmp_path, name, text)).notes

    assert notes("a.edgelist", "1 1\n1 2\n2 1\n") == ("1 self-loop dropped", "1 repeated edge merged")
    assert notes("b.edgelist", "1 2 0.5\n") == ("what follows the two names of a line is ignored (weights?)",)
    head = "%%MatrixMarket matrix coordinate "
    assert notes("a.mtx", head + "real general\n3 3 2\n1 2 0.5\n2 3 1\n") == (
        "weights are ignored",
        "directed edges are read as undirected",
    )
    assert notes("b.mtx", head + "pattern general\n2 2 2\n1 2\n2 1\n") == ()
    assert notes("a.col", "p edge 2 1\nn 1 5\ne 1 2\n") == ("weights are ignored",)
    assert notes("b.col", "p edge 2 1\ne 1 2\ne 2 1\n")[0].startswith("2 edges follow where 1")
    directed = "graph [ directed 1 node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 weight 2 ] ]"
    assert notes("a.gml", directed) == ("weights are ignored", "directed edges are read as undirected")
    assert notes("a.g6", "A_\nA_\n") == ("only the first of 2 graphs is read",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.col", "", "no line 'p edge"),
        ("a.col", "e 1 2\np edge 2 1\n", "no line 'p edge"),
        ("a.col", "p edge two 1\n", "should be 'p edge NODES EDGES'"),
        ("a.col", "p edge 3 2\ne 1 2\n", "announces 2 edges and 1 follow"),
        ("a.col", "p edge 2 1\ne 1 3\n", "node 3, but the header announces nodes 1 to 2"),
        ("a.col", "p edge 2 1\ne 0 1\n", "node 0, but"),
        ("a.col", "p edge 2 1\ne 1 x\n", "line 2: expected two node numbers"),
        ("a.col", "p edge 2 1\ne 1 99999999999999999999\n", "expected two node numbers"),
        ("a.col", "p edge 99999999999 0\n", "too many"),
        ("a.col", "p edge 2000000000 1\ne 1 2\n", "announces 2000000000 nodes, too many for its"),
        ("a.s6", ":~~~~~~~~\n", "too many"),
        ("a.s6", ":~\n", "no sparse6"),
        ("a.s6", ":\n", "no sparse6"),
        ("a.mtx", "3 3 1\n1 2\n", "no Matrix Market header"),
        ("a.mtx", "%%MatrixMarket matrix array real general\n1 1\n1\n", "'coordinate'"),
        ("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n2 3 1\n1 2\n", "2 x 3"),
        (
            "a.mtx",
            "%%MatrixMarket matrix coordinate pattern general\n2 2 5\n1 2\n",
            "announces 5 entries and 1",
        ),
        ("a.mtx", "%%MatrixMarket matrix coordinate pattern general\n", "ROWS COLUMNS ENTRIES"),
        (
            "a.mtx",
            "%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1\n",
            "expected two node numbers",
        ),
        ("a.g6", "", "empty"),
        ("a.g6", "D", "cut off"),
        ("a.g6", "~?", "cut off"),
        ("a.g6", b"D\x01\xff\n", "no graph6"),
        ("a.s6", "", "empty"),
        ("a.s6", "not sparse6\n", "no sparse6"),
        ("a.gml", "graph [ node [", "no GML"),
        ("a.graphml", "<graphml><graph>", "no GraphML"),
        ("a.edgelist", b"\xff\xfe\x00\n", "UTF-8"),
        ("a.col.gz", b"no archive", "damaged"),
        ("a.col.gz", gzip.compress(b"p edge 2 1\ne 1 2\n" * 100, mtime=0)[:-12], "damaged or cut off"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path, name, content, message):
    with pytest.raises(InstanceError, match=message) as caught:
        read_graph(put(tmp_path, name, content))
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_unknown_suffixes(tmp_path):
    with pytest.raises(InstanceError, match="cannot be read"):
        read_graph(tmp_path / "none.g6")
    with pytest.raises(InstanceError, match="cannot be read"):
        read_graph((tmp_path / "folder.col").mkdir() or tmp_path / "folder.col")
    for name in ("a.txt", "g6", "a.gz"):
        with pytest.raises(InstanceError, match="no suffix of a graph file"):
            read_graph(tmp_path / name)
    with pytest.raises(UsageError, match="g6, col, edgelist"):
        write_graph(from_edges(2, PATH[:1]), tmp_path / "a.gml")


def test_other_content_is_replaced_on_request_only(tmp_path):
    path = tmp_path / "a.g6"
    write_graph(from_edges(3, PATH), path)
    write_graph(from_edges(3, PATH), path, overwrite=False)
    with pytest.raises(OutputError, match="other content"):
        write_graph(from_edges(3, PATH[:1]), path, overwrite=False)


def test_empty_graphs_and_isolated_nodes(tmp_path):
    assert read_graph(put(tmp_path, "a.edgelist", "")).graph.n_nodes == 0
    assert read_graph(put(tmp_path, "a.col", "p edge 0 0\n")).graph.n_nodes == 0
    assert read_graph(put(tmp_path, "b.col", "p edge 4 1\ne 1 2\n")).graph.degrees.tolist() == [1, 1, 0, 0]
    assert read_graph(put(tmp_path, "a.g6", "?\n")).graph.n_nodes == 0
