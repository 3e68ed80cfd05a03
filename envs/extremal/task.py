"""What an environment of extremal graphs asks for: checked once, the same for one environment and for many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from gymnasium import spaces

from coplug.envs.versions import count_box
from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.problems.extremal.graph import FlipGraph, checked_lengths

from .lanes import NO_TARGET, Rules, Starts, starts_of

MOVES = ("flip", "add")

Start = Graph | Sequence[Graph] | None

_LARGEST_GAIN = 2**30


class Task:
    """Sizes, rules and starts; the arguments are those of :class:`~.environment.ExtremalGraphEnv`.

    Attributes
    ----------
    n_actions : int
    rules : Rules
    starts : Starts

    Raises
    ------
    UsageError
        If an argument is out of range, or a start has more than n nodes.
    """

    def __init__(
        self,
        n_nodes: int,
        forbidden: Iterable[int],
        start: Start,
        append: bool,
        moves: str,
        ban: int,
        target: int | None,
        max_steps: int | None,
    ) -> None:
        _check(n_nodes, moves, ban, max_steps)
        self._n = n_nodes
        self._lengths = checked_lengths(forbidden, n_nodes)
        self.n_actions = n_nodes * (n_nodes - 1) // 2 + append
        self.rules = Rules(
            append,
            moves == "add",
            ban,
            NO_TARGET if target is None else target,
            20 * n_nodes if max_steps is None else max_steps,
        )
        self.starts = self.starts_from(_as_list(start, 2 if append else n_nodes))

    def empty(self) -> FlipGraph:
        """Return a new graph without edges."""
        return FlipGraph(Graph.of(self._n, []), self._lengths)

    def starts_from(self, graphs: Sequence[Graph], one_each: bool = False) -> Starts:
        """Return graphs as starts.

        Raises
        ------
        UsageError
            If one is no graph, or has more than n nodes.
        """
        for graph in graphs:
            if not isinstance(graph, Graph):
                raise UsageError(f"a start is a {type(graph).__name__}; give a Graph, several, or None")
            if graph.n_nodes > self._n:
                raise UsageError(
                    f"a start has {graph.n_nodes} nodes, more than {self._n}; take larger n_nodes, or delete some"
                )
        return starts_of(self.empty(), graphs, self.rules.append, one_each)

    def space(self, version: int) -> spaces.Dict:
        """Return the space of observations."""
        shape = (self._n, self._n)
        return spaces.Dict(
            {
                "adjacency": spaces.Box(0, 1, shape, np.int8),
                "gains": spaces.Box(-_LARGEST_GAIN, _LARGEST_GAIN, shape, np.int32),
                "n_nodes": count_box(self._n, version),
                "n_steps": count_box(self.rules.max_steps, version),
            }
        )


def _as_list(start: Start, n_empty: int) -> list[Graph]:
    if start is None:
        return [Graph.of(n_empty, [])]
    graphs = [start] if isinstance(start, Graph) else list(start)
    if not graphs:
        raise UsageError("the list of starts is empty; give graphs, or None for the empty graph")
    return graphs


def _check(n_nodes: int, moves: str, ban: int, max_steps: int | None) -> None:
    if n_nodes < 2:
        raise UsageError(f"{n_nodes} nodes have no pair to flip; take n_nodes >= 2")
    if moves not in MOVES:
        raise UsageError(f"moves {moves!r} are unknown; choose one of: {', '.join(MOVES)}")
    if ban < 0 or (max_steps is not None and max_steps < 1):
        raise UsageError(f"ban {ban}, max_steps {max_steps} are out of range; take them >= 0 and >= 1")
