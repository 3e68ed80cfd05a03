"""Choosing seeds of a diffusion one by one, as an environment."""

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
from coplug.graphs.source import GraphSource
from coplug.problems.influence.building import Building
from coplug.problems.influence.options import WEIGHTED_CASCADE

from .baselines import degree, greedy
from .picture import draw_seeds, seeds_text
from .setting import make_setting

OPTIONS = ("graph",)
"""Keys of ``reset``'s options."""


class InfluenceMaximizationEnv(gymnasium.Env[Any, np.int64]):
    """Add seeds until the budget is spent; the return is their mean spread on the worlds of the episode.

    With n = ``max_nodes``:

    **Actions.** ``Discrete(n)``: make a node a seed, by its number in the graph. Legal are the nodes that are no seeds:
    ``info["action_mask"]``, int8, has 1 there, and :meth:`action_masks` gives the same as bool. The space's
    ``sample()`` follows the mask. An illegal action raises ``gymnasium.error.InvalidAction`` and changes nothing. With
    ``illegal="penalty"`` it changes nothing, has reward -1 and is counted in ``info["n_illegal"]``; the 100th in an
    episode truncates it. What is no member of the space is an error at any rate. A step outside an episode raises
    ``gymnasium.error.ResetNeeded``.

    **Observations.** A ``Dict``:

    =========== ======= ====== =====================================================================
    field       dtype   shape  range
    =========== ======= ====== =====================================================================
    ``arcs``    float32 (n, n) 0..1, probability of the arc from row to column, or its weight; 0: none
    ``nodes``   int8    (n,)   0..1, which rows are nodes of the graph
    ``seeds``   int8    (n,)   0..1, which nodes are seeds
    ``reached`` float32 (n,)   0..1, share of the worlds in which each node is reached
    ``left``    int64   (1,)   0..budget, seeds that may still be added
    =========== ======= ====== =====================================================================

    **Reward.** What the seed adds to the mean number of nodes reached on the worlds, which are the same throughout an
    episode.

    **End.** Terminated when ``budget`` seeds are chosen, or all nodes. It is not truncated, but for illegal actions.
    ``info`` always has ``spread``, the sum of the rewards without penalties, and ``left``; :attr:`seeds` are the seeds,
    in order, and :attr:`graph` is the graph.

    **Start.** A graph of ``graphs``, or of ``reset(options={"graph": graph})``, where a graph file will do too. One of
    more than n nodes, or without any, is drawn again if there are others, up to 100 times; if there are none it is an
    error. ``info["redraws"]`` of the reset says how often.

    **Seeds.** The draws of the graph and of the worlds are random.

    Source: D. Kempe, J. Kleinberg and E. Tardos, Maximizing the spread of influence through a social network, KDD 2003
    (the problem); :class:`coplug.problems.influence.diffusion.Diffusion` (diffusions).

    Parameters
    ----------
    graphs : str, Path, Family, Graph or sequence of Graph
        A family by name (``coplug list families``) or as an object with ``generate(rng)``, a graph file, or
        graphs of which one is drawn. Files are read without weights, edges both ways; for others give graphs.
    size : str, optional
        Named size of a family that is given by name.
    budget : int
        At least 1.
    diffusion : {"ic", "lt", "sis"}
        With random thresholds; see the source.
    probability : str
        Of an arc, ``weighted-cascade``, ``column``, or a number as text.
    worlds : int
        At least 1.
    max_nodes : int, optional
        At least 1. By default what the family's ``max_nodes`` says, or the size of the largest graph.
    parameters : mapping, optional
        Of a family that is given by name; they win over the size.
    illegal : {"error", "penalty"}
    render_mode : {"ansi", "rgb_array"}, optional
        The seeds and what is reached; or the graph, uint8 (600, 600, 3), seeds in red.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range, or a graph has more than ``max_nodes`` nodes.
    InstanceError
        If a file cannot be read, or has no probabilities.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so
    baselines = MappingProxyType({"degree": degree, "greedy": greedy})

    def __init__(
        self,
        graphs: GraphSource = "barabasi_albert",
        size: str | None = None,
        *,
        budget: int = 5,
        diffusion: str = "ic",
        probability: str = WEIGHTED_CASCADE,
        worlds: int = 128,
        max_nodes: int | None = None,
        parameters: Mapping[str, float] | None = None,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._setting = make_setting(
            graphs, size, budget, diffusion, probability, worlds, max_nodes, parameters
        )
        n = self._setting.source.max_nodes
        self._illegal = IllegalActions(illegal)
        self.observation_space = self._setting.space
        self.action_space: MaskedDiscrete = MaskedDiscrete(n)
        self._graph: Graph | None = None
        self._building: Building | None = None
        self._arcs = np.zeros((n, n), np.float32)
        self._mask = np.zeros(n, np.int8)
        self._running = False

    @property
    def graph(self) -> Graph:
        """The graph of the episode."""
        return self._begun()[0]

    @property
    def seeds(self) -> list[int]:
        """The seeds so far, in order."""
        return list(self._begun()[1].seeds)

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which nodes can be added now, bool, shape (max_nodes,)."""
        return self._mask.astype(np.bool_)

    def out_degrees(self) -> NDArray[np.float64]:
        """Return how many arcs leave each node, float64, shape (max_nodes,)."""
        return self._padded(self._begun()[0].degrees.astype(np.float64))

    def gains(self) -> NDArray[np.float64]:
        """Return the reward that each node would have now, float64, shape (max_nodes,)."""
        return self._padded(self._begun()[1].gains())

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
        source = self._setting.source
        begun = self._setting.begin(self.np_random, source.instead(given["graph"]) if given else source)
        self._graph, self._building = begun.graph, begun.building
        begun.building.fill(self._arcs)
        self._running = True
        self._illegal.begin()
        observation, info = self._observed()
        return observation, info | {"redraws": begun.redraws}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Add a seed; see the class.

        Raises
        ------
        InvalidAction
            If the node is a seed, or none of the graph.
        ResetNeeded
            Outside an episode.
        """
        if not self._running:
            raise ResetNeeded("no episode is running; call reset first")
        node = self.action_space.member(action)
        if not self._mask[node]:
            reward = self._illegal.reward(self.action_space.refusal(node, "node {} cannot be added"))
            observation, info = self._observed()
            self._running = not self._illegal.truncates
            return observation, reward, False, not self._running, info
        reward = self._begun()[1].add(node)
        observation, info = self._observed()
        self._running = bool(self._mask.any())
        return observation, reward, not self._running, False, info

    def render(self) -> Any:
        """Return the seeds as text or picture; see the class.

        Raises
        ------
        ResetNeeded
            Before the first episode.
        """
        if self.render_mode is None:
            warn_without_render_mode()
            return None
        graph, building = self._begun()
        draw = seeds_text if self.render_mode == "ansi" else draw_seeds
        return draw(graph, building)

    def _begun(self) -> tuple[Graph, Building]:
        if self._graph is None or self._building is None:
            raise ResetNeeded("there is no graph yet; call reset first")
        return self._graph, self._building

    def _padded(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        padded = np.zeros(len(self._mask))
        padded[: len(values)] = values
        return padded

    def _observed(self) -> tuple[Any, dict[str, Any]]:
        """Set the mask, and return observation and info."""
        graph, building = self._begun()
        n = graph.n_nodes
        nodes, seeds = np.zeros_like(self._mask), np.zeros_like(self._mask)
        nodes[:n], seeds[building.seeds] = 1, 1
        left = min(self._setting.budget, n) - len(building.seeds)
        self._mask = self.action_space.mask = nodes - seeds if left else np.zeros_like(nodes)
        observation = {
            "arcs": self._arcs.copy(),
            "nodes": nodes,
            "seeds": seeds,
            "reached": self._padded(building.reached().astype(np.float64)).astype(np.float32),
            "left": np.array([left], np.int64),
        }
        info = {"action_mask": self._mask.copy(), "spread": building.spread, "left": left}
        return observation, info | self._illegal.info()
