"""How far seeds spread, estimated in worlds of their own, for every number of the first seeds at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.diffusion import SIS
from coplug.problems.influence.fixed_threshold import fixed_curve
from coplug.problems.influence.network import Arcs, Network
from coplug.problems.influence.threads import in_threads
from coplug.problems.influence.worlds import (
    Process,
    Scratch,
    keys_of_worlds,
    new_scratch,
    process_of,
    spread_on,
)
from coplug.random_kernels import uniform_at
from coplug.report import Stop

BLOCK = 64
"""Worlds a call of the kernel; sums are added block by block, so that threads change nothing."""

LEAST_WORLDS, MOST_WORLDS = 256, 10_000
LEAST_ERROR, MOST_ERROR = 0.001, 0.005
"""Standard error over the spread at which no more worlds are drawn, if nobody says how many: on small networks, and on
those of a million arcs or more."""

JUDGING = 1
"""The stream of worlds that spreads are estimated in; no method chooses seeds by it."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The spread of the first seeds of a sequence.

    Attributes
    ----------
    means, errors : float64, shape (n_seeds + 1,)
        Mean spread of the first ``i`` seeds over the worlds, and its standard error.
    worlds : int
        How many there were; 1 where nothing is random.
    """

    means: NDArray[np.float64]
    errors: NDArray[np.float64]
    worlds: int

    @property
    def spread(self) -> float:
        """Of all seeds."""
        return float(self.means[-1])

    @property
    def standard_error(self) -> float:
        """Of that."""
        return float(self.errors[-1])

    @property
    def gains(self) -> NDArray[np.float64]:
        """What each seed added, float64, shape (n_seeds,)."""
        return np.diff(self.means)


def estimate(
    network: Network,
    seeds: NDArray[np.int32],
    seed: int = 0,
    *,
    worlds: int | None = None,
    threads: int = 1,
    stop: Stop = bool,
    stream: int = JUDGING,
) -> Curve:
    """Estimate the spread of seeds.

    Parameters
    ----------
    network : Network
    seeds : int32, shape (n_seeds,)
        In order, all different.
    seed : int
        Of the worlds.
    worlds : int or None
        How many; None: from 256 until the standard error is 0.1 % of the spread, or up to 0.5 % on large networks;
        10,000 at most.
    threads : int
    stop : callable
        Asked after each 64 worlds; the worlds so far count then, one block at least.
    stream : int
        Of the worlds; other streams have others.
    """
    if not network.diffusion.is_submodular:
        means = fixed_curve(network, seeds)
        return Curve(means, np.zeros(len(means)), 1)
    most = MOST_WORLDS if worlds is None else worlds
    wanted = min(max(LEAST_ERROR, MOST_ERROR * network.n_arcs / 1e6), MOST_ERROR)
    keys = keys_of_worlds(seed, stream, most)
    weights = np.ones(network.n_nodes) if network.weights is None else network.weights
    call = partial(_block, network.out, process_of(network.diffusion), weights, seeds)
    sums, done = np.zeros((2, len(seeds) + 1)), 0
    for block in in_threads(call, (keys[at : at + BLOCK] for at in range(0, most, BLOCK)), threads):
        sums += block
        done = min(done + BLOCK, most)
        if stop() or (worlds is None and done >= LEAST_WORLDS and _is_exact(sums[:, -1], done, wanted)):
            break
    return Curve(sums[0] / done, _errors(sums, done), done)


def _is_exact(sums: NDArray[np.float64], worlds: int, wanted: float) -> bool:
    return bool(_errors(sums, worlds) <= wanted * sums[0] / worlds)


def _errors(sums: NDArray[np.float64], worlds: int) -> NDArray[np.float64]:
    """Return standard errors of means, from sums and sums of squares, shape (2, ...)."""
    means = sums / worlds
    variances: NDArray[np.float64] = np.maximum(0.0, means[1] - means[0] ** 2)
    return np.sqrt(variances / max(worlds - 1, 1))


def _block(
    arcs: Arcs,
    process: Process,
    weights: NDArray[np.float64],
    seeds: NDArray[np.int32],
    keys: NDArray[np.uint64],
) -> NDArray[np.float64]:
    sums = np.zeros((2, len(seeds) + 1))
    _add_worlds(arcs, process, weights, seeds, keys, sums)
    return sums


@kernel
def _add_worlds(
    arcs: Arcs,
    process: Process,
    weights: NDArray[np.float64],
    seeds: NDArray[np.int32],
    keys: NDArray[np.uint64],
    sums: NDArray[np.float64],
) -> None:
    """Add the spread of each number of the first seeds, and its square, in each world."""
    n_nodes = len(arcs.ptr) - 1
    scratch, gains = new_scratch(n_nodes), np.zeros(len(seeds))
    labels = np.empty((2, n_nodes if process.kind == SIS else 0), np.int32)
    nothing = np.zeros(n_nodes // 8 + 1, np.uint8)
    for key in keys:
        if process.kind == SIS:
            _infected_first(arcs, process, key, weights, seeds, labels, scratch, gains)
        else:
            _reached_first(arcs, process, key, weights, seeds, nothing, scratch, gains)
        spread = 0.0
        for i in range(len(seeds)):
            spread += gains[i]
            sums[0, i + 1] += spread
            sums[1, i + 1] += spread * spread


@kernel
def _reached_first(
    arcs: Arcs,
    process: Process,
    key: np.uint64,
    weights: NDArray[np.float64],
    seeds: NDArray[np.int32],
    nothing: NDArray[np.uint8],
    scratch: Scratch,
    gains: NDArray[np.float64],
) -> None:
    """Set the weight that each seed reaches and no seed before it."""
    scratch.clock[0] += 1
    end = 0
    for i in range(len(seeds)):
        begin, gains[i] = end, 0.0
        if scratch.marks[seeds[i]] != scratch.clock[0]:
            end = spread_on(arcs, process.kind, key, seeds[i], nothing, scratch, end)
        for at in range(begin, end):
            gains[i] += weights[scratch.found[at]]


@kernel
def _infected_first(
    arcs: Arcs,
    process: Process,
    key: np.uint64,
    weights: NDArray[np.float64],
    seeds: NDArray[np.int32],
    labels: NDArray[np.int32],
    scratch: Scratch,
    gains: NDArray[np.float64],
) -> None:
    """Set the weight that each seed has infected at the end and no seed before it.

    A node's label is the first seed that would have infected it by now: the least label of those it is infected by.
    """
    n_nodes, n_arcs, none = len(arcs.ptr) - 1, len(arcs.ends), len(seeds)
    found, other = scratch.found, scratch.other
    now, later = labels[0], labels[1]
    now[:], later[:] = none, none
    for i in range(len(seeds)):
        now[seeds[i]], found[i] = i, seeds[i]
    n_found = len(seeds)
    for round_ in range(process.rounds):
        first, n_other = round_ * (n_arcs + n_nodes), 0
        for at in range(n_found):
            node = found[at]
            label = now[node]
            if uniform_at(key, first + n_arcs + node) >= process.recovery and label < later[node]:
                if later[node] == none:
                    other[n_other] = node
                    n_other += 1
                later[node] = label
            for arc in range(arcs.ptr[node], arcs.ptr[node + 1]):
                head = arcs.ends[arc]
                if label < later[head] and uniform_at(key, first + arc) < arcs.high[arc]:
                    if later[head] == none:
                        other[n_other] = head
                        n_other += 1
                    later[head] = label
        for at in range(n_found):
            now[found[at]] = none
        now, later = later, now
        found, other = other, found
        n_found = n_other
    gains[:] = 0.0
    for at in range(n_found):
        gains[now[found[at]]] += weights[found[at]]
