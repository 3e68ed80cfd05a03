"""How often seeds reach each node."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.diffusion import SIS
from coplug.problems.influence.fixed_threshold import Activation
from coplug.problems.influence.network import Arcs, Network
from coplug.problems.influence.worlds import (
    Process,
    infect,
    keys_of_worlds,
    new_scratch,
    process_of,
    spread_on,
)


def frequencies(
    network: Network, seeds: NDArray[np.int32], seed: int, stream: int, worlds: int
) -> NDArray[np.float64]:
    """Return the share of some worlds in which seeds reach each node, float64, shape (n_nodes,).

    Parameters
    ----------
    network : Network
    seeds : int32, shape (n_seeds,)
    seed, stream, worlds : int
        See :func:`~.worlds.keys_of_worlds`; nothing is random where thresholds are fixed.
    """
    if not network.diffusion.is_submodular:
        activation = Activation(network)
        for node in seeds.tolist():
            activation.add(node)
        return activation.active.astype(np.float64)
    keys = keys_of_worlds(seed, stream, worlds)
    return _counts(network.out, process_of(network.diffusion), seeds, keys) / worlds


@kernel
def _counts(
    arcs: Arcs, process: Process, seeds: NDArray[np.int32], keys: NDArray[np.uint64]
) -> NDArray[np.float64]:
    """Return in how many worlds seeds reach each node."""
    n_nodes = len(arcs.ptr) - 1
    counts, scratch, nothing = np.zeros(n_nodes), new_scratch(n_nodes), np.zeros(n_nodes // 8 + 1, np.uint8)
    for key in keys:
        scratch.clock[0] += 1
        end = 0
        if process.kind == SIS:
            scratch.found[: len(seeds)] = seeds
            end = infect(arcs, process, key, len(seeds), scratch)
        else:
            for seed in seeds:
                if scratch.marks[seed] != scratch.clock[0]:
                    end = spread_on(arcs, process.kind, key, seed, nothing, scratch, end)
        for at in range(end):
            counts[scratch.found[at]] += 1
    return counts
