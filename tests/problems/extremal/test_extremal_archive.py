"""graph6, certificates and archives, whole and broken."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import CoplugError, InstanceError
from coplug.graphs.formats.graph6 import from_graph6, to_graph6
from coplug.graphs.graph import Graph
from coplug.graphs.operations import without
from coplug.problems.extremal.archive import Archive, read_archive
from coplug.problems.extremal.certificate import certificate, girth, has_cycle
from tests.conftest import INSTANCES

SHIPPED = INSTANCES / "extremal" / "girth5.g6"
PETERSEN = Graph.of(10, nx.petersen_graph().edges)


@st.composite
def graphs(draw):
    n = draw(st.sampled_from([0, 1, 2, 3, 5, 10, 62, 63, 64, 70]))
    nodes = st.integers(0, max(n - 1, 0))
    pairs = draw(st.lists(st.tuples(nodes, nodes), max_size=60))
    return Graph.of(n, [(i, j) for i, j in pairs if i != j])


def as_networkx(graph):
    other = nx.empty_graph(graph.n_nodes)
    other.add_edges_from(graph.edges().tolist())
    return other


@settings(deadline=None)
@given(graphs())
def test_graph6_is_that_of_networkx_there_and_back(graph):
    line = to_graph6(graph)
    assert line == nx.to_graph6_bytes(as_networkx(graph), header=False).decode().strip()
    again = from_graph6(f">>graph6<<{line}\n")
    assert again.n_nodes == graph.n_nodes
    assert np.array_equal(again.edges(), graph.edges())


@pytest.mark.parametrize(
    "line", ["", "   ", "zz@", "D?", "D???", "~??", "~~?????", "I?BD\x7f", "Dé?", "not a graph"]
)
def test_what_is_no_graph6_is_said_so(line):
    with pytest.raises(InstanceError, match="no graph6: "):
        from_graph6(line)


@settings(deadline=None)
@given(st.binary(max_size=30))
def test_no_bytes_raise_anything_else(data):
    try:
        graph = from_graph6(data.decode("latin-1"))
    except CoplugError:
        return
    assert from_graph6(to_graph6(graph)).n_edges == graph.n_edges


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 9), st.integers(0, 2**36 - 1))
def test_girth_and_cycles_are_those_of_networkx(n, bits):
    pairs = [(i, j) for j in range(n) for i in range(j)]
    graph = nx.empty_graph(n)
    graph.add_edges_from(pair for k, pair in enumerate(pairs) if bits >> k & 1 and k % 3)
    neighbours = [set(graph[node]) for node in range(n)]
    shortest = nx.girth(graph) if n else float("inf")
    assert girth(neighbours) == (None if shortest == float("inf") else shortest)
    lengths = {len(cycle) for cycle in nx.simple_cycles(graph, length_bound=6)}
    assert [has_cycle(neighbours, k) for k in (3, 4, 5, 6)] == [k in lengths for k in (3, 4, 5, 6)]


def test_a_certificate_says_what_is_there():
    checked = certificate(PETERSEN, (3, 4))
    assert (checked["nodes"], checked["edges"], checked["girth"], checked["valid"]) == (10, 15, 5, True)
    assert checked["degrees"] == [3] * 10
    checked = certificate(PETERSEN, (3, 5, 6))
    assert (checked["found"], checked["valid"]) == ([5, 6], False)
    assert certificate(Graph.of(3, [(0, 1)]), (3,))["girth"] is None


def test_an_archive_keeps_the_best_valid_graph_of_each_size(tmp_path):
    archive = Archive()
    assert archive.offer(without(PETERSEN, 0))
    assert archive.offer(PETERSEN)
    assert not archive.offer(Graph.of(10, PETERSEN.edges()[1:]))
    assert not archive.offer(Graph.of(9, [(i, j) for i in range(9) for j in range(i)]))
    archive.write(tmp_path / "a.g6")
    again = read_archive(tmp_path / "a.g6", (3, 4), pytest.fail)
    assert again.sizes() == [9, 10]
    assert [again.n_edges(n) for n in (8, 9, 10)] == [-1, 12, 15]


def test_broken_lines_are_named_and_skipped(tmp_path):
    path = tmp_path / "a.g6"
    triangle = to_graph6(Graph.of(3, [(0, 1), (1, 2), (0, 2)]))
    path.write_bytes(f"{to_graph6(PETERSEN)}\nI?B\n\n{triangle}\n".encode() + b"\xff\xfe\nA_\n")
    told = []
    archive = read_archive(path, (3, 4), told.append)
    assert archive.sizes() == [2, 10]
    assert [line.split(": ")[0] for line in told] == [f"{path}, line {k}" for k in (2, 3, 4, 5)]
    assert "1 forbidden cycles on 3 nodes; skipped" in told[2]
    assert all(line.endswith("skipped") for line in told)


def test_a_missing_archive_is_named(tmp_path):
    with pytest.raises(InstanceError, match=r"cannot read .*none\.g6"):
        read_archive(tmp_path / "none.g6", (3, 4), pytest.fail)


def test_the_shipped_archive_is_valid_and_reaches_what_is_proved():
    from coplug.problems.extremal.known import A006856

    archive = read_archive(SHIPPED, (3, 4), pytest.fail)
    assert archive.sizes() == list(range(1, archive.sizes()[-1] + 1))
    assert [archive.n_edges(n) for n in range(1, 54)] == list(A006856[1:])
    for n in archive.sizes():
        checked = certificate(archive.get(n), (3, 4))
        assert checked["valid"]
        assert checked["edges"] == archive.n_edges(n)


def test_the_shipped_archive_is_within_a_per_cent_of_the_bounds(shared_data):
    import csv

    archive = read_archive(SHIPPED, (3, 4), pytest.fail)
    assert archive.n_edges(100) >= 434
    assert archive.n_edges(134) >= 649
    with (shared_data / "f34_bounds.csv").open(newline="") as file:
        bounds = {int(row["n"]): int(row["known_lower_bound"]) for row in csv.DictReader(file)}
    assert all(archive.n_edges(n) >= bounds[n] for n in range(1, 64))
    assert all(archive.n_edges(n) >= 0.99 * bounds[n] for n in range(64, archive.sizes()[-1] + 1))
