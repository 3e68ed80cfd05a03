"""Reverse reachable sets: the nodes that would have reached a random node, which count how far any seeds spread.

The expected share of such sets that seeds meet, times what all nodes are worth, is their spread (C. Borgs, M. Brautbar,
J. Chayes and B. Lucier, Maximizing social influence in nearly optimal time, SODA 2014).
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from coplug.jit import kernel
from coplug.problems.influence.diffusion import LT, SIS
from coplug.problems.influence.network import Arcs, Network
from coplug.problems.influence.threads import in_threads
from coplug.problems.influence.worlds import Process, Scratch, keys_of_worlds, new_scratch, process_of
from coplug.random_kernels import uniform, uniform_integer
from coplug.report import Stop

BLOCK = 1024
"""Sets that are drawn by one call, from one random sequence: threads change nothing."""

BYTES_A_MEMBER = 16
"""Of a set's member: in the set, in the rows of its node, and once more while arrays are joined."""

BYTES_A_SET = 16


class ReverseSets:
    """Sets that are drawn when they are asked for; the first ones stay what they are.

    Parameters
    ----------
    network : Network
        Whose spread is submodular.
    seed, stream : int
        Of the draws; other streams give independent sets.
    threads : int
    memory_limit_mb : float
        No more are drawn beyond it.
    stop : callable
        Asked after each 1,024 sets.

    Attributes
    ----------
    ptr : int64, shape (n_sets + 1,)
    members : int32, shape (ptr[-1],)
        The nodes of set ``i`` are ``members[ptr[i]:ptr[i + 1]]``.
    is_cut : bool
        Whether there are fewer than were asked for: the memory was not enough, or ``stop`` ended the draws.
    """

    def __init__(
        self,
        network: Network,
        seed: int = 0,
        stream: int = 0,
        *,
        threads: int = 1,
        memory_limit_mb: float = 4096.0,
        stop: Stop = bool,
    ) -> None:
        self.ptr = np.zeros(1, np.int64)
        self.members = np.zeros(0, np.int32)
        self.is_cut = False
        self._seed, self._stream = seed, stream
        self._threads, self._stop = threads, stop
        self._most_bytes = memory_limit_mb * 2**20
        ends = np.zeros(0) if network.weights is None else np.cumsum(network.weights)
        self._draw = partial(_block, network.into, process_of(network.diffusion), ends)

    @property
    def n_sets(self) -> int:
        """How many there are."""
        return len(self.ptr) - 1

    def draw(self, n_sets: int) -> None:
        """Draw until there are so many sets, up to a block more; fewer, but a block, if memory or ``stop`` cut it."""
        done, wanted = self.n_sets // BLOCK, -(-n_sets // BLOCK)
        if wanted <= done:
            return
        # So many blocks are past the limit even if all their sets are empty.
        room = int(self._most_bytes // (BYTES_A_SET * BLOCK)) + 2
        keys = keys_of_worlds(self._seed, self._stream, min(wanted, room))[done:]
        members, lengths = [self.members], [np.diff(self.ptr)]
        bytes_ = BYTES_A_MEMBER * len(self.members) + BYTES_A_SET * self.n_sets
        for drawn, sizes in in_threads(self._draw, keys, self._threads):
            bytes_ += BYTES_A_MEMBER * len(drawn) + BYTES_A_SET * len(sizes)
            if bytes_ <= self._most_bytes or len(members) + done == 1:
                members.append(drawn)
                lengths.append(sizes)
            if bytes_ > self._most_bytes or self._stop():
                self.is_cut = len(members) + done <= wanted
                break
        self.members = np.concatenate(members)
        self.ptr = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])


