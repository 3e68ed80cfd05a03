"""Worlds, and what seeds have reached in each so far."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.network import Arcs, Network
from coplug.problems.influence.worlds import (
    Process,
    Scratch,
    has_bit,
    keys_of_worlds,
    new_scratch,
    process_of,
    reach,
    set_bit,
)


class Worlds(NamedTuple):
    """Worlds, and what has been reached in each.

    Attributes
    ----------
    arcs : Arcs
    process : Process
    weights : float64, shape (n_nodes,)
    keys : uint64, shape (n_worlds,)
    reached : uint8, shape (n_worlds, n_nodes // 8 + 1)
        Bits of nodes.
    """

    arcs: Arcs
    process: Process
    weights: NDArray[np.float64]
    keys: NDArray[np.uint64]
    reached: NDArray[np.uint8]


def new_worlds(network: Network, seed: int, stream: int, n_worlds: int) -> Worlds:
    """Return worlds in which nothing has been reached; see :func:`~.worlds.keys_of_worlds`."""
    return Worlds(
        network.out,
        process_of(network.diffusion),
        np.ones(network.n_nodes) if network.weights is None else network.weights,
        keys_of_worlds(seed, stream, n_worlds),
        np.zeros((n_worlds, network.n_nodes // 8 + 1), np.uint8),
    )


@kernel
def gain_of(worlds: Worlds, node: int, scratch: Scratch) -> float:
    """Return the weight that a node would add, over all worlds."""
    gain = 0.0
    for world in range(len(worlds.keys)):
        gain += gain_in(worlds, world, node, scratch)
    return gain


@kernel
def gain_in(worlds: Worlds, world: int, node: int, scratch: Scratch) -> float:
    """Return the weight that a node would add in one world."""
    reached, gain = worlds.reached[world], 0.0
    end = reach(worlds.arcs, worlds.process, worlds.keys[world], node, reached, scratch)
    for at in range(end):
        if not has_bit(reached, scratch.found[at]):
            gain += worlds.weights[scratch.found[at]]
    return gain


@kernel
def add_gains(worlds: Worlds, candidates: NDArray[np.int32], gains: NDArray[np.float64]) -> None:
    """Add to ``gains``, shape (n_nodes,), what each candidate would add alone, over all worlds."""
    scratch = new_scratch(len(gains))
    for world in range(len(worlds.keys)):
        for node in candidates:
            gains[node] += gain_in(worlds, world, node, scratch)


@kernel
def mark(worlds: Worlds, node: int, scratch: Scratch) -> None:
    """Take note of what a node reaches in each world."""
    for world in range(len(worlds.keys)):
        reached = worlds.reached[world]
        end = reach(worlds.arcs, worlds.process, worlds.keys[world], node, reached, scratch)
        for at in range(end):
            set_bit(reached, scratch.found[at])


@kernel
def shares_reached(worlds: Worlds) -> NDArray[np.float32]:
    """Return the share of the worlds in which each node has been reached, float32, shape (n_nodes,)."""
    counts = np.zeros(len(worlds.weights), np.float32)
    for world in range(len(worlds.keys)):
        for node in range(len(counts)):
            counts[node] += has_bit(worlds.reached[world], node)
    return counts / np.float32(len(worlds.keys))
