"""Ways to route, learned and classical, by name: what each knows, keeps and sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .depth_first import depth_first_to
from .explorer import explored_to
from .faces import faces_to, gabriel, gpsr_to
from .judging import Pairs
from .linear import draw_nodes, fitted, tensile_examples
from .needs import ALL, NAME, ONE_HOP, PAIR_OF_PLACES, POSITION, TWO_HOPS
from .network import Network
from .perceptron import NOTHING, Perceptron, linear_map
from .rules import (
    COMPASS,
    COMPASS_2,
    FORWARDED,
    GREEDY,
    GREEDY_2,
    MIN_SUM,
    MIN_SUM_2,
    MOST_FORWARD,
    NEAREST_FORWARD,
    TENSILE_NET,
    TWO_PLANES,
    new_scratch,
)
from .shortest import shortest_to
from .tables import followed
from .walks import NO_ROUTE, new_route, note, walks_from_to, walks_to

FACE_STATE = 2 * POSITION + 2 * NAME + 1
"""Bytes of where greedy forwarding failed, where the line was crossed, the first arc of the face, and the mode."""


class Routed(NamedTuple):
    """What the routes of some pairs cost.

    Attributes
    ----------
    costs : list of float64 arrays
        As :attr:`~.judging.Pairs.shortest`; infinite where a packet is lost.
    packet_bytes : float64, shape (n_pairs,)
        Of the routing state in each packet, the destination's position among it, when it is largest.
    route : list of int
        Of a lone packet, the nodes that it was at.
    """

    costs: list[NDArray[np.float64]]
    packet_bytes: NDArray[np.float64]
    route: list[int]


Method = Callable[[Network, Pairs], Routed]


@dataclass(frozen=True)
class Way:
    """A way to route.

    Attributes
    ----------
    knows : str
        What a node knows: ``one hop``, ``two hops`` or ``the network``.
    description : str
        One line.
    make : callable
        Returns the method, given the network as it was when tables were made.
    rule : int or None
        Of :mod:`~.rules`, if it is one.
    """

    knows: str
    description: str
    make: Callable[[Network], Method]
    rule: int | None = None

    @property
    def decides_alone(self) -> bool:
        """Whether where a packet goes depends on node and destination alone, so that tables can hold it."""
        return self.knows == ALL or (self.rule is not None and self.rule < TWO_PLANES)


def by_rule(rule: int, net: Perceptron = NOTHING) -> Method:
    """Return the method of a rule without a state in the packet, see :mod:`~.rules`."""
    walk: Any = walks_from_to if rule >= TWO_PLANES else walks_to
    state = 2 * POSITION if rule >= TWO_PLANES else POSITION

    def routed(network: Network, pairs: Pairs) -> Routed:
        links = network.links
        scratch = new_scratch(links, net)
        route = _route(network, pairs)
        costs = [walk(links, rule, net, dest, origins, scratch, route) for dest, origins in _each(pairs)]
        return Routed(costs, np.full(len(pairs), float(state)), _listed(route))

    return routed


def by_explorer(net: Perceptron, two_hops: bool) -> Method:
    """Return the method of a packet with a map, see :mod:`~.explorer`."""

    def routed(network: Network, pairs: Pairs) -> Routed:
        links, route = network.links, _route(network, pairs)
        travels = [explored_to(links, net, two_hops, dest, origins, route) for dest, origins in _each(pairs)]
        seen = np.concatenate([travel.seen for travel in travels])
        known = np.concatenate([travel.known_links for travel in travels])
        sizes = (NAME + POSITION) * seen + PAIR_OF_PLACES * known + POSITION
        return Routed([travel.costs for travel in travels], sizes.astype(np.float64), _listed(route))

    return routed


def by_depth_first(two_hops: bool) -> Method:
    """Return the method of depth-first search, see :mod:`~.depth_first`."""

    def routed(network: Network, pairs: Pairs) -> Routed:
        links, route = network.links, _route(network, pairs)
        found = [depth_first_to(links, dest, origins, two_hops, route) for dest, origins in _each(pairs)]
        listed = np.concatenate([visited for _, visited in found])
        return Routed([costs for costs, _ in found], NAME * listed + float(POSITION), _listed(route))

    return routed


def by_faces(walk: Any) -> Method:
    """Return the method of a walk on the Gabriel graph, see :mod:`~.faces`."""

    def routed(network: Network, pairs: Pairs) -> Routed:
        links, faces, route = network.links, gabriel(network), _route(network, pairs)
        costs = [walk(links, faces, dest, origins, route) for dest, origins in _each(pairs)]
        return Routed(costs, np.full(len(pairs), float(POSITION + FACE_STATE)), _listed(route))

    return routed


def by_table(before: Network) -> Method:
    """Return the method of tables that hold the cheapest routes of the network as it was."""
    return by_decisions(lambda dest: shortest_to(before.links, dest)[1])


def by_dijkstra(network: Network, pairs: Pairs) -> Routed:
    """Route by the network as it is: the limit."""
    return by_table(network)(network, pairs)


def by_decisions(following: Callable[[int], NDArray[np.int32]]) -> Method:
    """Return the method of given decisions: where each node forwards packets for a destination."""

    def routed(network: Network, pairs: Pairs) -> Routed:
        costs, route = [], _route(network, pairs)
        for dest, origins in _each(pairs):
            decided = following(dest)
            costs.append(followed(network.links, decided, dest)[origins])
            if len(route):
                _follow(decided, int(origins[0]), dest, route)
        return Routed(costs, np.full(len(pairs), float(NAME)), _listed(route))

    return routed


def _follow(following: NDArray[np.int32], node: int, dest: int, route: NDArray[np.int32]) -> None:
    while route[0] < len(following) and node >= 0:
        note(route, node)
        if node == dest:
            return
        node = int(following[node])


def _route(network: Network, pairs: Pairs) -> NDArray[np.int32]:
    return new_route(network.links) if len(pairs) == 1 else NO_ROUTE


def _listed(route: NDArray[np.int32]) -> list[int]:
    return route[1 : route[0] + 1].tolist() if len(route) else []


def _linear(before: Network) -> Method:
    from .families import WirelessSquare

    network = WirelessSquare(50, 5.0).generate(np.random.RandomState(0))
    features, values = tensile_examples(network, *draw_nodes(network, np.random.default_rng(0)))
    return by_rule(TENSILE_NET, fitted(features, values))


STRAIGHT = linear_map(np.zeros(0, np.float32))
"""Of an explorer that takes the straight line for what remains."""


def _of_rule(knows: str, description: str, rule: int) -> Way:
    return Way(knows, description, lambda before: by_rule(rule), rule)


CONTROLS: dict[str, Way] = {
    "greedy": _of_rule(ONE_HOP, "to the neighbour nearest to the destination, if it is nearer", GREEDY),
    "compass": _of_rule(ONE_HOP, "to the neighbour in whose direction the destination is most", COMPASS),
    "most-forward": _of_rule(ONE_HOP, "to the neighbour with the longest way along the line", MOST_FORWARD),
    "nearest-forward": _of_rule(ONE_HOP, "to the nearest neighbour that is nearer", NEAREST_FORWARD),
    "min-sum": _of_rule(
        ONE_HOP, "to the nearer neighbour with the least hop and remaining distance", MIN_SUM
    ),
    "two-planes": _of_rule(ONE_HOP, "the paper's closed form, its equation 4", TWO_PLANES),
    "linear": Way(ONE_HOP, "least squares on the paper's features", _linear, TENSILE_NET),
    "gpsr": Way(ONE_HOP, "greedy, and around faces where it fails", lambda before: by_faces(gpsr_to)),
    "face": Way(ONE_HOP, "around faces of the Gabriel graph", lambda before: by_faces(faces_to)),
    "depth-first": Way(
        ONE_HOP, "depth-first, visited nodes in the packet", lambda before: by_depth_first(False)
    ),
    "map-1": Way(
        ONE_HOP,
        "by a map in the packet, straight lines beyond it",
        lambda before: by_explorer(STRAIGHT, False),
    ),
    "greedy-2": _of_rule(TWO_HOPS, "greedy by the best of two hops", GREEDY_2),
    "compass-2": _of_rule(TWO_HOPS, "compass by the best of two hops", COMPASS_2),
    "min-sum-2": _of_rule(TWO_HOPS, "minimum sum over two hops", MIN_SUM_2),
    "depth-first-2": Way(TWO_HOPS, "depth-first over two hops", lambda before: by_depth_first(True)),
    "map-2": Way(
        TWO_HOPS,
        "by a map in the packet, straight lines beyond it",
        lambda before: by_explorer(STRAIGHT, True),
    ),
    "table": Way(ALL, "distance-vector tables, made before links fail", by_table),
    "dijkstra": Way(ALL, "the cheapest routes of the network as it is", lambda before: by_dijkstra),
}
"""Classical ways, by name."""


def learned_way(kind: str, net: Perceptron, two_hops: bool) -> Way:
    """Return the way of learned weights; see :class:`~.learned.LearnedRule`."""
    if kind == "routing-explorer":
        knows = TWO_HOPS if two_hops else ONE_HOP
        return Way(
            knows, "by a map in the packet, learned beyond it", lambda before: by_explorer(net, two_hops)
        )
    rule = FORWARDED if kind == "routing-forwarder" else TENSILE_NET
    return Way(ONE_HOP, "a learned rule", lambda before: by_rule(rule, net), rule)


def _each(pairs: Pairs) -> Any:
    return zip(pairs.dests.tolist(), pairs.origins, strict=True)
