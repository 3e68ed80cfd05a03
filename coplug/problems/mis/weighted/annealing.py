"""Simulated annealing for heaviest independent sets, and the better of two sets in each part of the graph.

A move puts a node into the set and takes its neighbours out.

Source: S. Kirkpatrick, C. Gelatt and M. Vecchi, Optimization by simulated annealing, Science 220 (1983), 671-680.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.graphs.graph import Graph
from coplug.jit import kernel
from coplug.random_kernels import uniform

MEMBER = 2**62
"""Loss of a node of the set: it cannot be put in."""

LONG_SHOT = 16.0
"""Losses of more temperatures than this are taken for impossible: less than one in millions would be accepted."""

STEP, WORK = range(2)


class Annealing(NamedTuple):
    """Where an annealing stands.

    Attributes
    ----------
    ptr : int64, shape (n_nodes + 1,)
    neighbours : int32, shape (2 * n_edges,)
    weight : int64, shape (n_nodes,)
        The graph, and the weights of its nodes.
    inside : uint8, shape (n_nodes,)
        The set.
    loss : int64, shape (n_nodes,)
        What putting in a node costs: the members beside it, less its own weight; at least MEMBER for members.
    random : uint64, shape (1,)
        State of the generator.
    counts : int64, shape (2,)
        Nodes put in, and list entries read.
    """

    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    weight: NDArray[np.int64]
    inside: NDArray[np.uint8]
    loss: NDArray[np.int64]
    random: NDArray[np.uint64]
    counts: NDArray[np.int64]


def start(graph: Graph, weights: NDArray[np.int64], inside: NDArray[np.uint8], seed: int) -> Annealing:
    """Return an annealing that begins with an independent set, of which it keeps a copy.

    Parameters
    ----------
    graph : Graph
    weights : int64, shape (n_nodes,)
    inside : uint8, shape (n_nodes,)
    seed : int
        In 0..2**64 - 1.
    """
    return Annealing(
        ptr=graph.ptr,
        neighbours=graph.neighbours,
        weight=weights,
        inside=inside.copy(),
        loss=_losses(graph.ptr, graph.neighbours, weights, inside),
        random=np.array([seed], dtype=np.uint64),
        counts=np.zeros(2, dtype=np.int64),
    )


@kernel
def _losses(
    ptr: NDArray[np.int64],
    neighbours: NDArray[np.int32],
    weight: NDArray[np.int64],
    inside: NDArray[np.uint8],
) -> NDArray[np.int64]:
    loss = -weight
    for node in range(len(weight)):
        if inside[node]:
            loss[node] = MEMBER
            for at in range(ptr[node], ptr[node + 1]):
                loss[neighbours[at]] += weight[node]
    return loss


@kernel
def sweep(state: Annealing, temperature: float, last_step: int) -> None:
    """Draw as many nodes as there are, and put each in if chance allows its loss; stop at a number of steps."""
    n = len(state.weight)
    cut = int(LONG_SHOT * temperature)
    for _ in range(n):
        place = uniform(state.random) * n
        node = min(int(place), n - 1)
        loss = state.loss[node]
        # What follows the point of the place is a random number of its own.
        if loss <= 0 or (loss <= cut and place - node < np.exp(-loss / temperature)):
            if state.counts[STEP] >= last_step:
                return
            _put(state, node)
    state.counts[WORK] += n


@kernel
def settle(state: Annealing) -> None:
    """Put nodes in as long as one makes the set heavier."""
    improves = True
    while improves:
        improves = False
        for node in range(len(state.weight)):
            if state.loss[node] < 0:
                _put(state, node)
                improves = True
        state.counts[WORK] += len(state.weight)


@kernel
def _put(state: Annealing, node: int) -> None:
    """Put a node into the set and take its neighbours out."""
    state.counts[STEP] += 1
    state.counts[WORK] += state.ptr[node + 1] - state.ptr[node]
    for at in range(state.ptr[node], state.ptr[node + 1]):
        other = state.neighbours[at]
        if state.inside[other]:
            state.inside[other] = 0
            state.loss[other] = -state.weight[other]
            state.counts[WORK] += state.ptr[other + 1] - state.ptr[other]
            for place in range(state.ptr[other], state.ptr[other + 1]):
                state.loss[state.neighbours[place]] -= state.weight[other]
        state.loss[other] += state.weight[node]
    state.inside[node] = 1
    state.loss[node] = MEMBER


@kernel
def choose_parts(
    ptr: NDArray[np.int64],
    neighbours: NDArray[np.int32],
    weight: NDArray[np.int64],
    best: NDArray[np.uint8],
    other: NDArray[np.uint8],
) -> int:
    """Give an independent set what another one has better; return what it gains.

    The nodes in which they differ are parts that are not adjacent to each other, so the heavier choice can be made in
    each: on a large graph that keeps the gains of an annealing and drops its losses.

    Parameters
    ----------
    ptr, neighbours, weight
        As in :class:`Annealing`.
    best : uint8, shape (n_nodes,)
        Changed.
    other : uint8, shape (n_nodes,)
    """
    seen = np.zeros(len(weight), dtype=np.uint8)
    part = np.empty(len(weight), dtype=np.int32)
    total = 0
    for root in range(len(weight)):
        if seen[root] or best[root] == other[root]:
            continue
        part[0], size, done, gain = root, 1, 0, 0
        seen[root] = 1
        while done < size:
            node = part[done]
            done += 1
            gain += weight[node] if other[node] else -weight[node]
            for at in range(ptr[node], ptr[node + 1]):
                near = neighbours[at]
                if not seen[near] and best[near] != other[near]:
                    seen[near] = 1
                    part[size] = near
                    size += 1
        if gain > 0:
            total += gain
            best[part[:size]] = other[part[:size]]
    return total
