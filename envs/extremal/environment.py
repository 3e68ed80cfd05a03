"""Flipping pairs of nodes, as an environment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.envs.spaces import MaskedDiscrete
from coplug.errors import UsageError
from coplug.graphs.graph import Graph
from coplug.graphs.operations import padded
from coplug.problems.extremal.graph import GIRTH_5, FlipGraph

from .picture import draw_graph, graph_text

DEPTH = 4
"""Nodes that a start may have fewer."""

MOVES = ("flip", "add")

_LARGEST_GAIN = 2**30

Start = Graph | Sequence[Graph] | None


class ExtremalGraphEnv(gymnasium.Env[dict[str, Any], np.int64]):
    """Flip pairs of nodes until the graph has many edges and no cycle of a forbidden length.

    **Actions.** ``Discrete(m)``, m = n (n - 1) / 2: the number of a pair of nodes, counted row by row as
    (0, 1), (0, 2), ..., (n - 2, n - 1); :attr:`pairs` lists them. The pair gets an edge, or loses it. With
    ``append=True`` there is a last action m that makes the next node available. Legal are the pairs of available nodes
    that were not flipped in the last ``ban`` steps, of them with ``moves="add"`` only those where an edge closes no
    forbidden cycle, and appending while nodes are missing: ``info["action_mask"]``, int8, has 1 there, and
    :meth:`action_masks` gives the same as bool. The space's ``sample()`` follows the mask. An illegal action raises
    ``gymnasium.error.InvalidAction`` and changes nothing; a step outside an episode raises
    ``gymnasium.error.ResetNeeded``.

    **Observations.** A ``Dict``:

    ============= ===== ====== =====================================================================
    field         dtype shape  range
    ============= ===== ====== =====================================================================
    ``adjacency`` int8  (n, n) 0..1, symmetric, diagonal 0
    ``gains``     int32 (n, n) -2**30..2**30, symmetric, diagonal 0: the reward of flipping each pair
    ``n_nodes``   int64 ()     0..n, available nodes, the first ones; n unless ``append``
    ``n_steps``   int64 ()     0..max_steps, steps that are left
    ============= ===== ====== =====================================================================

    **Reward.** The change of the score, which is the number of edges minus the number of cycles of forbidden lengths:
    by default of triangles and 4-cycles. Rewards add up to the last score minus the first. Appending is worth 0.

    **End.** Truncated after ``max_steps`` steps. Terminated when the score reaches ``target``, and when no action is
    legal. Where none is legal from the start, the mask is all 0, and the next step ignores its action, has reward 0
    and terminates. ``info`` always has ``score``, ``n_edges``, ``n_cycles`` and ``best_score``, the largest
    score of the episode; :attr:`best` is the graph that had it.

    **Start.** The empty graph, a graph, or one of several, drawn by ``np_random``: the curriculum of Mehrabian et al.
    is a list of the best graphs of n - 4 to n - 1 nodes, which an archive holds
    (:mod:`coplug.problems.extremal.archive`). Smaller graphs are padded with isolated nodes, which
    ``append=True`` makes available one by one; without a start, ``append=True`` begins with two nodes. Forbidden
    cycles in a start cost what they always cost. ``reset(options={"graph": graph})`` starts from a graph once.

    **Seeds.** Only the draw of a start is random.

    Source: A. Mehrabian et al., Finding increasingly large extremal graphs with AlphaZero and tabu search, IJCAI 2024.

    Parameters
    ----------
    n_nodes : int
        n, at least 2.
    forbidden : iterable of int
        Lengths of cycles, within 3..8: (3,) asks for graphs without triangles, (3, 4, 5) for girth 6.
    start : Graph, sequence of Graph or None
    append : bool
        Begin with the nodes of the start and append the others by actions.
    moves : {"flip", "add"}
        All flips, or only additions that close no forbidden cycle.
    ban : int
        Steps for which a flipped pair is illegal, at least 0.
    target : int, optional
        Score at which an episode terminates.
    max_steps : int, optional
        By default 20 n.
    render_mode : {"ansi", "rgb_array"}, optional
        The graph as lists of neighbours, or drawn on a circle, uint8 (600, 600, 3), edges of forbidden cycles in red.

    Raises
    ------
    UsageError
        If an argument is out of range, or a start has more than n nodes.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so

    def __init__(
        self,
        n_nodes: int = 16,
        forbidden: Iterable[int] = GIRTH_5,
        start: Start = None,
        *,
        append: bool = False,
        moves: str = "flip",
        ban: int = 0,
        target: int | None = None,
        max_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        _check(n_nodes, moves, ban, max_steps)
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._graph = FlipGraph(Graph.of(n_nodes, []), forbidden)
        self._starts = self._checked(_as_list(start, 2 if append else n_nodes))
        self._append, self._additions, self._ban = append, moves == "add", ban
        self._target = target
        self._max_steps = 20 * n_nodes if max_steps is None else max_steps
        shape, n_pairs = (n_nodes, n_nodes), len(self.pairs)
        self.observation_space = spaces.Dict(
            {
                "adjacency": spaces.Box(0, 1, shape, np.int8),
                "gains": spaces.Box(-_LARGEST_GAIN, _LARGEST_GAIN, shape, np.int32),
                "n_nodes": spaces.Box(0, n_nodes, (), np.int64),
                "n_steps": spaces.Box(0, self._max_steps, (), np.int64),
            }
        )
        self.action_space: MaskedDiscrete = MaskedDiscrete(n_pairs + append)
        self._mask = np.zeros(n_pairs + append, np.int8)
        self._free_from = np.zeros(n_pairs, np.int64)
        self._n_available = n_nodes
        self._steps: int | None = None
        self._started = False
        self._best = (0, self._graph.state())

    @property
    def pairs(self) -> NDArray[np.int64]:
        """The nodes i < j of each action, int64, shape (m, 2)."""
        return self._graph.pairs

    @property
    def graph(self) -> Graph:
        """The graph as it is, with its forbidden cycles."""
        return self._graph.graph()

    @property
    def best(self) -> Graph:
        """The best graph of the episode, without forbidden cycles and with at least ``best_score`` edges."""
        other = FlipGraph(Graph.of(self._graph.n, []), self._graph.lengths)
        other.reset_to(self._best[1])
        return other.pruned()

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions are legal now, bool, shape (n_actions,)."""
        return self._mask.astype(np.bool_)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; see the class.

        Parameters
        ----------
        seed : int or None
        options : dict or None
            ``graph``: the start of this episode.

        Raises
        ------
        UsageError
            If an option is unknown, or the graph has more than n nodes.
        """
        super().reset(seed=seed)
        unknown = set(options or {}) - {"graph"}
        if unknown:
            raise UsageError(f"no option {min(unknown)!r}; it knows: graph")
        starts = self._checked([options["graph"]]) if options else self._starts
        start = starts[int(self.np_random.integers(len(starts)))]
        self._graph.load(padded(start, self._graph.n))
        self._n_available = start.n_nodes if self._append else self._graph.n
        self._free_from[:] = 0
        self._steps, self._started = 0, True
        self._best = (self._graph.score, self._graph.state())
        self._set_mask()
        return self._observation(), self._info()

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Flip a pair, or append a node; see the class.

        Raises
        ------
        InvalidAction
            If the action is not legal.
        ResetNeeded
            Outside an episode.
        """
        if self._steps is None:
            raise ResetNeeded("no episode is running; call reset first")
        before = self._graph.score
        if self._mask.any():
            self._take(self.action_space.legal(action))
        self._steps += 1
        if self._graph.score > self._best[0]:
            self._best = (self._graph.score, self._graph.state())
        self._set_mask()
        reached = self._target is not None and self._graph.score >= self._target
        terminated = reached or not self._mask.any()
        truncated = not terminated and self._steps >= self._max_steps
        outcome = (
            self._observation(),
            float(self._graph.score - before),
            terminated,
            truncated,
            self._info(),
        )
        if terminated or truncated:
            self._steps = None
        return outcome

    def render(self) -> Any:
        """Return the graph as text or picture; see the class.

        Raises
        ------
        ResetNeeded
            Before the first episode.
        """
        if self.render_mode is None:
            warn_without_render_mode()
            return None
        if not self._started:
            raise ResetNeeded("there is no graph yet; call reset first")
        title = (
            f"{self._n_available} nodes, {self._graph.n_edges} edges, "
            f"{self._graph.n_edges - self._graph.score} forbidden cycles, score {self._graph.score}"
        )
        if self.render_mode == "ansi":
            return graph_text(self.graph, title)
        harmful = (self._graph.flips.sign == -1) & (self._graph.gains >= 0)
        return draw_graph(self.graph, title, self.pairs[harmful])

    def _checked(self, graphs: list[Graph]) -> list[Graph]:
        for graph in graphs:
            if not isinstance(graph, Graph):
                raise UsageError(f"a start is a {type(graph).__name__}; give a Graph, several, or None")
            if graph.n_nodes > self._graph.n:
                raise UsageError(
                    f"a start has {graph.n_nodes} nodes, more than {self._graph.n}; take larger n_nodes, or delete some"
                )
        return graphs

    def _take(self, action: int) -> None:
        assert self._steps is not None
        if action == len(self.pairs):
            self._n_available += 1
            return
        self._graph.apply(action)
        self._free_from[action] = self._steps + self._ban + 1

    def _set_mask(self) -> None:
        assert self._steps is not None
        legal = (self.pairs[:, 1] < self._n_available) & (self._free_from <= self._steps)
        if self._additions:
            legal &= (self._graph.gains == 1) & ~self._graph.state()
        self._mask = np.zeros(len(self._mask), np.int8)
        self._mask[: len(legal)] = legal
        if self._append:
            self._mask[-1] = self._n_available < self._graph.n
        self.action_space.mask = self._mask

    def _observation(self) -> dict[str, Any]:
        assert self._steps is not None
        return {
            "adjacency": self._matrix(self._graph.state(), np.int8),
            "gains": self._matrix(self._graph.gains, np.int32),
            "n_nodes": np.array(self._n_available, np.int64),
            "n_steps": np.array(max(self._max_steps - self._steps, 0), np.int64),
        }

    def _matrix(self, values: NDArray[Any], dtype: type[np.integer[Any]]) -> NDArray[Any]:
        """Return the symmetric matrix with a value of each pair, shape (n, n)."""
        i, j = self.pairs.T
        matrix = np.zeros((self._graph.n, self._graph.n), dtype)
        matrix[i, j] = matrix[j, i] = values
        return matrix

    def _info(self) -> dict[str, Any]:
        n_edges, score = self._graph.n_edges, self._graph.score
        return {
            "action_mask": self._mask.copy(),
            "score": score,
            "n_edges": n_edges,
            "n_cycles": n_edges - score,
            "best_score": self._best[0],
        }


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
