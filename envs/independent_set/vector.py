"""Many independent sets at once, in one process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from coplug.envs.turns import FINE, SAME_STEP
from coplug.envs.vector import Arrays, CompiledVectorEnv
from coplug.envs.versions import count_shape
from coplug.errors import UsageError
from coplug.graphs.families.compiled import compiled
from coplug.graphs.graph import Graph
from coplug.graphs.source import Drawn, GraphSource, drawn_graphs, in_a_row
from coplug.problems.mis.construction import solved_alone
from coplug.problems.mis.rules import rules_of

from .graphs import GraphsSpace, batch_of
from .lanes import NO_FAMILY, no_lanes, reducing, reset_lanes, step_lanes, supply_of
from .observations import Matrix


class IndependentSetVectorEnv(CompiledVectorEnv):
    """:class:`~.environment.IndependentSetEnv`, ``num_envs`` times.

    Each environment does with a graph what a single one does. Graphs of the families ``erdos_renyi`` and ``rb`` are
    drawn in compiled code, of the same distribution as elsewhere, but others for a seed; those of other families are
    drawn as elsewhere. What batches share is described at :class:`coplug.envs.vector.CompiledVectorEnv`.

    Parameters
    ----------
    num_envs : int
    graphs, size, parameters, max_nodes, reductions, illegal, version
        As in :class:`~.environment.IndependentSetEnv`.
    observation : {"matrix", "graphs"}
        Matrices padded to ``max_nodes``; or what is left of all graphs as one
        :class:`~coplug.graphs.batch.GraphBatch` (:func:`~.graphs.batch_of`), new arrays in every step, of which
        those that have ended have no nodes; ``info["final_obs"]`` are batches of one graph then. Wrappers of
        Gymnasium that stack or flatten observations know no such batches.
    autoreset_mode, copy, max_episode_steps, render_mode
        As in :class:`coplug.envs.vector.CompiledVectorEnv`.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """

    def __init__(
        self,
        num_envs: int = 1,
        graphs: GraphSource = "rb",
        size: str | None = None,
        *,
        parameters: Mapping[str, float] | None = None,
        max_nodes: int | None = None,
        reductions: str = "none",
        observation: str = "matrix",
        illegal: str = "error",
        version: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        if observation not in ("matrix", "graphs"):
            raise UsageError(
                f"a batch shows no {observation!r}; take observation='matrix' or 'graphs', or "
                "vectorization_mode='sync'"
            )
        self._source = drawn_graphs(graphs, size, max_nodes, parameters)
        n = self._source.max_nodes
        view = Matrix(n, version)
        super().__init__(
            num_envs,
            view.space,
            n,
            autoreset_mode=autoreset_mode,
            copy=copy,
            illegal=illegal,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._shows_graphs = observation == "graphs"
        if self._shows_graphs:
            self.single_observation_space = GraphsSpace(1, n)
            self.observation_space = GraphsSpace(num_envs, n)
        self._count_shape = count_shape(version)
        self._version = version
        self._rules = rules_of(reductions)
        self._redraws_solved = version > 0 and self._source.redrawable
        self._lanes = no_lanes(num_envs, n, self._conduct.mode == SAME_STEP)
        self._reducing = reducing(num_envs, n, self._rules)
        family = compiled(self._source.family)
        self._supply = supply_of(
            self._source.graphs, family=family or NO_FAMILY, redraws_solved=self._redraws_solved
        )
        self._stock = None if family or self._source.graphs else Stock(num_envs, self._drawn)

    def _reseed(self, i: int, seed: int) -> None:
        super()._reseed(i, seed)
        if self._stock is not None:
            self._stock.reseed(i, seed)

    def _reset(self, which: NDArray[np.bool_], graphs: Sequence[Any] | None) -> tuple[int, int]:
        if graphs is not None:
            given = [self._source.instead(graph).draw(self.np_random).graph for graph in graphs]
            supply = supply_of(given, one_each=True)
            return reset_lanes(self._lanes, self._turns, supply, self._reducing, which)
        self._stock_up(which)
        return self._use_stock(reset_lanes(self._lanes, self._turns, self._supply, self._reducing, which))

    def _step(self, actions: NDArray[np.int64]) -> tuple[int, int]:
        self._stock_up(
            np.ones_like(self._turns.over) if self._conduct.mode == SAME_STEP else self._turns.over
        )
        return self._use_stock(
            step_lanes(self._lanes, self._turns, self._supply, self._reducing, self._conduct, actions)
        )

    def _observation(self, last: bool) -> Arrays:
        seen = self._lanes.last if last else self._lanes.now
        return {
            "adjacency": seen.adjacency,
            "left": seen.left,
            "size": seen.size.reshape(-1, *self._count_shape),
        }

    def _shown(self) -> Any:
        if not self._shows_graphs:
            return super()._shown()
        now = self._lanes.now
        return batch_of(now.adjacency, now.left, self._lanes.n_nodes)

    def _shown_last(self, i: int) -> Any:
        if not self._shows_graphs:
            return super()._shown_last(i)
        last = self._lanes.last
        return batch_of(last.adjacency[i : i + 1], last.left[i : i + 1], np.array([last.left.shape[1]]))

    def _masks(self, last: bool = False) -> NDArray[np.int8]:
        return (self._lanes.last if last else self._lanes.now).left

    def _facts(self, last: bool) -> Arrays:
        if last:
            seen = self._lanes.last
            return {"size": seen.size, "n_left": seen.left.sum(axis=1, dtype=np.int64)}
        return {"size": self._lanes.now.size, "n_left": self._turns.n_legal}

    def _facts_of_starts(self) -> Arrays:
        return {"redraws": self._lanes.redraws} if self._version else {}

    def _exhausted(self) -> Exception:
        return in_a_row(
            f"had more than {self._source.max_nodes} nodes or were solved by the reductions alone; take larger "
            "max_nodes, or other graphs or no reductions"
        )

    def _drawn(self, rng: np.random.Generator) -> Drawn:
        fault = (lambda graph: solved_alone(graph, self._rules)) if self._redraws_solved else None
        return self._source.draw(rng, fault)

    def _stock_up(self, which: NDArray[np.bool_]) -> None:
        """See that there is a graph for environments that may need one."""
        if self._stock is not None and self._stock.fill(which):
            self._supply = supply_of(self._stock.graphs, one_each=True)

    def _use_stock(self, outcome: tuple[int, int]) -> tuple[int, int]:
        """Take note of the graphs that were used, unless a fault kept everything as it was; return the outcome."""
        if self._stock is not None and outcome[0] == FINE:
            self._stock.use(self._turns.fresh, self._lanes.redraws)
        return outcome


class Stock:
    """The next graph of each environment, drawn ahead, for families that cannot draw in compiled code.

    Parameters
    ----------
    n : int
    draw : callable
        Draws a graph.

    Attributes
    ----------
    graphs : list of Graph
    """

    def __init__(self, n: int, draw: Callable[[np.random.Generator], Drawn]) -> None:
        self._draw = draw
        self._rngs = [np.random.default_rng(0) for _ in range(n)]
        self._redraws = np.zeros(n, np.int64)
        self._used = np.ones(n, np.bool_)
        self.graphs = [Graph.of(0, [])] * n

    def reseed(self, i: int, seed: int) -> None:
        """Begin anew for an environment."""
        self._rngs[i] = np.random.default_rng(np.random.SeedSequence(seed))
        self._used[i] = True

    def fill(self, which: NDArray[np.bool_]) -> bool:
        """Draw graphs for some environments, where the last one was used; return whether any was drawn."""
        missing = np.flatnonzero(which & self._used).tolist()
        for i in missing:
            self.graphs[i], self._redraws[i] = self._draw(self._rngs[i])
            self._used[i] = False
        return bool(missing)

    def use(self, which: NDArray[np.bool_], redraws: NDArray[np.int64]) -> None:
        """Take note that graphs were used, and write how many were thrown away before each."""
        redraws[which] = self._redraws[which]
        self._used |= which
