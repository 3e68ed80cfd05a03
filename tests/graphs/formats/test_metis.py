"""METIS and ``.gr`` files by hand."""

from __future__ import annotations

import re

import numpy as np
import pytest

from coplug.errors import InstanceError
from coplug.graphs.formats.reading import read_graph
from coplug.graphs.formats.simple import Wanted

from .files import put

ALL = Wanted(node_weights=True, edge_weights=True)


def read(folder, text, wanted=ALL, name="a.graph"):
    return read_graph(put(folder, name, text.encode()), wanted)


@pytest.mark.parametrize(
    ("text", "node_weights", "edge_weights"),
    [
        ("3 2\n2\n1 3\n2\n", None, None),
        ("3 2 1\n2 7\n1 7 3 9\n2 9\n", None, [7, 9]),
        ("3 2 10\n5 2\n6 1 3\n8 2\n", [5, 6, 8], None),
        ("3 2 11\n5 2 7\n6 1 7 3 9\n8 2 9\n", [5, 6, 8], [7, 9]),
        ("3 2 111\n1 5 2 7\n2 6 1 7 3 9\n3 8 2 9\n", [5, 6, 8], [7, 9]),
        ("3 2 10 2\n5 0 2\n6 0 1 3\n8 0 2\n", [5, 6, 8], None),
    ],
)
def test_weights_stand_where_the_format_says(tmp_path, text, node_weights, edge_weights):
    graph = read(tmp_path, text).graph
    assert graph.edges().tolist() == [[0, 1], [1, 2]]
    assert (None if graph.node_weights is None else graph.node_weights.tolist()) == node_weights
    assert (None if graph.edge_weights is None else graph.weights_of_edges().tolist()) == edge_weights


def test_an_empty_line_is_a_node_without_neighbours(tmp_path):
    found = read(tmp_path, "4 1\n\n3\n% a comment\n2\n\n")
    assert found.graph.edges().tolist() == [[1, 2]]
    assert found.graph.degrees.tolist() == [0, 1, 1, 0]
    assert found.notes == ()


def test_what_is_left_out_is_said(tmp_path):
    notes = read(tmp_path, "2 1 110 3\n9 5 1 1 2\n9 6 1 1 1\n").notes
    assert notes == ("sizes of nodes are ignored", "the first of 3 weights of each node is taken")
    assert read(tmp_path, "2 2\n1 2\n1\n").notes == ("1 self-loop dropped",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no line 'NODES EDGES'"),
        ("% only\n", "no line 'NODES EDGES'"),
        ("3\n", "should be 'NODES EDGES'"),
        ("3 2 12\n2\n1 3\n2\n", "should be 'NODES EDGES'"),
        ("a 2\n", "should be 'NODES EDGES'"),
        ("99999999999999999999 2\n", "should be 'NODES EDGES'"),
        ("1000000000 2\n2\n1\n", "more than it has lines"),
        ("3 2\n2\n1 3\n", "lines of 2 follow"),
        ("3 2\n2\n1 3\n2\n1\n", "line 5: expected no line after those of the nodes"),
        ("3 2\n2\n1 x\n2\n", "line 3: expected whole numbers"),
        ("3 2\n2\n1 3.5\n2\n", "line 3: expected whole numbers"),
        ("3 2\n2\n1 4\n2\n", "has node 4, but the header announces nodes 1 to 3"),
        ("3 2\n2\n1 0\n2\n", "has node 0"),
        ("3 2\n2\n1 3\n\n", "in the line of one of its nodes only"),
        ("3 3\n2\n1 3\n2\n", "announces 3 edges and 2 follow"),
        (
            "3 2 1\n2\n1 7 3 9\n2 9\n",
            "the line of node 1 has 1 numbers, which does not fit the header '3 2 1'",
        ),
        ("3 2 10\n\n6 1 3\n8 2\n", "the line of node 1 has 0 numbers"),
        ("2 1 10 99999\n1\n1\n", "99999 weights a node"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, text, message):
    with pytest.raises(InstanceError, match=re.escape(message)) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_arcs_of_the_shortest_path_challenge(tmp_path):
    text = "c roads\np sp 3 3\na 1 2 10\nc more\na 2 1 10\na 2 3 4\n"
    plain = read(tmp_path, text, Wanted(), "a.gr")
    assert plain.graph.edges().tolist() == [[0, 1], [1, 2]]
    assert set(plain.notes) == {"weights are ignored", "directed edges are read as undirected"}
    arcs = read(tmp_path, text, Wanted(edge_weights=True, direction=True), "a.gr").graph
    assert arcs.edges().tolist() == [[0, 1], [1, 0], [1, 2]]
    assert arcs.weights_of_edges().tolist() == [10, 10, 4]
    with pytest.raises(InstanceError, match="announces 4 edges and 3 follow"):
        read(tmp_path, text.replace("3 3", "3 4"), name="a.gr")


def test_edges_of_pace_keep_the_numbers_of_their_lines(tmp_path):
    with pytest.raises(InstanceError, match="line 5: expected two node numbers"):
        read(tmp_path, "p tw 3 2\nc one\n1 2\nc two\n2 y\n", name="a.gr")
    with pytest.raises(InstanceError, match="should be 'p sp NODES EDGES'"):
        read(tmp_path, "p tw three 2\n", name="a.gr")


def test_a_random_graph_as_a_check_by_hand_counts_it(tmp_path):
    rng = np.random.default_rng(3)
    there = np.triu(rng.random((40, 40)) < 0.2, 1)
    rows = there | there.T
    lines = [" ".join(str(v + 1) for v in np.flatnonzero(row)) for row in rows]
    graph = read(tmp_path, "\n".join([f"40 {there.sum()}", *lines]) + "\n").graph
    assert graph.edges().tolist() == np.argwhere(there).tolist()
