"""Networks for tests, and independent ways to look at them."""

import itertools
import math

import networkx as nx
import numpy as np

from coplug.problems.routing.families import WirelessHyperbolic, WirelessSquare
from coplug.problems.routing.network import linked_within


def sparse(seed=0, n=40):
    """A network in which greedy forwarding often fails."""
    return WirelessSquare(n, 2.0).generate(np.random.RandomState(seed))


def curved(seed=0, n=40):
    return WirelessHyperbolic(n, 2.0).generate(np.random.RandomState(seed))


def trap():
    """A U of nodes: the destination 6 is straight ahead of 0, and the way leads around."""
    positions = [(0, 0), (1, 0), (1, 1), (1, 2), (2, 2), (3, 2), (3, 1), (3, 0)]
    return linked_within(np.array(positions, float), 1.1)


def nx_graph(network):
    graph = nx.Graph()
    graph.add_nodes_from(range(network.n_nodes))
    links = network.links
    for node in range(network.n_nodes):
        for k in range(links.ptr[node], links.ptr[node + 1]):
            graph.add_edge(node, int(links.ends[k]), weight=float(links.costs[k]), span=float(links.spans[k]))
    return graph


def apart(network, i, j):
    """The distance, straight from the definition."""
    p, q = network.positions[i], network.positions[j]
    if network.geometry == "plane":
        return math.dist(p, q)
    r, s = math.hypot(*p), math.hypot(*q)
    turn = math.atan2(p[1], p[0]) - math.atan2(q[1], q[0])
    value = math.cosh(r) * math.cosh(s) - math.sinh(r) * math.sinh(s) * math.cos(turn)
    return math.acosh(max(1.0, value))


def cost_of(graph, route):
    return sum(graph[u][v]["weight"] for u, v in itertools.pairwise(route))
