import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import UsageError
from coplug.graphs.graph import from_edges
from coplug.graphs.operations import (
    complement,
    complement_bytes,
    components,
    padded,
    reversed_edges,
    split,
    subgraph,
    undirected,
    union,
    without,
)

from .strategies import WHOLE, same, simple_graphs

weighted = simple_graphs(12, WHOLE) | simple_graphs(12, WHOLE, directed=True)


def as_networkx(graph):
    """Return the same for networkx, with weights where there are some."""
    theirs = nx.DiGraph() if graph.directed else nx.Graph()
    for node, weight in enumerate(graph.weights_of_nodes()):
        theirs.add_node(node, weight=weight)
    for (u, v), weight in zip(graph.edges().tolist(), graph.weights_of_edges(), strict=True):
        theirs.add_edge(u, v, weight=weight)
    return theirs


def assert_equal(graph, theirs):
    """See that a graph has a networkx graph's nodes, edges, weights and direction."""
    assert nx.utils.graphs_equal(as_networkx(graph), theirs)


@settings(deadline=None)
@given(graph=simple_graphs())
def test_the_complement_has_the_other_pairs(graph):
    other = complement(graph)
    n = graph.n_nodes
    assert graph.n_edges + other.n_edges == n * (n - 1) // 2
    assert same(complement(other), graph)
    assert not {tuple(edge) for edge in graph.edges().tolist()} & {
        tuple(edge) for edge in other.edges().tolist()
    }


@settings(deadline=None)
@given(graph=weighted)
def test_the_complement_keeps_weights_of_nodes_and_direction(graph):
    other = complement(graph)
    theirs = nx.complement(as_networkx(graph))
    assert {tuple(edge) for edge in other.edges().tolist()} == {
        edge if graph.directed else tuple(sorted(edge)) for edge in theirs.edges
    }
    assert other.node_weights is graph.node_weights
    assert other.edge_weights is None
    assert complement_bytes(graph) == other.ptr.nbytes + other.neighbours.nbytes


@settings(deadline=None)
@given(graph=simple_graphs())
def test_components_split_and_unite(graph):
    groups = components(graph)
    parts = split(graph, groups)
    theirs = nx.Graph(graph.edges().tolist())
    theirs.add_nodes_from(range(graph.n_nodes))
    assert sorted(map(len, groups)) == sorted(map(len, nx.connected_components(theirs)))
    assert sum(part.n_edges for part in parts) == graph.n_edges
    if parts:
        whole = union(parts)
        order = np.concatenate(groups)
        edges = {frozenset(order[edge].tolist()) for edge in whole.edges()}
        assert edges == {frozenset(edge) for edge in graph.edges().tolist()}


@settings(deadline=None)
@given(graph=weighted)
def test_parts_and_their_union_keep_weights_and_direction(graph):
    groups = components(graph)
    parts = split(graph, groups)
    for nodes, part in zip(groups, parts, strict=True):
        assert same(part, subgraph(graph, nodes))
    if parts:
        assert same(union(parts), subgraph(graph, np.concatenate(groups)))


def test_a_union_has_weights_where_all_have_them():
    light, heavy = from_edges(2, [(0, 1)]), from_edges(1, [], node_weights=[4])
    assert union([light, heavy]).node_weights is None
    assert union([heavy, heavy]).node_weights.tolist() == [4, 4]
    with pytest.raises(UsageError, match="no union"):
        union([light, from_edges(2, [(0, 1)], directed=True)])


@settings(deadline=None)
@given(graph=weighted, data=st.data())
def test_a_subgraph_is_what_networkx_says(graph, data):
    nodes = data.draw(st.permutations(range(graph.n_nodes)))[: data.draw(st.integers(0, graph.n_nodes))]
    part = subgraph(graph, np.array(nodes, dtype=np.int64))
    theirs = as_networkx(graph).subgraph(nodes)
    assert_equal(part, nx.relabel_nodes(theirs, {node: place for place, node in enumerate(nodes)}))
    assert list(part.names) == nodes
    assert all((np.diff(part.adjacent(node)) > 0).all() for node in range(part.n_nodes))


@settings(deadline=None)
@given(graph=weighted, data=st.data())
def test_a_node_is_left_out_and_nodes_are_added(graph, data):
    theirs = as_networkx(graph)
    more = data.draw(st.integers(0, 3))
    theirs.add_nodes_from(range(graph.n_nodes, graph.n_nodes + more), weight=1.0)
    larger = padded(graph, graph.n_nodes + more)
    assert_equal(larger, theirs)
    with pytest.raises(UsageError, match="pad it to no fewer"):
        padded(graph, graph.n_nodes - 1)
    if larger.n_nodes:
        node = data.draw(st.integers(0, larger.n_nodes - 1))
        theirs.remove_node(node)
        assert_equal(without(larger, node), nx.convert_node_labels_to_integers(theirs))


@settings(deadline=None)
@given(graph=weighted)
def test_edges_are_turned_round(graph):
    theirs = as_networkx(graph)
    assert_equal(reversed_edges(graph), theirs.reverse() if graph.directed else theirs)


@settings(deadline=None)
@given(graph=weighted)
def test_without_direction_the_edge_of_the_smaller_node_counts(graph):
    expected = nx.Graph()
    theirs = as_networkx(graph)
    expected.add_nodes_from(theirs.nodes(data=True))
    for u, v, data in sorted(theirs.edges(data=True), key=lambda edge: edge[0], reverse=True):
        expected.add_edge(u, v, **data)
    assert_equal(undirected(graph), expected)
