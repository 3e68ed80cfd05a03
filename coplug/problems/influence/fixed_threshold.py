"""Linear threshold with the same threshold everywhere: nothing is random, and the spread is not submodular."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.network import Arcs, Network
from coplug.problems.influence.task import Task

ROUNDING = 1e-6
"""By which a sum of weights, which are float32, may miss the threshold."""


def fixed_curve(network: Network, seeds: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the spread of the first ``i`` seeds, float64, shape (n_seeds + 1,)."""
    weights = np.ones(network.n_nodes) if network.weights is None else network.weights
    assert network.diffusion.threshold is not None
    return _curve(network.out, network.diffusion.threshold - ROUNDING, weights, seeds)


class Activation:
    """Which nodes are active while seeds are added.

    Parameters
    ----------
    network : Network
        With fixed thresholds.

    Attributes
    ----------
    active : bool, shape (n_nodes,)
    """

    def __init__(self, network: Network) -> None:
        assert network.diffusion.threshold is not None
        n = network.n_nodes
        self._arcs, self._threshold = network.out, network.diffusion.threshold - ROUNDING
        self._weights = np.ones(n) if network.weights is None else network.weights
        self.active, self._pressure, self._queue = np.zeros(n, np.bool_), np.zeros(n), np.empty(n, np.int32)

    def add(self, node: int) -> None:
        """Make a node a seed."""
        activate(self._arcs, self._threshold, self._weights, node, self.active, self._pressure, self._queue)


@kernel
def _curve(
    arcs: Arcs, threshold: float, weights: NDArray[np.float64], seeds: NDArray[np.int32]
) -> NDArray[np.float64]:
    n_nodes = len(arcs.ptr) - 1
    means = np.zeros(len(seeds) + 1)
    active, pressure = np.zeros(n_nodes, np.bool_), np.zeros(n_nodes)
    queue = np.empty(n_nodes, np.int32)
    for i in range(len(seeds)):
        means[i + 1] = means[i] + activate(arcs, threshold, weights, seeds[i], active, pressure, queue)[0]
    return means


@kernel
def activate(
    arcs: Arcs,
    threshold: float,
    weights: NDArray[np.float64],
    source: int,
    active: NDArray[np.bool_],
    pressure: NDArray[np.float64],
    queue: NDArray[np.int32],
) -> tuple[float, int]:
    """Make a node a seed, and return the weight and the number of the nodes that become active with it.

    Parameters
    ----------
    arcs : Arcs
        ``Network.out``.
    threshold : float
    weights : float64, shape (n_nodes,)
    source : int
        Nothing happens if it is active.
    active : bool, shape (n_nodes,)
    pressure : float64, shape (n_nodes,)
        Weight of the arcs from active nodes.
    queue : int32, shape (n_nodes,)
        Begins with the nodes that become active.
    """
    if active[source]:
        return 0.0, 0
    active[source] = True
    queue[0], at, end, gain = source, 0, 1, 0.0
    while at < end:
        node = queue[at]
        at += 1
        gain += weights[node]
        for arc in range(arcs.ptr[node], arcs.ptr[node + 1]):
            head = arcs.ends[arc]
            pressure[head] += arcs.high[arc] - arcs.low[arc]
            if not active[head] and pressure[head] >= threshold:
                active[head] = True
                queue[end] = head
                end += 1
    return gain, end


def fixed_greedy(task: Task, limits: Limits) -> Choice:
    """Choose the seed that makes the most other nodes active for its cost, again and again.

    Every candidate is looked at every time, since gains may grow. Of equal ones the one is taken that brings the nodes
    that stay inactive the farthest towards their thresholds: on the way to a cascade no seed gains more than itself.

    Parameters
    ----------
    task : Task
    limits : Limits
        Once they end it, the candidates that are left are taken by their numbers.
    """
    network = task.network
    assert network.diffusion.threshold is not None
    threshold = network.diffusion.threshold - ROUNDING
    weights = np.ones(network.n_nodes) if network.weights is None else network.weights
    active, pressure = np.zeros(network.n_nodes, np.bool_), np.zeros(network.n_nodes)
    queue = np.empty(network.n_nodes, np.int32)
    for node in task.given.tolist():
        activate(network.out, threshold, weights, node, active, pressure, queue)
    left, costs = task.budget * (1 + 1e-12), task.cost_of_each
    rest, seeds = task.candidates, []
    while len(rest := rest[costs[rest] <= left]):
        node = int(rest[0])
        if not limits.over():
            node = _best(network.out, threshold, weights, rest, costs, active, pressure, queue)
            activate(network.out, threshold, weights, node, active, pressure, queue)
        seeds.append(node)
        left -= costs[node]
        rest = rest[rest != node]
    return Choice(np.array(seeds, np.int32), None, limits.reason)


@kernel
def _best(
    arcs: Arcs,
    threshold: float,
    weights: NDArray[np.float64],
    candidates: NDArray[np.int32],
    costs: NDArray[np.float64],
    active: NDArray[np.bool_],
    pressure: NDArray[np.float64],
    queue: NDArray[np.int32],
) -> int:
    """Return the candidate of the most gain for its cost; nothing has changed afterwards."""
    best, most = int(candidates[0]), -1.0
    for node in candidates:
        gain, end = activate(arcs, threshold, weights, node, active, pressure, queue)
        progress = 0.0
        for at in range(end):
            for arc in range(arcs.ptr[queue[at]], arcs.ptr[queue[at] + 1]):
                width = arcs.high[arc] - arcs.low[arc]
                pressure[arcs.ends[arc]] -= width
                if not active[arcs.ends[arc]]:
                    progress += width
        for at in range(end):
            active[queue[at]] = False
        value = (gain + progress / (len(active) + 1)) / costs[node]
        if value > most:
            best, most = int(node), value
    return best
