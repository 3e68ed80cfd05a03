"""Many objects that are built side by side, in one process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from coplug.contracts.dag import Conditional, MultiObjective
from coplug.envs.turns import FINE, SAME_STEP, begin_episodes, end_steps, fault_of
from coplug.envs.vector import Arrays, CompiledVectorEnv
from coplug.errors import UsageError

from .environment import BuildingEnv
from .faces import BagEnv, BitSequenceEnv, FunctionGridEnv, HyperGridEnv, MultiObjectiveSetsEnv


class Seen(NamedTuple):
    """What is observed of n episodes on a DAG.

    Attributes
    ----------
    features : float32, shape (n, n_features)
    masks : int8, shape (n, n_actions)
    objectives : float64, shape (n, n_objectives)
        Of finished objects, else 0.
    """

    features: NDArray[np.float32]
    masks: NDArray[np.int8]
    objectives: NDArray[np.float64]


class BuildingVectorEnv(CompiledVectorEnv):
    """A batch of :class:`~.environment.BuildingEnv`, whose actions, observations, rewards and ends are the same.

    A DAG steps many states at once, so that a step of all environments is one call of each of its methods. ``reset``
    knows the option ``reset_mask``. A subclass says by :attr:`single` which environment it is.

    Parameters
    ----------
    num_envs : int
    illegal
        As of :class:`~.environment.BuildingEnv`.
    autoreset_mode, copy, max_episode_steps, render_mode
        As of :class:`~coplug.envs.vector.CompiledVectorEnv`.
    **arguments
        All others of :attr:`single`.

    Attributes
    ----------
    single : type of BuildingEnv

    Raises
    ------
    UsageError
        If an argument does not fit, or the DAG has many problems.
    """

    single: ClassVar[type[BuildingEnv]]
    options = ("reset_mask",)

    def __init__(
        self,
        num_envs: int = 1,
        *,
        illegal: str = "error",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        **arguments: Any,
    ) -> None:
        self._one = self.single(**arguments)
        self._dag = self._one.dag
        if isinstance(self._dag, Conditional):
            raise UsageError(
                f"a batch draws no problems of {type(self._dag).__name__}; take vectorization_mode='sync'"
            )
        super().__init__(
            num_envs,
            self._one.observation_space,
            self._dag.n_actions,
            autoreset_mode=autoreset_mode,
            copy=copy,
            illegal=illegal,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._states = self._dag.initial(num_envs)
        self._now, self._last = self._nothing(num_envs), self._nothing(num_envs)

    def _reset(self, which: NDArray[np.bool_], graphs: Sequence[Any] | None) -> tuple[int, int]:
        self._turns.fresh[:] = False
        self._start(which)
        return FINE, 0

    def _step(self, actions: NDArray[np.int64]) -> tuple[int, int]:
        turns, conduct, now = self._turns, self._conduct, self._now
        fault, where = fault_of(turns, conduct, now.masks, actions)
        if fault != FINE:
            return fault, where
        waiting = turns.over.copy()
        actions = np.where(waiting, 0, actions)
        legal = ~waiting & (now.masks[np.arange(self.num_envs), actions] == 1)
        stopping = legal & (actions == self._dag.n_actions - 1)
        self._walk(legal & ~stopping, actions)
        end_steps(turns, conduct, legal, self._finish(stopping), stopping)
        now.masks[turns.over] = 0
        if conduct.mode == SAME_STEP:
            waiting = turns.over.copy()
            for name, array in now._asdict().items():
                getattr(self._last, name)[waiting] = array[waiting]
        self._start(waiting)
        return FINE, 0

    def _observation(self, last: bool) -> NDArray[np.float32]:
        return (self._last if last else self._now).features

    def _masks(self, last: bool = False) -> NDArray[np.int8]:
        return (self._last if last else self._now).masks

    def _facts(self, last: bool) -> Arrays:
        if not isinstance(self._dag, MultiObjective):
            return {}
        return {"objectives": (self._last if last else self._now).objectives}

    def _start(self, which: NDArray[np.bool_]) -> None:
        """Let episodes begin at the source."""
        self._states[which] = self._dag.initial(int(which.sum()))
        self._now.objectives[which] = 0.0
        self._show(which)
        begin_episodes(self._turns, which)

    def _walk(self, which: NDArray[np.bool_], actions: NDArray[np.int64]) -> None:
        """Take actions that do not stop."""
        self._states[which] = self._dag.step(self._states[which], actions[which])
        self._show(which)

    def _finish(self, which: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the rewards of a step that finishes some objects, shape (num_envs,)."""
        rewards, objects = np.zeros(self.num_envs), self._states[which]
        if len(objects):
            rewards[which] = self._one.worth(objects)
            if isinstance(self._dag, MultiObjective):
                self._now.objectives[which] = self._dag.objectives(objects)
        return rewards

    def _show(self, which: NDArray[np.bool_]) -> None:
        """Write what is seen of states that have changed."""
        states = self._states[which]
        encoded = self._dag.encode(states)
        assert isinstance(encoded, np.ndarray)
        self._now.features[which] = encoded
        self._now.masks[which] = self._dag.forward_mask(states)
        self._turns.n_legal[which] = self._now.masks[which].sum(axis=1)

    def _nothing(self, n: int) -> Seen:
        dag = self._dag
        n_objectives = dag.n_objectives if isinstance(dag, MultiObjective) else 0
        return Seen(
            np.zeros((n, dag.n_features), np.float32),
            np.zeros((n, dag.n_actions), np.int8),
            np.zeros((n, n_objectives)),
        )


class HyperGridVectorEnv(BuildingVectorEnv):
    """A batch of :class:`~.faces.HyperGridEnv`; see :class:`BuildingVectorEnv`."""

    single = HyperGridEnv


class FunctionGridVectorEnv(BuildingVectorEnv):
    """A batch of :class:`~.faces.FunctionGridEnv`; see :class:`BuildingVectorEnv`."""

    single = FunctionGridEnv


class BagVectorEnv(BuildingVectorEnv):
    """A batch of :class:`~.faces.BagEnv`; see :class:`BuildingVectorEnv`."""

    single = BagEnv


class BitSequenceVectorEnv(BuildingVectorEnv):
    """A batch of :class:`~.faces.BitSequenceEnv`; see :class:`BuildingVectorEnv`."""

    single = BitSequenceEnv


class MultiObjectiveSetsVectorEnv(BuildingVectorEnv):
    """A batch of :class:`~.faces.MultiObjectiveSetsEnv`; see :class:`BuildingVectorEnv`."""

    single = MultiObjectiveSetsEnv
