"""Many extremal graphs at once, in one process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from coplug.envs.turns import SAME_STEP
from coplug.envs.vector import Arrays, CompiledVectorEnv
from coplug.envs.versions import count_shape
from coplug.problems.extremal.graph import GIRTH_5

from .lanes import lanes_of, nothing_seen, reset_lanes, step_lanes
from .task import Start, Task


class ExtremalGraphVectorEnv(CompiledVectorEnv):
    """:class:`~.environment.ExtremalGraphEnv`, ``num_envs`` times.

    Each environment does from a start what a single one does; which of several starts is drawn differs for a seed.
    What batches share is described at :class:`coplug.envs.vector.CompiledVectorEnv`.

    Parameters
    ----------
    num_envs : int
    n_nodes, forbidden, start, append, moves, ban, target, max_steps, illegal, version
        As in :class:`~.environment.ExtremalGraphEnv`.
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
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        self._task = Task(n_nodes, forbidden, start, append, moves, ban, target, max_steps)
        space = self._task.space(version)
        super().__init__(
            num_envs,
            space,
            self._task.n_actions,
            autoreset_mode=autoreset_mode,
            copy=copy,
            illegal=illegal,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._count_shape = count_shape(version)
        self._lanes = lanes_of([self._task.empty() for _ in range(num_envs)], self._task.n_actions)
        n_last = num_envs if self._conduct.mode == SAME_STEP else 0
        self._last = nothing_seen(n_last, n_nodes, self._task.n_actions)

    def _reset(self, which: NDArray[np.bool_], graphs: Sequence[Any] | None) -> tuple[int, int]:
        starts = self._task.starts if graphs is None else self._task.starts_from(graphs, one_each=True)
        return reset_lanes(self._lanes, self._turns, starts, self._task.rules, which)

    def _step(self, actions: NDArray[np.int64]) -> tuple[int, int]:
        return step_lanes(
            self._lanes, self._last, self._turns, self._task.starts, self._task.rules, self._conduct, actions
        )

    def _observation(self, last: bool) -> Arrays:
        seen = self._last if last else self._lanes.now
        return {
            "adjacency": seen.adjacency,
            "gains": seen.gains,
            "n_nodes": seen.n_nodes.reshape(-1, *self._count_shape),
            "n_steps": seen.n_steps.reshape(-1, *self._count_shape),
        }

    def _masks(self, last: bool = False) -> NDArray[np.int8]:
        return (self._last if last else self._lanes.now).mask

    def _facts(self, last: bool) -> Arrays:
        seen = self._last if last else self._lanes.now
        return {
            "score": seen.score,
            "n_edges": seen.n_edges,
            "n_cycles": seen.n_edges - seen.score,
            "best_score": seen.best_score,
        }
