"""Packets with a map, against the same written a second time with networkx."""

import math

import networkx as nx
import numpy as np
import pytest
from wireless import apart, curved, nx_graph, sparse

from coplug.problems.routing.explorer import explored_to
from coplug.problems.routing.families import WirelessSquare
from coplug.problems.routing.methods import STRAIGHT
from coplug.problems.routing.network import Network
from coplug.problems.routing.perceptron import linear_map
from coplug.problems.routing.perturbations import with_failures
from coplug.problems.routing.walks import NO_ROUTE


def plain_travel(network, beyond, two_hops, origin, dest):
    """Cost, nodes and links on the map in the end; ``beyond`` is the weight of what remains in the estimate."""
    graph, unit = nx_graph(network), network.links.radius
    heard, known, node, total, plan = set(), nx.Graph(), origin, 0.0, []
    while node != dest:
        news = {node, *(graph[node] if two_hops else ())} - heard
        heard |= news
        known.add_nodes_from(news)
        for who in news:
            known.add_weighted_edges_from((who, end, graph[who][end]["span"]) for end in graph[who])
        if news:
            plan = plan_of(network, known, heard, node, dest, lambda rest: 1 + beyond * rest / unit, two_hops)
        if not plan:
            return math.inf, len(known), known.number_of_edges()
        total += graph[node][plan[0]]["weight"]
        node, plan = plan[0], plan[1:]
    return total, len(known), known.number_of_edges()


def plan_of(network, known, heard, node, dest, factor, two_hops):
    unit = network.links.radius
    inner = known if dest in known else known.subgraph(heard)
    ways, paths = nx.single_source_dijkstra(inner, node)
    totals = {}
    if dest in known:
        totals[dest] = ways[dest]
        for end in set(known) - heard:
            rest = apart(network, end, dest)
            if network.radius is not None and dest not in heard and rest <= network.radius:
                totals[end] = ways[end] + rest
    else:
        for end in set(known) - heard:
            last = min((u for u in known[end] if u in ways), key=lambda u: ways[u] + known[u][end]["weight"])
            paths[end] = [*paths[last], end]
            rest = apart(network, end, dest)
            more = rest * (factor(rest) - 1) if two_hops else (factor(rest) - 1) * unit
            totals[end] = ways[last] + known[last][end]["weight"] + rest + more
    return paths[min(totals, key=totals.get)][1:] if totals else []


LINKED = sparse(3, 30)
NETWORKS = {
    "sparse": sparse(1, 30),
    "dense": WirelessSquare(25, 5.0).generate(np.random.RandomState(2)),
    "failing": with_failures(
        WirelessSquare(25, 5.0).generate(np.random.RandomState(3)), 0.2, np.random.default_rng(0)
    ),
    "without a radius": Network(LINKED.positions, LINKED.edges),
    "hyperbolic": curved(1, 25),
}


@pytest.mark.parametrize("two_hops", [False, True])
@pytest.mark.parametrize("beyond", [0.0, 0.15])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_maps_are_searched_as_by_networkx(network, beyond, two_hops):
    net = linear_map(np.array([beyond, 0, 0, 0, 0, 0, 0, 0], np.float32))
    for dest in range(0, network.n_nodes, 6):
        origins = np.arange(0, network.n_nodes, 2)
        travel = explored_to(network.links, net, two_hops, dest, origins, NO_ROUTE)
        for k, origin in enumerate(origins.tolist()):
            expected = plain_travel(network, beyond, two_hops, origin, dest)
            found = (travel.costs[k], travel.seen[k], travel.known_links[k])
            assert found == pytest.approx(expected), (origin, dest)


def test_a_presumed_link_is_gone_over_and_left_if_it_is_none():
    positions = np.array([[0.0, 0.0], [0.8, 0.6], [0.6, -0.1], [1.1, -0.1], [1.6, 0.0]])
    links = [[0, 1], [1, 4], [0, 2], [2, 3], [3, 4]]
    route = np.zeros(64, np.int32)
    for kept, radius, expected in (
        (5, 1.0, [0, 2, 3, 4]),
        (4, 1.0, [0, 2, 0, 1, 4]),
        (5, None, [0, 1, 4]),
    ):
        network = Network(positions, np.array(links[:kept]), radius=radius)
        route[0] = 0
        explored_to(network.links, STRAIGHT, True, 4, np.array([0]), route)
        assert route[1 : route[0] + 1].tolist() == expected
