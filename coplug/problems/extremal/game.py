"""Flipping pairs as a game of one player for tree search: many graphs at once, each in a row of whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.game import Baseline
from coplug.contracts.model import Actions, States, Transition
from coplug.errors import UsageError
from coplug.graphs.graph import Graph, from_edges
from coplug.inference.architectures.pairs import CHANNELS
from coplug.jit import kernel
from coplug.problems.extremal.climb import ClimbWalk, saturate
from coplug.problems.extremal.flips import Flips, empty, flip
from coplug.problems.extremal.graph import GIRTH_5, FlipGraph, checked_lengths

_NODES, _GAP, _LEFT, _TURN, _HEAD = 0, 1, 2, 3, 4
"""Columns of a state: nodes, best score minus score, steps left, steps done; then the banned pairs and the pairs."""

_FREE = -1


class ExtremalGame:
    """Flip pairs of nodes for some steps; what counts is the best score on the way.

    Pairs i < j are numbered ``j (j - 1) / 2 + i``, so that those of fewer nodes come first. Legal are the pairs that
    were not flipped in the last ``ban`` steps, of them those whose gain is at most ``slack`` below the largest.
    A reward is by how much the best score of the episode rises, which is worth as much as the score itself where one
    may stop at any time, and does not punish a step down on the way up.

    Parameters
    ----------
    nodes : int
        Most nodes of a graph, at least 2.
    smallest : int, optional
        Fewest; by default as many.
    lengths : iterable of int
        Forbidden lengths of cycles.
    ban : int
        At least 0; Mehrabian et al. take 5.
    slack : int
        At least 0.
    steps_per_node : int
        Length of an episode, at least 1.
    padded : float
        Share of the episodes, in [0, 1], that do not begin with the empty graph but with a random maximal one of up to
        4 nodes fewer, as the curriculum does.

    Raises
    ------
    UsageError
        If an argument is out of range.
    """

    two_player = False

    def __init__(
        self,
        nodes: int,
        smallest: int | None = None,
        lengths: Iterable[int] = GIRTH_5,
        *,
        ban: int = 5,
        slack: int = 1,
        steps_per_node: int = 3,
        padded: float = 0.0,
    ) -> None:
        smallest = nodes if smallest is None else smallest
        if not 2 <= smallest <= nodes:
            raise UsageError(
                f"{smallest} to {nodes} nodes are out of range; take at least 2, and no less at most"
            )
        if ban < 0 or slack < 0 or steps_per_node < 1 or not 0 <= padded <= 1:
            raise UsageError(
                f"ban {ban}, slack {slack}, steps_per_node {steps_per_node}, padded {padded} are out of range; "
                "take them >= 0, >= 0, >= 1 and in [0, 1]"
            )
        self.nodes, self.smallest = nodes, smallest
        self.lengths = checked_lengths(lengths, nodes)
        self.n_actions = nodes * (nodes - 1) // 2
        self._ban = min(ban, smallest * (smallest - 1) // 2 - 1)
        self._slack, self._steps_per_node, self._padded = slack, steps_per_node, padded
        self._scratch = empty(nodes, self.lengths)
        self._ends = np.stack(np.tril_indices(nodes, -1)[::-1], axis=1)

    def initial_states(self, n: int, rng: np.random.Generator) -> States:
        """Draw n states to begin with, each of any size, int32, shape (n, length)."""
        return self.states([self._start(rng) for _ in range(n)])

    def _start(self, rng: np.random.Generator) -> Graph:
        nodes = int(rng.integers(self.smallest, self.nodes + 1))
        return self._maximal(nodes, rng) if rng.random() < self._padded else Graph.of(nodes, [])

    def _maximal(self, nodes: int, rng: np.random.Generator) -> Graph:
        """Return a random maximal graph of 1 to 4 nodes fewer, the others isolated."""
        flips = empty(max(nodes - int(rng.integers(1, 5)), 1), self.lengths)
        saturate(flips, rng.integers(2**63, size=1, dtype=np.uint64))
        there = np.flatnonzero(flips.sign == -1)
        pairs = np.stack(np.triu_indices(len(flips.degree), 1), axis=1)
        return from_edges(nodes, pairs[there])

    def states(self, graphs: Iterable[Graph]) -> States:
        """Return the states of episodes that begin with these graphs, of at most ``nodes`` nodes, int32."""
        rows = []
        for graph in graphs:
            row = np.full(_HEAD + self._ban + self.n_actions, _FREE, np.int32)
            row[:_HEAD] = graph.n_nodes, 0, self._steps_per_node * graph.n_nodes, 0
            _fill(row[_HEAD + self._ban :], self._scratch, graph.edges().astype(np.int64))
            rows.append(row)
        return np.stack(rows)

    def step(self, states: States, actions: Actions) -> Transition:
        """Flip a pair in each of n states."""
        following = states.copy()
        rewards = np.empty(len(states))
        _step(following, actions, self._ends, self._ban, self._scratch, rewards)
        return Transition(following, rewards, following[:, _LEFT] == 0)

    def legal(self, states: States) -> NDArray[np.bool_]:
        """Return which pairs may be flipped, shape (n, n_actions)."""
        legal = np.zeros((len(states), self.n_actions), np.bool_)
        _legal(states, self._ban, self._slack, legal)
        return legal

    def encode(self, states: States) -> NDArray[np.float32]:
        """Return a picture of each graph, shape (n, len(CHANNELS), k, k); k is the most nodes of any of them.

        Symmetric in the last two axes, and 0 where one of the nodes is not there. Degrees are divided by the square
        root of the number of nodes, the number of edges by its power 3/2: so extremal graphs of all sizes look alike.
        """
        k = int(states[:, _NODES].max())
        pictures = np.zeros((len(states), len(CHANNELS), k, k), np.float32)
        _encode(states, self._ban, self._steps_per_node, pictures)
        return pictures

    def baselines(self) -> Mapping[str, Baseline]:
        """Return ``hill-climbing`` by a :class:`~.climb.ClimbWalk`, which is far longer than an episode."""
        return {"hill-climbing": self._climbed}

    def _climbed(self, states: States) -> NDArray[np.float64]:
        walk, random, gained = ClimbWalk(), np.zeros(1, np.uint64), np.zeros(len(states))
        for k, graph in enumerate(self.edges(states)):
            state = FlipGraph(graph, self.lengths)
            at_first, best = state.score, np.empty(state.n_actions, np.int32)
            gained[k] = walk(state, state.n_actions, random, best)[0] - at_first
        return gained

    def edges(self, states: States) -> list[Graph]:
        """Return the graphs of states."""
        there = states[:, _HEAD + self._ban :] & 1 == 1
        return [
            Graph.of(int(row[_NODES]), self._ends[edges]) for row, edges in zip(states, there, strict=True)
        ]


@kernel
def _fill(pairs: NDArray[np.int32], scratch: Flips, edges: NDArray[np.int64]) -> None:
    """Write twice the gain of each pair, plus 1 where there is an edge."""
    n = len(scratch.degree)
    scratch.degree[:] = 0
    scratch.sign[:] = 1
    scratch.gain[:] = 1
    for k in range(len(edges)):
        flip(scratch, edges[k, 0], edges[k, 1])
    for j in range(n):
        for i in range(j):
            at = scratch.offset[i] + j
            pairs[j * (j - 1) // 2 + i] = 2 * scratch.gain[at] + (scratch.sign[at] == -1)


@kernel
def _step(
    states: NDArray[np.int32],
    actions: NDArray[np.int64],
    ends: NDArray[np.int64],
    ban: int,
    scratch: Flips,
    rewards: NDArray[np.float64],
) -> None:
    for r in range(len(states)):
        head, history, pairs = states[r, :_HEAD], states[r, _HEAD : _HEAD + ban], states[r, _HEAD + ban :]
        n = head[_NODES]
        _unpack(pairs, n, scratch)
        gain = pairs[actions[r]] >> 1
        flip(scratch, ends[actions[r], 0], ends[actions[r], 1])
        _pack(pairs, n, scratch)
        if ban > 0:
            history[head[_TURN] % ban] = actions[r]
        rewards[r] = max(gain - head[_GAP], 0)
        head[_GAP] = max(head[_GAP] - gain, 0)
        head[_LEFT] -= 1
        head[_TURN] += 1


@kernel
def _unpack(pairs: NDArray[np.int32], n: int, scratch: Flips) -> None:
    """Make ``scratch`` the graph of a state of n nodes."""
    scratch.degree[:n] = 0
    for j in range(n):
        for i in range(j):
            value = pairs[j * (j - 1) // 2 + i]
            at = scratch.offset[i] + j
            scratch.gain[at] = value >> 1
            scratch.sign[at] = 1 - 2 * (value & 1)
            if value & 1:
                scratch.neighbours[i, scratch.degree[i]] = j
                scratch.neighbours[j, scratch.degree[j]] = i
                scratch.degree[i] += 1
                scratch.degree[j] += 1


@kernel
def _pack(pairs: NDArray[np.int32], n: int, scratch: Flips) -> None:
    for j in range(n):
        for i in range(j):
            at = scratch.offset[i] + j
            pairs[j * (j - 1) // 2 + i] = 2 * scratch.gain[at] + (scratch.sign[at] == -1)


@kernel
def _legal(states: NDArray[np.int32], ban: int, slack: int, legal: NDArray[np.bool_]) -> None:
    for r in range(len(states)):
        n = states[r, _NODES]
        m = n * (n - 1) // 2
        pairs = states[r, _HEAD + ban : _HEAD + ban + m]
        legal[r, :m] = True
        for pair in states[r, _HEAD : _HEAD + ban]:
            if pair != _FREE:
                legal[r, pair] = False
        top = -(1 << 30)
        for k in range(m):
            if legal[r, k]:
                top = max(top, pairs[k] >> 1)
        for k in range(m):
            legal[r, k] &= pairs[k] >> 1 >= top - slack


@kernel
def _encode(states: NDArray[np.int32], ban: int, steps_per_node: int, pictures: NDArray[np.float32]) -> None:
    """Write the channels in the order of :data:`CHANNELS`."""
    degree = np.empty(pictures.shape[2], np.int64)
    for r in range(len(states)):
        n = states[r, _NODES]
        pairs, picture = states[r, _HEAD + ban :], pictures[r]
        degree[:n] = 0
        for j in range(n):
            for i in range(j):
                if pairs[j * (j - 1) // 2 + i] & 1:
                    degree[i] += 1
                    degree[j] += 1
        picture[0, :n, :n] = 1
        picture[10, :n, :n] = min(states[r, _GAP], 8) / 4
        picture[11, :n, :n] = states[r, _LEFT] / (steps_per_node * n)
        picture[12, :n, :n] = degree[:n].sum() / n**1.5
        unit = 1 / np.sqrt(n)
        for j in range(n):
            picture[1, j, j] = 1
            picture[8, j, j] = 2 * degree[j] * unit
            for i in range(j):
                value = pairs[j * (j - 1) // 2 + i]
                _encode_pair(picture, i, j, value)
                _set(picture, 8, i, j, (degree[i] + degree[j]) * unit)
                _set(picture, 9, i, j, abs(degree[i] - degree[j]) * unit)
        for pair in states[r, _HEAD : _HEAD + ban]:
            if pair != _FREE:
                j = int((1 + np.sqrt(1 + 8 * pair)) / 2)
                _set(picture, 7, pair - j * (j - 1) // 2, j, 1)


@kernel
def _encode_pair(picture: NDArray[np.float32], i: int, j: int, value: int) -> None:
    gain = value >> 1
    _set(picture, 2, i, j, value & 1)
    if -1 <= gain <= 1:
        _set(picture, 4 - gain, i, j, 1)
    _set(picture, 6, i, j, max(min(gain, 4), -8) / 4)


@kernel
def _set(picture: NDArray[np.float32], channel: int, i: int, j: int, value: float) -> None:
    picture[channel, i, j] = picture[channel, j, i] = value
