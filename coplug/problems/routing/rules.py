"""Rules that forward a packet by what a node knows of its surroundings alone, without a state in the packet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.inference.architectures.routing import FORWARDER
from coplug.jit import kernel

from .features import neighbour_features, stretch
from .geometry import cosine, distance
from .network import Links
from .perceptron import Perceptron, evaluate

GREEDY, COMPASS, MOST_FORWARD, NEAREST_FORWARD, MIN_SUM = 0, 1, 2, 3, 4
GREEDY_2, COMPASS_2, MIN_SUM_2 = 5, 6, 7
FORWARDED = 8
TWO_PLANES, TENSILE_NET = 16, 17
"""From this number on, rules also look at the origin."""


class Scratch(NamedTuple):
    """Memory of a walk.

    Attributes
    ----------
    features : float32, shape (largest degree, n_features)
    hidden : float32, shape (width,)
    """

    features: NDArray[np.float32]
    hidden: NDArray[np.float32]


def new_scratch(links: Links, net: Perceptron) -> Scratch:
    """Return the memory that walks on a network need."""
    most = int(np.diff(links.ptr).max(initial=1))
    return Scratch(np.zeros((most, len(FORWARDER)), np.float32), np.zeros(len(net.first_bias), np.float32))


@kernel
def next_node(
    links: Links,
    rule: int,
    net: Perceptron,
    node: int,
    dest: int,
    to_dest: NDArray[np.float64],
    scratch: Scratch,
) -> int:
    """Return the neighbour that a rule without origin forwards to, or -1; the destination if it is one.

    Ties go to the neighbour of least number.
    """
    chosen, best = -1, np.inf
    begin, end = links.ptr[node], links.ptr[node + 1]
    whole = to_dest[node]
    for k in range(begin, end):
        if links.ends[k] == dest:
            return dest
    if rule == FORWARDED:
        neighbour_features(links, node, to_dest, scratch.features)
    for k in range(begin, end):
        neighbour, hop = links.ends[k], links.spans[k]
        rest = to_dest[neighbour]
        score = np.inf
        if rule == FORWARDED:
            score = evaluate(net, scratch.features[k - begin], scratch.hidden)
        elif rule >= GREEDY_2:
            score = _looking_ahead(links, rule, node, k, dest, to_dest)
        elif rule == COMPASS:
            score = -cosine(links.curved, hop, rest, whole)
        elif rest < whole:
            if rule == GREEDY:
                score = rest
            elif rule == MOST_FORWARD:
                score = -hop * cosine(links.curved, hop, rest, whole)
            elif rule == NEAREST_FORWARD:
                score = hop
            elif rule == MIN_SUM:
                score = hop + rest
        if score < best:
            chosen, best = neighbour, score
    return chosen


@kernel
def _looking_ahead(
    links: Links, rule: int, node: int, link: int, dest: int, to_dest: NDArray[np.float64]
) -> float:
    """Return the score of a neighbour by the best of its own neighbours, other than the node itself."""
    neighbour, hop, best = links.ends[link], links.spans[link], np.inf
    for k in range(links.ptr[neighbour], links.ptr[neighbour + 1]):
        third = links.ends[k]
        if third == node:
            continue
        way = hop + links.spans[k]
        if third == dest:
            return way if rule == MIN_SUM_2 else -2.0
        if rule == COMPASS_2:
            direct = distance(links.place, links.curved, node, third)
            best = min(best, -cosine(links.curved, direct, to_dest[third], to_dest[node]))
        elif to_dest[third] < to_dest[node]:
            best = min(best, to_dest[third] + (way if rule == MIN_SUM_2 else 0.0))
    return best


@kernel
def next_from(
    links: Links,
    rule: int,
    net: Perceptron,
    node: int,
    origin: int,
    dest: int,
    to_dest: NDArray[np.float64],
    scratch: Scratch,
) -> int:
    """Return the neighbour that a rule forwards to which also knows the origin, or -1."""
    origin_dest, origin_node = to_dest[origin], distance(links.place, links.curved, origin, node)
    begin, end = links.ptr[node], links.ptr[node + 1]
    for k in range(begin, end):
        if links.ends[k] == dest:
            return dest
    own_stretch = stretch(origin_node, to_dest[node], origin_dest)
    x = scratch.features[0]
    chosen, best = -1, -np.inf
    for k in range(begin, end):
        neighbour = links.ends[k]
        rest = to_dest[neighbour]
        own = stretch(distance(links.place, links.curved, origin, neighbour), rest, origin_dest)
        if rule == TWO_PLANES:
            score = two_planes(to_dest[node], rest, own)
        else:
            x[0], x[1], x[2], x[3] = to_dest[node], rest, own_stretch, own
            score = evaluate(net, x, scratch.hidden)
        if score > best:
            chosen, best = neighbour, score
    return chosen


@kernel
def two_planes(here: float, rest: float, own_stretch: float) -> float:
    """Return the paper's closed form (its equation 4): what a neighbour is worth."""
    if rest < 1.020 * here + 0.567 * own_stretch - 0.690:
        return -0.013 * here - 0.023 * own_stretch - 0.012 * rest - 0.063
    return 0.025 * here - 0.002 * own_stretch - 0.044 * rest - 0.146
