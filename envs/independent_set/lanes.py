"""Independent sets that are built side by side, each in a graph of its own, by one compiled call a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coplug.envs.turns import (
    EXHAUSTED,
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
from coplug.graphs.families.compiled import CompiledFamily, draw_matrix
from coplug.graphs.graph import Graph
from coplug.graphs.ragged import pointer
from coplug.graphs.source import MAX_DRAWS
from coplug.jit import kernel
from coplug.problems.mis.construction import WORK_A_CALL, take_and_reduce, write_matrix
from coplug.problems.mis.reduction_graph import WORK_LIMIT, State, allocate, start_anew
from coplug.random_kernels import uniform_integer

NO_FAMILY = CompiledFamily(0, np.zeros(0))


class Seen(NamedTuple):
    """What is observed of n graphs of at most m nodes.

    Attributes
    ----------
    adjacency : int8, shape (n, m, m)
    left : int8, shape (n, m)
        The masks.
    size : int64, shape (n,)
    """

    adjacency: NDArray[np.int8]
    left: NDArray[np.int8]
    size: NDArray[np.int64]


class Lanes(NamedTuple):
    """Where n graphs of at most m nodes stand.

    Attributes
    ----------
    n_nodes : int64, shape (n,)
    owed : int64, shape (n,)
        Nodes that were taken before the first step.
    redraws : int64, shape (n,)
        Graphs that were thrown away before this one.
    now, last : Seen
        Of the running episodes; and, where they are started in the step in which others end, of those.
    """

    n_nodes: NDArray[np.int64]
    owed: NDArray[np.int64]
    redraws: NDArray[np.int64]
    now: Seen
    last: Seen


class Supply(NamedTuple):
    """Where graphs come from: a family if its ``kind`` is not 0, else some graphs.

    Attributes
    ----------
    family : CompiledFamily
    nodes : int64, shape (n_graphs + 1,)
        Where the nodes of each graph begin.
    ptr : int64, shape (nodes[-1] + 1,)
    neighbours : int32, shape (ptr[-1],)
        Numbered within each graph.
    one_each : bool
        Whether episode i takes graph i, rather than any.
    redraws_solved : bool
        Whether another graph is taken where nothing is left of one at once.
    """

    family: CompiledFamily
    nodes: NDArray[np.int64]
    ptr: NDArray[np.int64]
    neighbours: NDArray[np.int32]
    one_each: bool
    redraws_solved: bool


class Reducing(NamedTuple):
    """How graphs are reduced.

    Attributes
    ----------
    graphs : State
        Its arrays have an axis of n in front, and room for m nodes.
    rules : int
    """

    graphs: State
    rules: int


def no_lanes(n: int, max_nodes: int, keeps_last: bool) -> Lanes:
    """Return n lanes without graphs."""

    def seen(n: int) -> Seen:
        return Seen(
            np.zeros((n, max_nodes, max_nodes), np.int8),
            np.zeros((n, max_nodes), np.int8),
            np.zeros(n, np.int64),
        )

    return Lanes(
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        seen(n),
        seen(n if keeps_last else 0),
    )


def reducing(n: int, max_nodes: int, rules: int | None) -> Reducing | None:
    """Return room for n graphs that are reduced by these rules; None for no reductions."""
    if rules is None:
        return None
    return Reducing(allocate(max_nodes, 2 * max_nodes * max_nodes + 2, (n,)), rules)


def supply_of(
    graphs: Sequence[Graph],
    *,
    family: CompiledFamily = NO_FAMILY,
    one_each: bool = False,
    redraws_solved: bool = False,
) -> Supply:
    """Return the supply of a family, or of graphs."""
    lengths = np.concatenate([np.zeros(0, np.int64), *(graph.degrees for graph in graphs)])
    neighbours = np.concatenate([np.zeros(0, np.int32), *(graph.neighbours for graph in graphs)])
    nodes = pointer(graph.n_nodes for graph in graphs)
    return Supply(family, nodes, pointer(lengths), neighbours, one_each, redraws_solved)


@kernel
def reset_lanes(
    lanes: Lanes, turns: Turns, supply: Supply, reducing: Reducing | None, which: NDArray[np.bool_]
) -> tuple[int, int]:
    """Start an episode in some lanes."""
    for i in range(len(which)):
        turns.fresh[i] = False
        if which[i] and not _start(lanes, turns, supply, reducing, i):
            return EXHAUSTED, i
    return FINE, 0


@kernel
def step_lanes(
    lanes: Lanes,
    turns: Turns,
    supply: Supply,
    reducing: Reducing | None,
    conduct: Conduct,
    actions: NDArray[np.int64],
) -> tuple[int, int]:
    """Act in every lane, or start its next episode."""
    fault, where = fault_of(turns, conduct, lanes.now.left, actions)
    if fault != FINE:
        return fault, where
    for i in range(len(actions)):
        turns.fresh[i] = False
        starts = turns.over[i]
        if starts:
            no_step(turns, i)
        else:
            _act(lanes, turns, reducing, conduct, i, actions[i])
            if conduct.mode == SAME_STEP and turns.over[i]:
                _keep_last(lanes, i)
                starts = True
        if starts and not _start(lanes, turns, supply, reducing, i):
            return EXHAUSTED, i
    return FINE, 0


@kernel
def _act(
    lanes: Lanes, turns: Turns, reducing: Reducing | None, conduct: Conduct, i: int, action: int
) -> None:
    if turns.n_legal[i] > 0 and not lanes.now.left[i, action]:
        end_step(turns, conduct, i, count_illegal(turns, i), False, False)
        return
    reward = lanes.owed[i]
    lanes.owed[i] = 0
    if turns.n_legal[i] > 0:
        reward += _take(lanes, turns, reducing, i, action)
    end_step(turns, conduct, i, float(reward), turns.n_legal[i] == 0, False)


@kernel
def _take(lanes: Lanes, turns: Turns, reducing: Reducing | None, i: int, node: int) -> int:
    """Take a node, or none if it is negative, and show what is left; return by how much the set grows."""
    # Numba compiles but one of the two branches, as the type of the argument tells which it is.
    if reducing is None:
        gained = 0
        if node >= 0:
            gained = 1
            n = lanes.n_nodes[i]
            turns.n_legal[i] -= _remove_closed(lanes.now.adjacency[i], lanes.now.left[i], n, node)
    else:
        graph = _graph(reducing.graphs, i, lanes.n_nodes[i])
        gained = take_and_reduce(graph, node, True)
        lanes.now.adjacency[i] = 0
        lanes.now.left[i] = 0
        turns.n_legal[i] = write_matrix(graph, lanes.now.adjacency[i], lanes.now.left[i])
    lanes.now.size[i] += gained
    return gained


@kernel
def _remove_closed(adjacency: NDArray[np.int8], left: NDArray[np.int8], n: int, node: int) -> int:
    """Remove a node and its neighbours from a matrix of n nodes; return how many these are."""
    removed = 1
    left[node] = 0
    for other in range(n):
        if adjacency[node, other]:
            left[other] = 0
            removed += 1
            for end in range(n):
                if adjacency[other, end]:
                    adjacency[end, other] = 0
            adjacency[other, :n] = 0
    return removed


@kernel
def _start(lanes: Lanes, turns: Turns, supply: Supply, reducing: Reducing | None, i: int) -> bool:
    """Start an episode; False if no graph of use was found."""
    for redraws in range(MAX_DRAWS):
        if not _load(lanes, turns, supply, i):
            continue
        if reducing is not None:
            graph = _graph(reducing.graphs, i, lanes.n_nodes[i])
            _load_matrix(graph, lanes.now.adjacency[i], reducing.rules)
            graph.counts[WORK_LIMIT] = WORK_A_CALL
        lanes.now.size[i] = 0
        lanes.owed[i] = _take(lanes, turns, reducing, i, -1)
        if turns.n_legal[i] > 0 or not supply.redraws_solved:
            lanes.redraws[i] = redraws
            begin_episode(turns, i)
            return True
    turns.over[i] = True
    return False


@kernel
def _load(lanes: Lanes, turns: Turns, supply: Supply, i: int) -> bool:
    """Put the next graph into a lane; False if it is too large."""
    matrix, left = lanes.now.adjacency[i], lanes.now.left[i]
    if supply.family.kind != 0:
        n = draw_matrix(supply.family, turns.random[i], matrix)
    else:
        at = i if supply.one_each else uniform_integer(turns.random[i], 0, len(supply.nodes) - 2)
        n = _write_graph(supply, at, matrix)
    if n < 0:
        return False
    lanes.n_nodes[i] = turns.n_legal[i] = n
    left[:n] = 1
    left[n:] = 0
    return True


@kernel
def _write_graph(supply: Supply, at: int, matrix: NDArray[np.int8]) -> int:
    """Write a graph into the corner of a matrix; return its nodes, -1 if they are too many."""
    first, end = int(supply.nodes[at]), int(supply.nodes[at + 1])
    if end - first > len(matrix):
        return -1
    matrix[:] = 0
    for node in range(first, end):
        row = matrix[node - first]
        for k in range(supply.ptr[node], supply.ptr[node + 1]):
            row[supply.neighbours[k]] = 1
    return end - first


@kernel
def _load_matrix(graph: State, matrix: NDArray[np.int8], rules: int) -> None:
    """Make this the graph, every node queued."""
    n, end = len(graph.first), 0
    for node in range(n):
        graph.first[node] = end
        row = matrix[node]
        for other in range(n):
            if row[other]:
                graph.pool[end] = other
                end += 1
        graph.degree[node] = end - graph.first[node]
    start_anew(graph, rules, end)


@kernel
def _keep_last(lanes: Lanes, i: int) -> None:
    lanes.last.adjacency[i] = lanes.now.adjacency[i]
    lanes.last.left[i] = lanes.now.left[i]
    lanes.last.size[i] = lanes.now.size[i]


@kernel
def _graph(graphs: State, i: int, n: int) -> State:
    """Return the graph of a lane, of n nodes, as one of its own."""
    return State(
        graphs.pool[i],
        graphs.first[i][:n],
        graphs.length[i][:n],
        graphs.degree[i][:n],
        graphs.there[i][:n],
        graphs.seen[i][:n],
        graphs.around[i][:n],
        graphs.tally[i][:n],
        graphs.members[i][:n],
        graphs.small[i][:n],
        graphs.wide[i][:n],
        graphs.queued[i][:n],
        graphs.trail[i][:n],
        graphs.bucket[i][: n + 1],
        graphs.after[i][:n],
        graphs.counts[i],
    )
