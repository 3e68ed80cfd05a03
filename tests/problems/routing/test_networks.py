import json
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from wireless import apart, curved, nx_graph, sparse

from coplug.errors import InstanceError, UsageError
from coplug.problems.routing.families import NETWORKS, WirelessHyperbolic, WirelessSquare
from coplug.problems.routing.network import Network, linked_within
from coplug.problems.routing.perturbations import with_failures, with_moves
from coplug.problems.routing.reading import EARTH_KM, Wanted, network_of, read_network


@pytest.mark.parametrize("network", [sparse(), curved()], ids=["plane", "hyperbolic"])
def test_links_are_the_pairs_within_the_radius(network):
    n = network.n_nodes
    expected = {(i, j) for i in range(n) for j in range(i + 1, n) if apart(network, i, j) <= network.radius}
    assert {tuple(edge) for edge in network.edges.tolist()} == expected
    for u, v, data in nx_graph(network).edges(data=True):
        assert data["span"] == pytest.approx(apart(network, u, v), rel=1e-6, abs=1e-6)


def test_hyperbolic_distances_keep_apart_what_is_near():
    angle = 1e-7
    network = linked_within(10.0 * np.array([[1, 0], [np.cos(angle), np.sin(angle)]]), 1.0, "hyperbolic")
    assert network.links.spans[0] == pytest.approx(2 * np.arcsinh(np.sinh(10.0) * angle / 2), rel=1e-6)


def test_families_keep_their_sizes_and_seeds():
    for family in (WirelessSquare(30, 3.0), WirelessHyperbolic(30, 3.0)):
        one, again = (family.generate(np.random.RandomState(4)) for _ in range(2))
        assert one.n_nodes == 30
        assert (one.positions == again.positions).all()
    side = np.sqrt(30 / 3.0)
    assert (WirelessSquare(30, 3.0).generate(np.random.RandomState(0)).positions <= side).all()
    for wrong in ({"n_nodes": 0}, {"density": 0.0}):
        with pytest.raises(UsageError, match="is none"):
            WirelessSquare(**wrong)
    with pytest.raises(UsageError, match="more nodes"):
        WirelessHyperbolic(2, 3.0)


def test_what_a_family_draws_is_read_again(tmp_path):
    for network in (sparse(), curved(), with_failures(sparse(), 0.5, np.random.default_rng(0))):
        path = tmp_path / "network.json"
        path.write_bytes(NETWORKS.render(network, "json"))
        again = read_network(path, Wanted())
        assert (again.edges == network.edges).all()
        assert again.geometry == network.geometry


def test_graphs_of_networkx_and_their_files(tmp_path):
    graph = nx.Graph()
    graph.add_node("a", x=0.0, y=0.0)
    graph.add_node("b", x=3.0, y=4.0)
    graph.add_node("c", x=3.0, y=5.0)
    graph.add_edge("a", "b", delay=7.0)
    graph.add_edge("b", "c", delay=2.0)
    nx.write_gml(graph, tmp_path / "g.gml")
    nx.write_graphml(graph, tmp_path / "g.graphml")
    for network in (
        network_of(graph, Wanted(weights="delay")),
        read_network(tmp_path / "g.gml", Wanted(weights="delay")),
        read_network(tmp_path / "g.graphml", Wanted(weights="delay")),
    ):
        assert list(network.names) == ["a", "b", "c"]
        assert network.links.costs.tolist() == [7.0, 7.0, 2.0, 2.0]
        assert network.links.spans.tolist() == [5.0, 5.0, 1.0, 1.0]
    assert network_of(graph, Wanted(weights="hops")).links.costs.tolist() == [1.0] * 4
    assert network_of(graph, Wanted(radius=5.2)).n_links == 3 - 1


def test_csv_files(tmp_path):
    nodes, links = tmp_path / "nodes.csv", tmp_path / "links.csv"
    nodes.write_text("node,x,y\np,0,0\nq,1,0\nr,5,0\n")
    links.write_text("source,target,loss\np,q,0.5\nq,r,0.25\n")
    network = read_network(nodes, Wanted(links=links, weights="loss"))
    assert network.links.costs.tolist() == [0.5, 0.5, 0.25, 0.25]
    assert read_network(nodes, Wanted(radius=1.0)).n_links == 1
    with pytest.raises(InstanceError, match="nothing of links; give --radius R"):
        read_network(nodes, Wanted())


def test_degrees_are_kilometres_and_said(tmp_path):
    path = tmp_path / "earth.csv"
    path.write_text("node,lat,lon\na,48,11\nb,49,11\n")
    network = read_network(path, Wanted(radius=200.0))
    assert network.links.spans[0] == pytest.approx(np.radians(1.0) * EARTH_KM)
    assert "degrees" in network.notes[0]


