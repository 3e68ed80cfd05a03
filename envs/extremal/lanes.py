"""Graphs whose pairs are flipped side by side, by one compiled call a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.envs.turns import (
    FINE,
    SAME_STEP,
    Conduct,
    Turns,
    begin_episode,
    count_illegal,
    end_step,
    fault_of,
    no_step,
)
from coplug.graphs.graph import Graph
from coplug.graphs.operations import padded
from coplug.jit import kernel
from coplug.problems.extremal.flips import Flips, flip, nodes_of
from coplug.problems.extremal.graph import FlipGraph
from coplug.random_kernels import uniform_integer

NO_TARGET = 2**62


class Rules(NamedTuple):
    """What is the same for all graphs.

    Attributes
    ----------
    append : bool
        Whether the last action makes another node available.
    additions : bool
        Whether only edges may be added that close no forbidden cycle.
    ban : int
        Steps for which a flipped pair is illegal.
    target : int
        Score at which an episode terminates.
    max_steps : int
        Steps after which it is truncated.
    """

    append: bool
    additions: bool
    ban: int
    target: int
    max_steps: int


class Seen(NamedTuple):
    """What is observed of n graphs of m nodes, and what the infos say.

    Attributes
    ----------
    adjacency : int8, shape (n, m, m)
    gains : int32, shape (n, m, m)
    n_nodes, n_steps : int64, shape (n,)
        Available nodes, and steps that are left.
    mask : int8, shape (n, n_actions)
    score, n_edges, best_score : int64, shape (n,)
    """

    adjacency: NDArray[np.int8]
    gains: NDArray[np.int32]
    n_nodes: NDArray[np.int64]
    n_steps: NDArray[np.int64]
    mask: NDArray[np.int8]
    score: NDArray[np.int64]
    n_edges: NDArray[np.int64]
    best_score: NDArray[np.int64]


class Lanes(NamedTuple):
    """Where n graphs of m nodes and k pairs stand.

    Attributes
    ----------
    flips : Flips
        An axis of n in front of ``degree``, ``neighbours``, ``sign``, ``gain`` and ``score``; the others are shared.
    free_from : int64, shape (n, k)
        The step from which a pair may be flipped again.
    best : int32, shape (n, k)
        The signs of the best graph of the episode.
    now : Seen
    """

    flips: Flips
    free_from: NDArray[np.int64]
    best: NDArray[np.int32]
    now: Seen


class Starts(NamedTuple):
    """Graphs to start from.

    Attributes
    ----------
    flips : Flips
        As in :class:`Lanes`, with an axis of the starts.
    n_nodes : int64, shape (n_starts,)
        Available nodes.
    one_each : bool
        Whether episode i takes start i, rather than any.
    """

    flips: Flips
    n_nodes: NDArray[np.int64]
    one_each: bool


def lanes_of(graphs: Sequence[FlipGraph], n_actions: int) -> Lanes:
    """Return lanes of as many graphs, all of one size."""
    flips = _beside_each_other([graph.flips for graph in graphs])
    n, n_pairs = flips.sign.shape
    return Lanes(
        flips,
        np.zeros((n, n_pairs), np.int64),
        np.zeros((n, n_pairs), np.int32),
        nothing_seen(n, graphs[0].n, n_actions),
    )


def nothing_seen(n: int, n_nodes: int, n_actions: int) -> Seen:
    """Return arrays of zeros."""
    counts = np.zeros((5, n), np.int64)
    return Seen(
        np.zeros((n, n_nodes, n_nodes), np.int8),
        np.zeros((n, n_nodes, n_nodes), np.int32),
        counts[0],
        counts[1],
        np.zeros((n, n_actions), np.int8),
        *counts[2:],
    )


def starts_of(empty: FlipGraph, graphs: Sequence[Graph], append: bool, one_each: bool = False) -> Starts:
    """Return graphs, none larger than an empty one, as starts."""
    loaded = [FlipGraph(padded(graph, empty.n), empty.lengths) for graph in graphs]
    n_nodes = [graph.n_nodes if append else empty.n for graph in graphs]
    return Starts(
        _beside_each_other([graph.flips for graph in loaded]), np.array(n_nodes, np.int64), one_each
    )


def _beside_each_other(several: Sequence[Flips]) -> Flips:
    """Return copies of flips, with an axis in front."""
    stacked = {name: np.stack([getattr(flips, name) for flips in several]) for name in _OWN}
    return several[0]._replace(**stacked)


_OWN = ("degree", "neighbours", "sign", "gain", "score")


@kernel
def reset_lanes(
    lanes: Lanes, turns: Turns, starts: Starts, rules: Rules, which: NDArray[np.bool_]
) -> tuple[int, int]:
    """Start an episode in some lanes."""
    for i in range(len(which)):
        turns.fresh[i] = False
        if which[i]:
            _start(lanes, turns, starts, rules, i)
    return FINE, 0


@kernel
def step_lanes(
    lanes: Lanes,
    last: Seen,
    turns: Turns,
    starts: Starts,
    rules: Rules,
    conduct: Conduct,
    actions: NDArray[np.int64],
) -> tuple[int, int]:
    """Act in every lane, or start its next episode.

    ``last`` is where the last observations are kept of episodes that end in the step in which others start.
    """
    fault, where = fault_of(turns, conduct, lanes.now.mask, actions)
    if fault != FINE:
        return fault, where
    for i in range(len(actions)):
        turns.fresh[i] = False
        starts_now = turns.over[i]
        if starts_now:
            no_step(turns, i)
        else:
            act(lanes, turns, rules, conduct, i, actions[i])
            if conduct.mode == SAME_STEP and turns.over[i]:
                _keep(lanes.now, last, i)
                starts_now = True
        if starts_now:
            _start(lanes, turns, starts, rules, i)
    return FINE, 0


@kernel
def act(lanes: Lanes, turns: Turns, rules: Rules, conduct: Conduct, i: int, action: int) -> None:
    """Act in lane ``i``, whose episode is running; an action that is not legal is counted."""
    flips, now = _flips(lanes.flips, i), lanes.now
    n_steps = turns.n_steps[i] + 1
    reward = 0.0
    if turns.n_legal[i] > 0:
        if not now.mask[i, action]:
            reward = count_illegal(turns, i)
        elif action == len(flips.sign):
            now.n_nodes[i] += 1
        else:
            before = flips.score[0]
            u, v = nodes_of(flips, action)
            flip(flips, u, v)
            lanes.free_from[i, action] = n_steps + rules.ban
            reward = float(flips.score[0] - before)
    if flips.score[0] > now.best_score[i]:
        now.best_score[i] = flips.score[0]
        lanes.best[i] = flips.sign
    _show(flips, lanes, turns, rules, i, n_steps)
    terminated = flips.score[0] >= rules.target or turns.n_legal[i] == 0
    end_step(turns, conduct, i, reward, terminated, not terminated and n_steps >= rules.max_steps)


@kernel
def _start(lanes: Lanes, turns: Turns, starts: Starts, rules: Rules, i: int) -> None:
    at = i if starts.one_each else uniform_integer(turns.random[i], 0, len(starts.n_nodes) - 1)
    start_at(lanes, turns, starts, rules, i, at)


@kernel
def start_at(lanes: Lanes, turns: Turns, starts: Starts, rules: Rules, i: int, at: int) -> None:
    """Start an episode in lane ``i`` from start ``at``."""
    flips, start = _flips(lanes.flips, i), _flips(starts.flips, at)
    flips.degree[:] = start.degree
    flips.neighbours[:] = start.neighbours
    flips.sign[:] = start.sign
    flips.gain[:] = start.gain
    flips.score[:] = start.score
    lanes.now.n_nodes[i] = starts.n_nodes[at]
    lanes.free_from[i] = 0
    lanes.best[i] = flips.sign
    lanes.now.best_score[i] = flips.score[0]
    begin_episode(turns, i)
    _show(flips, lanes, turns, rules, i, 0)


@kernel
def _show(flips: Flips, lanes: Lanes, turns: Turns, rules: Rules, i: int, n_steps: int) -> None:
    """Write observation, mask and facts of a lane; the available nodes and the best score are there already."""
    now = lanes.now
    _write_matrices(flips, now.adjacency[i], now.gains[i])
    if n_steps == 0 or rules.append or rules.additions or rules.ban > 0:
        turns.n_legal[i] = _write_mask(flips, rules, now.n_nodes[i], n_steps, lanes.free_from[i], now.mask[i])
    now.n_steps[i] = max(rules.max_steps - n_steps, 0)
    now.score[i] = flips.score[0]
    now.n_edges[i] = flips.degree.sum() // 2


@kernel
def _write_matrices(flips: Flips, adjacency: NDArray[np.int8], gains: NDArray[np.int32]) -> None:
    """Write edges and gains, first above the diagonal, where they lie in a row, then below."""
    n, first = len(adjacency), 0
    for u in range(n):
        there, gain = adjacency[u][u + 1 :], gains[u][u + 1 :]
        for k in range(n - u - 1):
            there[k] = flips.sign[first + k] < 0
            gain[k] = flips.gain[first + k]
        first += n - u - 1
    for u in range(n):
        there, gain = adjacency[u], gains[u]
        for v in range(u):
            there[v], gain[v] = adjacency[v, u], gains[v, u]


@kernel
def _write_mask(
    flips: Flips,
    rules: Rules,
    available: int,
    n_steps: int,
    free_from: NDArray[np.int64],
    mask: NDArray[np.int8],
) -> int:
    """Write which actions are legal; return how many."""
    n, pair, n_legal = len(flips.degree), 0, 0
    for u in range(n):
        for v in range(u + 1, n):
            legal = v < available and free_from[pair] <= n_steps
            if rules.additions:
                legal = legal and flips.gain[pair] == 1 and flips.sign[pair] == 1
            mask[pair] = legal
            n_legal += legal
            pair += 1
    if rules.append:
        mask[pair] = available < n
        n_legal += mask[pair]
    return n_legal


@kernel
def _keep(now: Seen, last: Seen, i: int) -> None:
    last.adjacency[i], last.gains[i], last.mask[i] = now.adjacency[i], now.gains[i], now.mask[i]
    last.n_nodes[i], last.n_steps[i] = now.n_nodes[i], now.n_steps[i]
    last.score[i], last.n_edges[i], last.best_score[i] = now.score[i], now.n_edges[i], now.best_score[i]


@kernel
def _flips(flips: Flips, i: int) -> Flips:
    """Return the flips of a lane."""
    return Flips(
        flips.degree[i],
        flips.neighbours[i],
        flips.offset,
        flips.sign[i],
        flips.gain[i],
        flips.score[i],
        flips.lengths,
        flips.on_path,
    )
