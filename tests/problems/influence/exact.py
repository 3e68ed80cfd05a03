"""Spreads by enumeration of everything that may happen, in plain Python; and small networks."""

import functools
import itertools

import numpy as np

from coplug.graphs.graph import from_edges
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.network import make_network
from coplug.problems.influence.task import Task

ARCS = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 0), (2, 5), (5, 2)]
CHANCES = [0.5, 0.3, 0.6, 0.4, 0.7, 0.2, 0.55, 0.1]
IC = Diffusion("ic", "column")
LT = Diffusion("lt", "column")
SIS = Diffusion("sis", beta=0.3, recovery=0.4, rounds=3)


def network(diffusion, weights=None, arcs=ARCS, chances=CHANCES, n=6):
    graph = from_edges(n, arcs, edge_weights=chances, directed=True)
    return make_network(graph, diffusion, None if weights is None else np.array(weights, np.float64))


def task(net, budget, costs=None, given=(), excluded=()):
    free = [
        v
        for v in range(net.n_nodes)
        if v not in (*given, *excluded) and (costs is None or costs[v] <= budget)
    ]
    return Task(
        net,
        float(budget),
        None if costs is None else np.array(costs, np.float64),
        np.array(given, np.int32),
        np.array(free, np.int32),
    )


def exact_spread(diffusion, seeds, weights=None, n=6):
    weights = [1.0] * n if weights is None else weights
    outcomes = _outcomes(diffusion, frozenset(seeds), n)
    return sum(p * sum(weights[v] for v in reached) for p, reached in outcomes)


def best_spread(diffusion, k, weights=None, n=6):
    return max(exact_spread(diffusion, seeds, weights, n) for seeds in itertools.combinations(range(n), k))


@functools.cache
def _outcomes(diffusion, seeds, n):
    worlds = {"ic": _cascades, "lt": _thresholds, "sis": _epidemics}[diffusion.model]
    return list(worlds(diffusion, seeds, n))


def _closure(seeds, live):
    reached, rest = set(seeds), list(seeds)
    while rest:
        tail = rest.pop()
        for u, v in live:
            if u == tail and v not in reached:
                reached.add(v)
                rest.append(v)
    return reached


def _cascades(diffusion, seeds, n):
    for live in itertools.product((False, True), repeat=len(ARCS)):
        p = np.prod([c if on else 1 - c for on, c in zip(live, CHANCES, strict=True)])
        yield p, _closure(seeds, [arc for arc, on in zip(ARCS, live, strict=True) if on])


def _thresholds(diffusion, seeds, n):
    """Let every node draw its threshold from the intervals between the sums of weights that there may be."""
    entering = {v: [(u, c) for (u, w), c in zip(ARCS, CHANCES, strict=True) if w == v] for v in range(n)}
    intervals = []
    for v in range(n):
        chosen = itertools.product((0, 1), repeat=len(entering[v]))
        sums = sorted(
            {sum(c * on for (_, c), on in zip(entering[v], some, strict=True)) for some in chosen} | {1.0}
        )
        intervals.append([(high - low, high) for low, high in itertools.pairwise([0.0, *sums])])
    for drawn in itertools.product(*intervals):
        active, before = set(seeds), None
        while before != active:
            before = set(active)
            for v in range(n):
                pressure = sum(c for u, c in entering[v] if u in before)
                if pressure > 0 and pressure >= drawn[v][1] - 1e-12:
                    active.add(v)
        yield np.prod([width for width, _ in drawn]), active


def _epidemics(diffusion, seeds, n):
    now = {frozenset(seeds): 1.0}
    for _ in range(diffusion.rounds):
        later = {}
        for infected, p in now.items():
            healthy = []
            for v in range(n):
                attackers = sum(u in infected for u, w in ARCS if w == v)
                healthy.append(
                    (1 - diffusion.beta) ** attackers * (diffusion.recovery if v in infected else 1)
                )
            for some in itertools.product((False, True), repeat=n):
                q = p * np.prod([1 - h if on else h for on, h in zip(some, healthy, strict=True)])
                key = frozenset(v for v in range(n) if some[v])
                later[key] = later.get(key, 0.0) + q
        now = later
    yield from ((p, infected) for infected, p in now.items())