def test_the_date_line_is_no_border(tmp_path):
    path = tmp_path / "earth.csv"
    path.write_text("node,lat,lon\na,0,179.5\nb,0,-179.5\nc,0,180.5\n")
    network = read_network(path, Wanted(radius=200.0))
    assert network.links.spans == pytest.approx(np.radians(1.0) * EARTH_KM * np.array([1, 1, 1, 0, 1, 0]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no network in JSON"),
        ('{"positions": [[0, 0], [1]], "radius": 1}', "node '1' has 1 coordinates"),
        ('{"positions": [[0, 0], null], "radius": 1}', "has no position"),
        ('{"positions": [[0, 0], ["x", 1]], "radius": 1}', "expected a finite number"),
        ('{"positions": [[0, 0]], "edges": [[0, 7]]}', "a link ends at '7', which is no node"),
        ('{"positions": [[0, 0]], "radius": -1}', "radius -1 links no nodes"),
        ('{"positions": [[0, 0], [1, 0]], "radius": -1, "edges": [[0, 1]]}', "radius -1 links no nodes"),
        ('{"positions": [[0, 0]]}', "give --radius R"),
        ('{"positions": [[0, 0], [1e200, 0]], "radius": 1}', "1e.200 is out of range"),
        ('{"positions": [[500, 0]], "radius": 1, "geometry": "hyperbolic"}', "take at most 300"),
        ('{"positions": [[0, 0]], "radius": 1, "geometry": "torus"}', "geometry 'torus' is unknown"),
    ],
)
def test_damaged_files_are_one_line(tmp_path, text, message):
    path = tmp_path / "network.json"
    path.write_text(text)
    with pytest.raises((InstanceError, UsageError), match=message):
        read_network(path, Wanted())


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n.gml", "graph 3", "this is no GML"),
        ("n.gml", "graph [ edge 3 node [ id 0 x 1 y 1 ] ]", "this is no GML"),
        (
            "n.gml",
            'graph [ radius "wide" node [ id 0 x 1 y 1 ] ]',
            "radius is 'wide'; expected a finite number",
        ),
        ("n.csv", f"node,x,y\n{'a' * 200_000},0,0\n", "no table of comma-separated values"),
    ],
)
def test_damaged_graphs_and_tables_are_one_line(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InstanceError, match=message):
        read_network(path, Wanted(radius=1.0))


def test_links_of_a_csv_file_are_for_no_other(tmp_path):
    path = tmp_path / "network.json"
    path.write_text('{"positions": [[0, 0], [1, 0]], "radius": 1}')
    with pytest.raises(UsageError, match="--links is for a CSV file"):
        read_network(path, Wanted(links=tmp_path / "links.csv"))


def test_negative_weights_and_missing_ones_are_refused(tmp_path):
    path = tmp_path / "network.json"
    document = {"positions": [[0, 0], [1, 0]], "edges": [[0, 1, -2.0]]}
    path.write_text(json.dumps(document))
    with pytest.raises(InstanceError, match="link 0-1 has weight -2; it has to be at least 0"):
        read_network(path, Wanted(weights="weight"))
    with pytest.raises(InstanceError, match="link 0-1 has no 'delay'"):
        read_network(path, Wanted(weights="delay"))
    assert read_network(path, Wanted()).links.costs.tolist() == [1.0, 1.0]
    with pytest.raises(UsageError, match="at least 0"):
        Network(np.zeros((2, 2)), np.array([[0, 1]]), np.array([-1.0]))
    with pytest.raises(UsageError, match="geometry 'torus' is unknown"):
        Network(np.zeros((2, 2)), np.array([[0, 1]]), geometry="torus")


@pytest.mark.parametrize("edges", [[[0, 2]], [[-1, 0]], [[0, 1, 1]]])
def test_links_have_two_ends_that_are_nodes(edges):
    with pytest.raises(UsageError, match=r"two nodes a link|an end that is no node"):
        Network(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array(edges))


def test_coincident_nodes_are_said(tmp_path):
    path = tmp_path / "network.json"
    path.write_text('{"positions": [[0, 0], [0, 0], [1, 0]], "radius": 1}')
    network = read_network(path, Wanted())
    assert "nodes at the place of another one: 1" in network.notes
    assert network.n_links == 3


def test_perturbations():
    network = sparse()
    rng = np.random.default_rng(0)
    assert with_failures(network, 0.25, rng).n_links == network.n_links - round(0.25 * network.n_links)
    assert with_failures(network, 0.0, rng).n_links == network.n_links
    moved = with_moves(network, 0.1, rng)
    assert 0.0 < np.abs(moved.positions - network.positions).max() < 1.0
    noted = with_moves(replace(network, notes=("degrees",)), 0.1, rng)
    assert noted.notes == ("degrees",)
    for links in (Network(network.positions, network.edges), network.without(np.array([0]))):
        with pytest.raises(UsageError, match="links come from a radius"):
            with_moves(links, 0.1, rng)
    with pytest.raises(UsageError, match="leave --weights out"):
        with_moves(replace(network, weights=np.ones(network.n_links)), 0.1, rng)
