"""Every way to route, against what networkx, plain Python and theory say."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from wireless import apart, cost_of, curved, nx_graph, sparse, trap

from coplug.problems.routing.explorer import explored_to
from coplug.problems.routing.faces import gabriel
from coplug.problems.routing.judging import all_pairs, judge, pair_of, sampled_pairs
from coplug.problems.routing.methods import CONTROLS, STRAIGHT
from coplug.problems.routing.needs import distance_vectors, need_of
from coplug.problems.routing.network import Network, linked_within
from coplug.problems.routing.rules import two_planes
from coplug.problems.routing.shortest import shortest_costs
from coplug.problems.routing.walks import NO_ROUTE

RECOVERING = ("gpsr", "face", "depth-first", "depth-first-2", "map-1", "map-2")


def plain_walk(network, name, origin, dest):
    """Cost of a route by a rule, written down a second time, in plain Python."""
    graph, node, total, seen = nx_graph(network), origin, 0.0, set()

    def score(v, u):
        hop, rest, whole = apart(network, v, u), apart(network, u, dest), apart(network, v, dest)
        cosine = (hop**2 + whole**2 - rest**2) / (2 * hop * whole)
        if name != "compass" and rest >= whole:
            return math.inf
        return {
            "greedy": rest,
            "compass": -cosine,
            "most-forward": -hop * cosine,
            "nearest-forward": hop,
            "min-sum": hop + rest,
        }[name]

    while node != dest:
        if node in seen:
            return math.inf
        seen.add(node)
        near = sorted(graph[node])
        following = dest if dest in near else min(near, key=lambda u: score(node, u), default=None)
        if following is None or (following != dest and score(node, following) == math.inf):
            return math.inf
        total += graph[node][following]["weight"]
        node = following
    return total


def by_pair(network, name):
    pairs = all_pairs(network)
    routed = CONTROLS[name].make(network)(network, pairs)
    return {
        (int(origin), int(dest)): cost
        for dest, origins, costs in zip(pairs.dests, pairs.origins, routed.costs, strict=True)
        for origin, cost in zip(origins, costs, strict=True)
    }


@pytest.mark.parametrize("network", [sparse(), curved()], ids=["plane", "hyperbolic"])
def test_shortest_paths_are_those_of_networkx(network):
    ours = shortest_costs(network.links, np.arange(network.n_nodes))
    theirs = dict(nx.all_pairs_dijkstra_path_length(nx_graph(network)))
    for dest in range(network.n_nodes):
        for node in range(network.n_nodes):
            assert ours[dest, node] == pytest.approx(theirs[dest].get(node, math.inf))


@pytest.mark.parametrize("name", ["greedy", "compass", "most-forward", "nearest-forward", "min-sum"])
def test_rules_are_what_they_say(name):
    network = sparse(3, 30)
    for (origin, dest), cost in by_pair(network, name).items():
        assert cost == pytest.approx(plain_walk(network, name, origin, dest)), (origin, dest)


@pytest.mark.parametrize(
    "network", [sparse(1), sparse(2), curved(1)], ids=["plane", "plane again", "hyperbolic"]
)
@pytest.mark.parametrize("name", RECOVERING)
def test_ways_that_recover_deliver_every_connected_pair(name, network):
    costs = by_pair(network, name)
    shortest = nx_graph(network)
    best = dict(nx.all_pairs_dijkstra_path_length(shortest))
    assert len(costs) == sum(len(row) - 1 for row in best.values())
    for (origin, dest), cost in costs.items():
        assert best[dest][origin] * (1 - 1e-9) <= cost < math.inf, (origin, dest)


def test_routes_around_faces_are_noted_link_by_link():
    network = sparse(1)
    graph = nx_graph(network)
    for dest in range(0, network.n_nodes, 5):
        for origin in range(network.n_nodes):
            pairs = pair_of(network, origin, dest)
            if len(pairs) and origin != dest:
                routed = CONTROLS["face"].make(network)(network, pairs)
                steps = itertools.pairwise(routed.route)
                assert sum(graph[u][v]["weight"] for u, v in steps) == pytest.approx(routed.costs[0][0])


@pytest.mark.parametrize("name", [name for name in CONTROLS if name != "linear"])
def test_routes_cost_what_they_say(name):
    network = sparse(1)
    graph = nx_graph(network)
    for origin, dest in ((0, 17), (3, 29), (38, 5)):
        pairs = pair_of(network, origin, dest)
        if not len(pairs):
            continue
        routed = CONTROLS[name].make(network)(network, pairs)
        if routed.costs[0][0] < math.inf:
            assert (routed.route[0], routed.route[-1]) == (origin, dest)
            assert cost_of(graph, routed.route) == pytest.approx(routed.costs[0][0])


def test_a_trap_is_left_by_those_who_can():
    network = trap()
    way = [0, 1, 2, 3, 4, 5, 6, 7]
    for name in RECOVERING:
        routed = CONTROLS[name].make(network)(network, pair_of(network, 0, 7))
        assert routed.costs[0][0] == pytest.approx(cost_of(nx_graph(network), way)), name
    assert CONTROLS["greedy"].make(network)(network, pair_of(network, 0, 7)).costs[0][0] == math.inf


def test_a_packet_without_route_comes_to_know_it():
    positions = np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0], [10.0, 0.0]])
    network = linked_within(positions, 1.0)
    pairs = all_pairs(network)
    assert (len(pairs), pairs.disconnected) == (4, 8)
    travel = explored_to(network.links, STRAIGHT, True, 3, np.array([0, 2]), NO_ROUTE)
    assert travel.costs.tolist() == [math.inf, 1.0]
    assert travel.seen[0] == 2


def test_the_gabriel_graph_is_planar_and_connected_as_its_network():
    network = sparse(5)
    faces = gabriel(network)
    planar = nx.Graph()
    planar.add_nodes_from(range(network.n_nodes))
    planar.add_edges_from(
        (node, int(faces.ends[arc]))
        for node in range(network.n_nodes)
        for arc in range(faces.ptr[node], faces.ptr[node + 1])
    )
    graph = nx_graph(network)
    for u, v in graph.edges:
        middle = (network.positions[u] + network.positions[v]) / 2
        others = np.delete(network.positions, [u, v], axis=0)
        alone = (np.hypot(*(others - middle).T) > apart(network, u, v) / 2).all()
        assert planar.has_edge(u, v) == alone
    assert nx.check_planarity(planar)[0]
    assert nx.number_connected_components(planar) == nx.number_connected_components(graph)


def test_coincident_nodes_are_routed_between():
    network = linked_within(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), 1.0)
    for name in (*RECOVERING, "compass", "greedy", "min-sum"):
        assert all(cost < math.inf for cost in by_pair(network, name).values()), name
    quality = judge(all_pairs(network), CONTROLS["map-2"].make(network)(network, all_pairs(network)).costs)
    assert quality.delivery == 1.0


def test_judgement_by_hand():
    network = trap()
    pairs = pair_of(network, 0, 7)
    assert pairs.shortest[0][0] == pytest.approx(7.0)
    zeta = 7.0 / 3.0
    for stretch, zeta_ok, ok in (
        (1.0, 1.0, 1.0),
        (1.04, 1.0, 1.0),
        (1.06, 1.0, 0.0),
        (zeta * 1.06, 0.0, 0.0),
    ):
        quality = judge(pairs, [np.array([7.0 * stretch])])
        assert (quality.zeta_accuracy, quality.accuracy, quality.delivery) == (zeta_ok, ok, 1.0)
    lost = judge(pairs, [np.array([np.inf])])
    assert (lost.delivery, lost.mean_stretch, lost.accuracy) == (0.0, None, 0.0)


def test_samples_of_pairs_are_pairs():
    network = sparse()
    pairs = sampled_pairs(network, 100, np.random.default_rng(0))
    assert len(pairs) + pairs.disconnected == 100
    everything = sampled_pairs(network, 10**9, np.random.default_rng(0))
    assert len(everything) == len(all_pairs(network))


def test_weights_are_what_routes_pay():
    network = Network(
        np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5]]),
        np.array([[0, 1], [0, 2], [1, 2]]),
        np.array([9.0, 1, 1]),
    )
    assert shortest_costs(network.links, np.array([1]))[0].tolist() == [2.0, 0.0, 1.0]
    assert by_pair(network, "dijkstra")[0, 1] == 2.0
    assert by_pair(network, "greedy")[0, 1] == 9.0


def test_the_closed_form_by_hand():
    assert two_planes(2.0, 1.0, 1.0) == pytest.approx(-0.026 - 0.023 - 0.012 - 0.063)
    assert two_planes(1.0, 5.0, 1.0) == pytest.approx(0.025 - 0.002 - 0.22 - 0.146)


def test_distance_vectors_of_a_line():
    network = linked_within(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), 1.0)
    # all three know themselves; then ends learn of the middle and it of both; then the ends of each other
    assert distance_vectors(network) == (8, 9)
    assert need_of("the network", network).messages == pytest.approx(8 / 3)
    assert need_of("two hops", network).messages == 2.0
