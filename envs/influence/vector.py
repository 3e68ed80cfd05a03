"""Many sets of seeds at once, in one process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from coplug.envs.episodes_vector import EpisodesVectorEnv
from coplug.envs.turns import begin_episode, count_illegal, end_step
from coplug.envs.vector import Arrays
from coplug.graphs.source import GraphSource, in_a_row
from coplug.problems.influence.building import Building
from coplug.problems.influence.options import WEIGHTED_CASCADE

from .setting import Begun, make_setting


class Seen(NamedTuple):
    """What is observed of n episodes on graphs of at most m nodes.

    Attributes
    ----------
    arcs : float32, shape (n, m, m)
    nodes, seeds, masks : int8, shape (n, m)
    reached : float32, shape (n, m)
    left : int64, shape (n,)
    spread : float64, shape (n,)
    """

    arcs: NDArray[np.float32]
    nodes: NDArray[np.int8]
    seeds: NDArray[np.int8]
    masks: NDArray[np.int8]
    reached: NDArray[np.float32]
    left: NDArray[np.int64]
    spread: NDArray[np.float64]


class InfluenceMaximizationVectorEnv(EpisodesVectorEnv):
    """:class:`~.environment.InfluenceMaximizationEnv`, ``num_envs`` times.

    Each environment does with a seed what a single one does. Diffusions run in compiled code, one episode after the
    other. What batches share is described at :class:`coplug.envs.vector.CompiledVectorEnv`.

    Parameters
    ----------
    num_envs : int
    graphs, size, budget, diffusion, probability, worlds, max_nodes, parameters, illegal
        As in :class:`~.environment.InfluenceMaximizationEnv`.
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
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        self._setting = make_setting(
            graphs, size, budget, diffusion, probability, worlds, max_nodes, parameters
        )
        n = self._setting.source.max_nodes
        super().__init__(
            num_envs,
            self._setting.space,
            n,
            autoreset_mode=autoreset_mode,
            copy=copy,
            illegal=illegal,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._buildings: list[Building | None] = [None] * num_envs
        self._now, self._last = _nothing(num_envs, n), _nothing(num_envs, n)

    def _observation(self, last: bool) -> Arrays:
        seen = self._seen(last)
        return {
            "arcs": seen.arcs,
            "nodes": seen.nodes,
            "seeds": seen.seeds,
            "reached": seen.reached,
            "left": seen.left.reshape(-1, 1),
        }

    def _facts(self, last: bool) -> Arrays:
        seen = self._seen(last)
        return {"spread": seen.spread, "left": seen.left}

    def _exhausted(self) -> Exception:
        return in_a_row("were of no use")

    def _begin(self, i: int, instance: Any = None) -> Begun:
        source = self._setting.source
        return self._setting.begin(self._rngs[i], source if instance is None else source.instead(instance))

    def _start(self, i: int, begun: Begun) -> None:
        """Let an episode begin in an environment."""
        self._buildings[i], self._redraws[i] = begun.building, begun.redraws
        begun.building.fill(self._now.arcs[i])
        self._now.nodes[i] = np.arange(self._now.nodes.shape[1]) < begun.graph.n_nodes
        self._now.seeds[i] = 0
        self._show(i, begun.building)
        begin_episode(self._turns, i)

    def _act(self, i: int, node: int) -> None:
        turns, building = self._turns, self._buildings[i]
        assert building is not None
        if not self._now.masks[i, node]:
            end_step(turns, self._conduct, i, count_illegal(turns, i), False, False)
            return
        reward = building.add(node)
        self._now.seeds[i, node] = 1
        self._show(i, building)
        end_step(turns, self._conduct, i, reward, bool(turns.n_legal[i] == 0), False)

    def _show(self, i: int, building: Building) -> None:
        """Write what has changed with a seed."""
        now, reached = self._now, building.reached()
        now.reached[i, : len(reached)], now.reached[i, len(reached) :] = reached, 0
        now.left[i] = min(self._setting.budget, len(reached)) - len(building.seeds)
        now.masks[i] = (now.nodes[i] - now.seeds[i]) if now.left[i] else 0
        now.spread[i] = building.spread
        self._turns.n_legal[i] = now.masks[i].sum()


def _nothing(n: int, m: int) -> Seen:
    return Seen(
        np.zeros((n, m, m), np.float32),
        np.zeros((n, m), np.int8),
        np.zeros((n, m), np.int8),
        np.zeros((n, m), np.int8),
        np.zeros((n, m), np.float32),
        np.zeros(n, np.int64),
        np.zeros(n),
    )
