"""Flipping pairs of nodes, as an environment."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from coplug.envs.illegal import penalises
from coplug.envs.options import checked_options
from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.envs.spaces import MaskedDiscrete
from coplug.envs.turns import DISABLED, NO_LIMIT, Conduct, no_turns
from coplug.envs.versions import count_shape
from coplug.graphs.graph import Graph, from_edges
from coplug.problems.extremal.graph import GIRTH_5, FlipGraph

from .baselines import greedy
from .lanes import act, lanes_of, start_at
from .picture import draw_graph, graph_text
from .task import Start, Task

OPTIONS = ("graph",)
"""Keys of ``reset``'s options."""


class ExtremalGraphEnv(gymnasium.Env[dict[str, Any], np.int64]):
    """Flip pairs of nodes until the graph has many edges and no cycle of a forbidden length.

    **Actions.** ``Discrete(m)``, m = n (n - 1) / 2: the number of a pair of nodes, counted row by row as
    (0, 1), (0, 2), ..., (n - 2, n - 1); :attr:`pairs` lists them. The pair gets an edge, or loses it. With
    ``append=True`` there is a last action m that makes the next node available. Legal are the pairs of available nodes
    that were not flipped in the last ``ban`` steps, of them with ``moves="add"`` only those where an edge closes no
    forbidden cycle, and appending while nodes are missing: ``info["action_mask"]``, int8, has 1 there, and
    :meth:`action_masks` gives the same as bool. The space's ``sample()`` follows the mask. An illegal action raises
    ``gymnasium.error.InvalidAction`` and changes nothing. With ``illegal="penalty"`` it is a step without a flip, has
    reward -1 and is counted in ``info["n_illegal"]``; the 100th in an episode truncates it. What is no member of the
    space is an error at any rate. A step outside an episode raises ``gymnasium.error.ResetNeeded``.

    **Observations.** A ``Dict``:

    ============= ===== ====== =====================================================================
    field         dtype shape  range
    ============= ===== ====== =====================================================================
    ``adjacency`` int8  (n, n) 0..1, symmetric, diagonal 0
    ``gains``     int32 (n, n) -2**30..2**30, symmetric, diagonal 0: the reward of flipping each pair
    ``n_nodes``   int64 (1,)   0..n, available nodes, the first ones; n unless ``append``
    ``n_steps``   int64 (1,)   0..max_steps, steps that are left
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
    illegal : {"error", "penalty"}
    version : {1, 0}
        Of the id ``coplug/ExtremalGraph-v1``, or -v0, in which counts have shape ().
    render_mode : {"ansi", "rgb_array"}, optional
        The graph as lists of neighbours, or drawn on a circle, uint8 (600, 600, 3), edges of forbidden cycles in red,
        the last flip in green.

    Raises
    ------
    UsageError
        If an argument is out of range, or a start has more than n nodes.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so
    baselines = MappingProxyType({"greedy": greedy})

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
        illegal: str = "error",
        version: int = 1,
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._task = Task(n_nodes, forbidden, start, append, moves, ban, target, max_steps)
        self._graph = self._task.empty()
        self.observation_space = self._task.space(version)
        self.action_space: MaskedDiscrete = MaskedDiscrete(self._task.n_actions)
        self._lanes = lanes_of([self._task.empty()], self._task.n_actions)
        self._turns = no_turns(1)
        self._conduct = Conduct(DISABLED, penalises(illegal), NO_LIMIT)
        self._count_shape = count_shape(version)
        self._started = False
        self._flipped = np.zeros(0, np.int64)

    @property
    def pairs(self) -> NDArray[np.int64]:
        """The nodes i < j of each action, int64, shape (m, 2)."""
        return self._graph.pairs

    @property
    def graph(self) -> Graph:
        """The graph as it is, with its forbidden cycles."""
        return from_edges(self._graph.n, self.pairs[self._lanes.flips.sign[0] == -1])

    @property
    def best(self) -> Graph:
        """The best graph of the episode, without forbidden cycles and with at least ``best_score`` edges."""
        other = FlipGraph(Graph.of(self._graph.n, []), self._graph.lengths)
        other.reset_to(self._lanes.best[0] == -1)
        return other.pruned()

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions are legal now, bool, shape (n_actions,)."""
        mask: NDArray[np.bool_] = self._lanes.now.mask[0].astype(np.bool_)
        return mask

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
        given = checked_options(options, OPTIONS)
        starts = self._task.starts_from([given["graph"]]) if given else self._task.starts
        at = int(self.np_random.integers(len(starts.n_nodes)))
        start_at(self._lanes, self._turns, starts, self._task.rules, 0, at)
        self._started = True
        self._flipped = np.zeros(0, np.int64)
        return self._observed()

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Flip a pair, or append a node; see the class.

        Raises
        ------
        InvalidAction
            If the action is not legal.
        ResetNeeded
            Outside an episode.
        """
        turns, mask = self._turns, self._lanes.now.mask[0]
        if turns.over[0]:
            raise ResetNeeded("no episode is running; call reset first")
        number = self.action_space.member(action) if turns.n_legal[0] else 0
        if turns.n_legal[0] and not mask[number] and not self._conduct.penalises:
            raise self.action_space.refusal(number)
        if self.render_mode is not None:
            self._flipped = np.flatnonzero(mask[: len(self.pairs)] & (np.arange(len(self.pairs)) == number))
        act(self._lanes, turns, self._task.rules, self._conduct, 0, number)
        observation, info = self._observed()
        return observation, float(turns.rewards[0]), bool(turns.terminated[0]), bool(turns.truncated[0]), info

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
        now, flips = self._lanes.now, self._lanes.flips
        title = (
            f"{now.n_nodes[0]} nodes, {now.n_edges[0]} edges, {now.n_edges[0] - now.score[0]} forbidden cycles, "
            f"score {now.score[0]}"
        )
        if self.render_mode == "ansi":
            return graph_text(self.graph, title)
        harmful = (flips.sign[0] == -1) & (flips.gain[0] >= 0)
        return draw_graph(
            self.graph, title, self.pairs[harmful], self.pairs[self._flipped], int(now.n_nodes[0])
        )

    def _observed(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return copies of observation and info."""
        now = self._lanes.now
        self.action_space.mask = now.mask[0]
        observation = {
            "adjacency": now.adjacency[0].copy(),
            "gains": now.gains[0].copy(),
            "n_nodes": now.n_nodes.reshape(self._count_shape).copy(),
            "n_steps": now.n_steps.reshape(self._count_shape).copy(),
        }
        score, n_edges = int(now.score[0]), int(now.n_edges[0])
        info = {
            "action_mask": now.mask[0].copy(),
            "score": score,
            "n_edges": n_edges,
            "n_cycles": n_edges - score,
            "best_score": int(now.best_score[0]),
        }
        if self._conduct.penalises:
            info["n_illegal"] = int(self._turns.n_illegal[0])
        return observation, info