def _block(
    into: Arcs, process: Process, ends: NDArray[np.float64], key: np.uint64
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    sizes = np.empty(BLOCK, np.int64)
    return _draw_sets(into, process, ends, np.array([key], np.uint64), sizes), sizes


@kernel
def _draw_sets(
    into: Arcs,
    process: Process,
    ends: NDArray[np.float64],
    random: NDArray[np.uint64],
    sizes: NDArray[np.int64],
) -> NDArray[np.int32]:
    """Draw as many sets as ``sizes`` has room for, and return their members one after the other."""
    n_nodes = len(into.ptr) - 1
    scratch = new_scratch(n_nodes)
    members, n_members = np.empty(8 * len(sizes), np.int32), 0
    for i in range(len(sizes)):
        root = _draw_root(n_nodes, ends, random)
        scratch.clock[0] += 1
        if process.kind == LT:
            size = _walk_back(into, root, random, scratch)
        elif process.kind == SIS:
            size = _recede(into, process, root, random, scratch)
        else:
            size = _cascade_back(into, root, random, scratch)
        if n_members + size > len(members):
            more = np.empty(2 * (n_members + size), np.int32)
            more[:n_members] = members[:n_members]
            members = more
        members[n_members : n_members + size] = scratch.found[:size]
        n_members += size
        sizes[i] = size
    return members[:n_members].copy()


@kernel
def _draw_root(n_nodes: int, ends: NDArray[np.float64], random: NDArray[np.uint64]) -> int:
    """Draw a node, in proportion to its weight if the sums of weights, ``ends``, are given."""
    if len(ends) == 0:
        return uniform_integer(random, 0, n_nodes - 1)
    drawn = uniform(random) * ends[n_nodes - 1]
    low, high = 0, n_nodes - 1
    while low < high:
        middle = (low + high) // 2
        if ends[middle] > drawn:
            high = middle
        else:
            low = middle + 1
    return low


@kernel
def _cascade_back(into: Arcs, root: int, random: NDArray[np.uint64], scratch: Scratch) -> int:
    """Set ``scratch.found`` to the nodes that reach the root by live arcs of IC, and return how many they are."""
    marks, found, now = scratch.marks, scratch.found, scratch.clock[0]
    marks[root], found[0] = now, root
    at, end = 0, 1
    while at < end:
        node = found[at]
        at += 1
        for arc in range(into.ptr[node], into.ptr[node + 1]):
            if uniform(random) < into.high[arc] and marks[into.ends[arc]] != now:
                marks[into.ends[arc]] = now
                found[end] = into.ends[arc]
                end += 1
    return end


@kernel
def _walk_back(into: Arcs, root: int, random: NDArray[np.uint64], scratch: Scratch) -> int:
    """Do the same under LT: follow the live arc into each node, if there is one, until a node comes again."""
    node, end = root, 0
    while scratch.marks[node] != scratch.clock[0]:
        scratch.marks[node], scratch.found[end] = scratch.clock[0], node
        end += 1
        drawn, low, high = uniform(random), into.ptr[node], into.ptr[node + 1]
        while low < high:
            middle = (low + high) // 2
            if into.high[middle] > drawn:
                high = middle
            else:
                low = middle + 1
        if low < into.ptr[node + 1]:
            node = into.ends[low]
    return end


@kernel
def _recede(into: Arcs, process: Process, root: int, random: NDArray[np.uint64], scratch: Scratch) -> int:
    """Do the same under SIS, round by round from the last one: who was infected so that the root is at the end."""
    found, other = scratch.found, scratch.other
    found[0], n_found = root, 1
    for _ in range(process.rounds):
        scratch.clock[0] += 1
        now, n_other = scratch.clock[0], 0
        for at in range(n_found):
            node = found[at]
            if uniform(random) >= process.recovery and scratch.marks[node] != now:
                scratch.marks[node] = now
                other[n_other] = node
                n_other += 1
            for arc in range(into.ptr[node], into.ptr[node + 1]):
                if uniform(random) < into.high[arc] and scratch.marks[into.ends[arc]] != now:
                    scratch.marks[into.ends[arc]] = now
                    other[n_other] = into.ends[arc]
                    n_other += 1
        found[:n_other] = other[:n_other]
        n_found = n_other
    return n_found
