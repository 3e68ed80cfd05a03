"""Building an independent set node by node, as an environment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from coplug.envs.illegal import IllegalActions
from coplug.envs.options import checked_options
from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.envs.spaces import MaskedDiscrete
from coplug.graphs.graph import Graph
from coplug.graphs.layout import Places, springs
from coplug.graphs.source import GraphSource, drawn_graphs
from coplug.problems.mis.construction import Construction, solved_alone
from coplug.problems.mis.rules import rules_of

from .baselines import min_degree
from .observations import view_of
from .picture import draw_set, set_text

OPTIONS = ("graph",)
"""Keys of ``reset``'s options."""


class IndependentSetEnv(gymnasium.Env[Any, np.int64]):
    """Add nodes to an independent set until none can be added; the return is the size of the set.

    With n = ``max_nodes``:

    **Actions.** ``Discrete(n)``: add a node, by its number in the graph; it and its neighbours leave. Legal are the
    nodes that are left: ``info["action_mask"]``, int8, has 1 there, and :meth:`action_masks` gives the same as
    bool. The space's ``sample()`` follows the mask. An illegal action raises ``gymnasium.error.InvalidAction`` and
    changes nothing. With ``illegal="penalty"`` it changes nothing, has reward -1 and is counted in
    ``info["n_illegal"]``; the 100th in an episode truncates it. What is no member of the space is an error at any rate.
    A step outside an episode raises ``gymnasium.error.ResetNeeded``.

    **Observations.** With ``observation="matrix"``, a ``Dict``:

    ============= ===== ====== ============================================================
    field         dtype shape  range
    ============= ===== ====== ============================================================
    ``adjacency`` int8  (n, n) 0..1, symmetric, diagonal 0: edges between nodes that are left
    ``left``      int8  (n,)   0..1, which nodes are left; the action mask
    ``size``      int64 (1,)   0..n, nodes in the set so far
    ============= ===== ====== ============================================================

    With ``observation="graph"``, a ``Graph`` of the nodes that are left, for graphs too large for a matrix: ``nodes``,
    int64, shape (k, 2), have number and degree, both in 0..n; ``edge_links``, int64, shape (m, 2), has each edge in
    both directions as positions in ``nodes``; ``edges``, int8, shape (m, 1), is 1. Where nothing is left, it is a
    single node (0, 0).

    **Reward.** The number of nodes that the set gains: 1, and what the reductions add.

    **Reductions.** After each step, and before the first, nodes that some largest set surely has, or surely can do
    without, are taken or removed, so that a choice is only asked for where that stops: ``degree-1`` (nodes of degree 0
    and 1), ``degree-2`` (also of degree 2), ``domination``, and ``all`` (unconfined nodes too), each with those
    before it. Nodes of degree 2 may be folded with their neighbours into one of these; what is left is then not a
    subgraph, and which of the three are in the set is decided at the end. Nodes taken before the first step count in
    its reward.

    **End.** Terminated when no node is left. It is not truncated, but for illegal actions. ``info`` always has ``size``
    and ``n_left``; :attr:`chosen` is the set, :attr:`graph` the graph.

    **Start.** A graph of ``graphs``, or of ``reset(options={"graph": graph})``, where a graph file will do too. One
    that has more than n nodes, or of which nothing is left from the start (an empty graph, or one that the reductions
    solve), is drawn again if there are others, up to 100 times; ``info["redraws"]`` of the reset says how often. If
    there are none, a graph too large is an error, and where nothing is left, the mask is all 0, and the next step
    ignores its action, brings the reward that is due, and terminates.

    **Seeds.** Only the draw of the graph is random.

    Sources: S. Ahn, Y. Seo, J. Shin, Learning what to defer for maximum independent sets, ICML 2020 (as an episode);
    :mod:`coplug.problems.mis.reductions` (rules).

    Parameters
    ----------
    graphs : str, Path, Family, Graph or sequence of Graph
        A family by name (``coplug list families``) or as an object with ``generate(rng)``, a graph file, or
        graphs of which one is drawn.
    size : str, optional
        Named size of a family that is given by name.
    max_nodes : int, optional
        At least 1. By default what the family's ``max_nodes`` says, or the size of the largest graph.
    reductions : {"none", "degree-1", "degree-2", "domination", "all"}
    observation : {"matrix", "graph"}
    parameters : mapping, optional
        Of a family that is given by name; they win over the size.
    illegal : {"error", "penalty"}
    version : {1, 0}
        Of the id ``coplug/IndependentSet-v1``, or -v0, in which ``size`` has shape (), and graphs that are solved from
        the start are not drawn again.
    render_mode : {"ansi", "rgb_array"}, optional
        The nodes that are left as lists of neighbours; or the graph, neighbours near each other, uint8
        (600, 600, 3), the set in red.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range, or a graph has more than ``max_nodes`` nodes.
    InstanceError
        If a file cannot be read.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so
    baselines = MappingProxyType({"min-degree": min_degree})

    def __init__(
        self,
        graphs: GraphSource = "rb",
        size: str | None = None,
        *,
        max_nodes: int | None = None,
        reductions: str = "none",
        observation: str = "matrix",
        parameters: Mapping[str, float] | None = None,
        illegal: str = "error",
        version: int = 1,
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._source = drawn_graphs(graphs, size, max_nodes, parameters)
        self._rules = rules_of(reductions)
        self._view = view_of(observation, self._source.max_nodes, version)
        self._version = version
        self._illegal = IllegalActions(illegal)
        self.observation_space = self._view.space
        self.action_space: MaskedDiscrete = MaskedDiscrete(self._source.max_nodes)
        self._graph: Graph | None = None
        self._construction: Construction | None = None
        self._place: Places | None = None
        self._owed = 0
        self._mask = np.zeros(self._source.max_nodes, np.int8)
        self._running = False

    @property
    def graph(self) -> Graph:
        """The whole graph of the episode."""
        return self._begun()[0]

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """The set so far, bool, shape (graph.n_nodes,); independent at all times."""
        return self._begun()[1].chosen()

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which nodes can be added now, bool, shape (max_nodes,)."""
        return self._mask.astype(np.bool_)

    def degrees_left(self) -> NDArray[np.int64]:
        """Return how many neighbours that are left each node has, int64, shape (max_nodes,); 0 of what is not left."""
        left = self._begun()[1].left()
        degrees = np.zeros(len(self._mask), np.int64)
        degrees[left.nodes.values] = left.degrees
        return degrees

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see the class.

        Parameters
        ----------
        seed : int or None
        options : dict or None
            ``graph``: the graph of this episode.

        Raises
        ------
        UsageError
            If an option is unknown, or a graph has more than ``max_nodes`` nodes.
        InstanceError
            If a file cannot be read.
        """
        super().reset(seed=seed)
        given = checked_options(options, OPTIONS)
        source = self._source.instead(given["graph"]) if given else self._source
        again = self._version > 0 and source.redrawable
        fault = (lambda graph: solved_alone(graph, self._rules)) if again else None
        self._graph, redraws = source.draw(self.np_random, fault)
        self._construction = Construction([self._graph], self._rules)
        self._place = None
        self._owed = int(self._construction.sizes[0])
        self._running = True
        self._illegal.begin()
        observation, info = self._observed()
        return observation, info | {"redraws": redraws} if self._version else info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Add a node; see the class.

        Raises
        ------
        InvalidAction
            If the node is not left.
        ResetNeeded
            Outside an episode.
        """
        if not self._running:
            raise ResetNeeded("no episode is running; call reset first")
        construction = self._begun()[1]
        if self._mask.any():
            node = self.action_space.member(action)
            if not self._mask[node]:
                reward = self._illegal.reward(self.action_space.refusal(node, "node {} is not left"))
                observation, info = self._observed()
                self._running = not self._illegal.truncates
                return observation, reward, False, not self._running, info
            reward = self._owed + construction.take_one(node)
        else:
            reward = self._owed
        self._owed = 0
        observation, info = self._observed()
        self._running = info["n_left"] > 0
        return observation, float(reward), not self._running, False, info

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
        graph, construction = self._begun()
        size, n_left = int(construction.sizes[0]), int(construction.n_left[0])
        title = f"a set of {size} nodes; {n_left} of {graph.n_nodes} nodes left"
        if self.render_mode == "ansi":
            return set_text(title, construction.left())
        if self._place is None:
            self._place = springs(graph)
        return draw_set(title, graph, self._place, construction.chosen(), construction.left())

    def _begun(self) -> tuple[Graph, Construction]:
        if self._graph is None or self._construction is None:
            raise ResetNeeded("there is no graph yet; call reset first")
        return self._graph, self._construction

    def _observed(self) -> tuple[Any, dict[str, Any]]:
        """Set the mask, and return observation and info."""
        construction = self._begun()[1]
        mask = np.zeros(len(self._mask), np.int8)
        observation = self._view.show(construction, mask)
        self._mask = self.action_space.mask = mask
        info = {
            "action_mask": mask.copy(),
            "size": int(construction.sizes[0]),
            "n_left": int(np.count_nonzero(mask)),
        }
        return observation, info | self._illegal.info()
