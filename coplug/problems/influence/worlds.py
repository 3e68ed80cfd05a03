"""Diffusions in worlds: which nodes are reached, when everything random is decided by the world's number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.diffusion import LT, SIS, Diffusion
from coplug.problems.influence.network import Arcs
from coplug.random_kernels import uniform_at


class Process(NamedTuple):
    """A diffusion, for kernels.

    Attributes
    ----------
    kind : int
        IC, LT or SIS of :mod:`.diffusion`.
    recovery : float
    rounds : int
        Both for SIS.
    """

    kind: int
    recovery: float
    rounds: int


class Scratch(NamedTuple):
    """Room for one diffusion at a time.

    Attributes
    ----------
    marks : int64, shape (n_nodes,)
        When a node was reached last, by the clock.
    clock : int64, shape (1,)
        Goes on with each diffusion, and each of its rounds.
    found, other : int32, shape (n_nodes,)
        The nodes reached, in order; and those of the next round.
    """

    marks: NDArray[np.int64]
    clock: NDArray[np.int64]
    found: NDArray[np.int32]
    other: NDArray[np.int32]


def process_of(diffusion: Diffusion) -> Process:
    """Return a diffusion as kernels know it."""
    return Process(diffusion.kind, diffusion.recovery, diffusion.rounds)


def keys_of_worlds(seed: int, stream: int, count: int) -> NDArray[np.uint64]:
    """Return the numbers of some worlds, uint64, shape (count,); a stream's first ones do not depend on ``count``."""
    return np.random.SeedSequence([seed, stream]).generate_state(count, np.uint64).astype(np.uint64)


@kernel
def new_scratch(n_nodes: int) -> Scratch:
    """Return room for the diffusions of a network."""
    return Scratch(
        np.zeros(n_nodes, np.int64),
        np.zeros(1, np.int64),
        np.empty(n_nodes, np.int32),
        np.empty(n_nodes, np.int32),
    )


@kernel
def is_live(arcs: Arcs, kind: int, key: np.uint64, arc: int, head: int) -> bool:
    """Tell whether an arc of ``Network.out`` is live in a world."""
    if kind == LT:
        drawn = uniform_at(key, head)
        return bool(arcs.low[arc] <= drawn < arcs.high[arc])
    return bool(uniform_at(key, arc) < arcs.high[arc])


@kernel
def spread_on(
    arcs: Arcs,
    kind: int,
    key: np.uint64,
    source: int,
    blocked: NDArray[np.uint8],
    scratch: Scratch,
    n_found: int,
) -> int:
    """Add what live arcs reach from a node that has not been reached; under IC and LT.

    Parameters
    ----------
    arcs : Arcs
        ``Network.out``.
    kind : int
    key : uint64
        Number of the world.
    source : int
    blocked : uint8, shape (n_nodes // 8 + 1,)
        A bit for each node, 1 where it is not entered.
    scratch : Scratch
        Nodes whose mark is the clock are not entered either.
    n_found : int
        Nodes in ``scratch.found`` so far.

    Returns
    -------
    n_found : int
    """
    marks, found, now = scratch.marks, scratch.found, scratch.clock[0]
    marks[source] = now
    found[n_found] = source
    at, end = n_found, n_found + 1
    while at < end:
        node = found[at]
        at += 1
        for arc in range(arcs.ptr[node], arcs.ptr[node + 1]):
            head = arcs.ends[arc]
            if marks[head] == now or has_bit(blocked, head):
                continue
            if is_live(arcs, kind, key, arc, head):
                marks[head] = now
                found[end] = head
                end += 1
    return end


@kernel
def infect(arcs: Arcs, process: Process, key: np.uint64, n_found: int, scratch: Scratch) -> int:
    """Let the first nodes of ``scratch.found`` be infected under SIS, and return how many are after the last round.

    ``scratch.found`` begins with those. Who is infected by several sources is whoever is infected by one of them, in
    the same world.
    """
    n_nodes, n_arcs = len(arcs.ptr) - 1, len(arcs.ends)
    found, other = scratch.found, scratch.other
    for round_ in range(process.rounds):
        scratch.clock[0] += 1
        now, n_other, first = scratch.clock[0], 0, round_ * (n_arcs + n_nodes)
        for at in range(n_found):
            node = found[at]
            if scratch.marks[node] != now and uniform_at(key, first + n_arcs + node) >= process.recovery:
                scratch.marks[node] = now
                other[n_other] = node
                n_other += 1
            for arc in range(arcs.ptr[node], arcs.ptr[node + 1]):
                head = arcs.ends[arc]
                if scratch.marks[head] != now and uniform_at(key, first + arc) < arcs.high[arc]:
                    scratch.marks[head] = now
                    other[n_other] = head
                    n_other += 1
        found[:n_other] = other[:n_other]
        n_found = n_other
    return n_found


@kernel
def reach(
    arcs: Arcs, process: Process, key: np.uint64, source: int, blocked: NDArray[np.uint8], scratch: Scratch
) -> int:
    """Return how many nodes a source reaches in a world, which ``scratch.found`` begins with.

    ``blocked``, as of :func:`spread_on`, keeps IC and LT out of nodes that are reached by others, and does nothing
    under SIS.
    """
    if process.kind == SIS:
        scratch.found[0] = source
        return infect(arcs, process, key, 1, scratch)
    if has_bit(blocked, source):
        return 0
    scratch.clock[0] += 1
    return spread_on(arcs, process.kind, key, source, blocked, scratch, 0)


@kernel
def has_bit(bits: NDArray[np.uint8], place: int) -> bool:
    """Tell whether the bit of a place is 1."""
    return bool((bits[place >> 3] >> (place & 7)) & 1)


@kernel
def set_bit(bits: NDArray[np.uint8], place: int) -> None:
    """Set the bit of a place to 1."""
    bits[place >> 3] |= np.uint8(1 << (place & 7))
