"""Many copies of an environment in one process, stepped by one call: what such batches share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from coplug.envs.illegal import penalises
from coplug.envs.options import checked_options
from coplug.envs.spaces import MaskedDiscrete, MaskedMultiDiscrete
from coplug.envs.turns import (
    EXHAUSTED,
    FINE,
    ILLEGAL,
    MODES,
    NO_ACTION,
    NO_LIMIT,
    NOT_RUNNING,
    SAME_STEP,
    Conduct,
    no_turns,
)
from coplug.errors import SolverError, UsageError
from coplug.random_kernels import seeded

Arrays = dict[str, NDArray[Any]]


class CompiledVectorEnv(gymnasium.vector.VectorEnv[Any, NDArray[np.int64], NDArray[Any]]):
    """Base of the batches.

    It keeps Gymnasium's rules: ``metadata["autoreset_mode"]``, ``infos`` as arrays with masks ``_key``, and with
    ``SAME_STEP`` ``final_obs`` and ``final_info``. ``infos["action_mask"]`` is int8, shape (num_envs, n_actions), and
    :meth:`action_masks` gives the same as bool; ``action_space.sample()`` follows it.

    ``reset(seed=s)`` gives environment i the seed s + i; a list gives one each. The seeds decide everything that is
    drawn, whatever the other environments do. ``reset(options=...)`` knows ``reset_mask``, bool, shape (num_envs,),
    for the environments that are reset, and ``graph``, or ``graphs``, one an environment, for these episodes.

    Parameters
    ----------
    num_envs : int
        At least 1.
    observation_space : gymnasium.spaces.Space
        Of one environment: a ``Dict`` of arrays, or one array.
    n_actions : int
    autoreset_mode : AutoresetMode or str
    copy : bool
        Return copies. Without, observations, masks and rewards are the same arrays in every step, and change with the
        next one.
    illegal : {"error", "penalty"}
    max_episode_steps : int, optional
        Steps after which an episode is truncated.
    render_mode : None
        There are no pictures of batches.

    Attributes
    ----------
    options : tuple of str
        Keys of ``reset``'s options.
    """

    options: ClassVar[tuple[str, ...]] = ("reset_mask", "graph", "graphs")

    def __init__(
        self,
        num_envs: int,
        observation_space: spaces.Space[Any],
        n_actions: int,
        *,
        autoreset_mode: AutoresetMode | str,
        copy: bool,
        illegal: str,
        max_episode_steps: int | None,
        render_mode: str | None,
    ) -> None:
        super().__init__()
        if num_envs < 1:
            raise UsageError(f"num_envs {num_envs} is out of range; take at least 1")
        if render_mode is not None:
            raise UsageError(
                "a batch is not rendered; take vectorization_mode='sync', or leave render_mode out"
            )
        if max_episode_steps is not None and max_episode_steps < 1:
            raise UsageError(f"max_episode_steps {max_episode_steps} is out of range; take at least 1")
        self.num_envs = num_envs
        mode = _checked_mode(autoreset_mode)
        self.metadata = {"autoreset_mode": mode, "render_modes": []}
        self.single_observation_space = observation_space
        self.observation_space = batch_space(observation_space, num_envs)
        self.single_action_space = MaskedDiscrete(n_actions)
        self.action_space: MaskedMultiDiscrete = MaskedMultiDiscrete(num_envs, n_actions)
        self._copy = copy
        self._conduct = Conduct(MODES[mode], penalises(illegal), max_episode_steps or NO_LIMIT)
        self._turns = no_turns(num_envs)
        self._begun = False

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions are legal now, bool, shape (num_envs, n_actions)."""
        return self._masks().astype(np.bool_)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start episodes; see the class.

        Raises
        ------
        UsageError
            If an option or the seeds do not fit, or no graph of use was found.
        """
        given = checked_options(options, self.options)
        which = self._checked_mask(given.get("reset_mask"))
        graphs = self._checked_graphs(given)
        self._seed(seed, which)
        self._raise(*self._reset(which, graphs), None)
        self._begun = True
        return self._result()

    def step(
        self, actions: Any
    ) -> tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """Act in every environment.

        Parameters
        ----------
        actions : integers, shape (num_envs,)
            Those of environments whose next episode starts in this step are ignored.

        Raises
        ------
        InvalidAction
            If an action is not legal; nothing has changed then.
        ResetNeeded
            If an environment waits for a reset.
        """
        if not self._begun:
            raise ResetNeeded("no episode is running; call reset first")
        numbers = self._checked_actions(actions)
        self._raise(*self._step(numbers), numbers)
        observation, info = self._result()
        turns = self._turns
        if self._conduct.mode == SAME_STEP:
            self._add_final(info)
        return (
            observation,
            self._given(turns.rewards),
            self._given(turns.terminated),
            self._given(turns.truncated),
            info,
        )

    @abstractmethod
    def _reset(self, which: NDArray[np.bool_], graphs: Sequence[Any] | None) -> tuple[int, int]:
        """Start the episodes, on these graphs if given; return a fault and where it is."""

    @abstractmethod
    def _step(self, actions: NDArray[np.int64]) -> tuple[int, int]:
        """Do a step; return a fault and where it is."""

    @abstractmethod
    def _observation(self, last: bool) -> Arrays | NDArray[Any]:
        """Return the observations, of episodes that have ended in the last step if asked to; not copied."""

    @abstractmethod
    def _masks(self, last: bool = False) -> NDArray[np.int8]:
        """Return the masks; not copied."""

    @abstractmethod
    def _facts(self, last: bool) -> Arrays:
        """Return what the infos have besides masks; not copied."""

    def _facts_of_starts(self) -> Arrays:
        """Return what the infos have besides where an episode has just begun."""
        return {}

    def _exhausted(self) -> Exception:
        """Return the error of a source without an instance of use."""
        return SolverError("no episode could begin; please report this")

    def _reseed(self, i: int, seed: int) -> None:
        """Give an environment a seed."""
        self._turns.random[i] = seeded(seed)

    def _seed(self, seed: int | Sequence[int | None] | None, which: NDArray[np.bool_]) -> None:
        """Seed environments that are reset, and all that never were."""
        seeds: Sequence[int | None]
        if seed is None or isinstance(seed, int | np.integer):
            super().reset(seed=None if seed is None else int(seed))
            seeds = [None if seed is None else int(seed) + i for i in range(self.num_envs)]
        else:
            seeds = list(seed) if isinstance(seed, Iterable) else []
        if len(seeds) != self.num_envs or not all(map(_is_seed, seeds)):
            raise UsageError(
                f"seed {seed!r} does not fit; give a number >= 0, {self.num_envs} of them, or None"
            )
        if not self._begun:
            which = np.ones_like(which)
        for i in np.flatnonzero(which).tolist():
            own = seeds[i]
            if own is not None or not self._begun:
                self._reseed(i, int(self.np_random.integers(2**63)) if own is None else int(own))

    def _checked_mask(self, mask: Any) -> NDArray[np.bool_]:
        if mask is None:
            return np.ones(self.num_envs, np.bool_)
        array = np.asarray(mask)
        if array.shape != (self.num_envs,) or array.dtype != np.bool_ or not array.any():
            raise UsageError(
                f"reset_mask does not fit; give bool of shape ({self.num_envs},), one True at least"
            )
        return array

    def _checked_graphs(self, options: Mapping[str, Any]) -> list[Any] | None:
        if "graph" in options:
            return [options["graph"]] * self.num_envs
        if "graphs" not in options:
            return None
        graphs = options["graphs"]
        if not isinstance(graphs, Sequence) or len(graphs) != self.num_envs:
            raise UsageError(f"options['graphs'] does not fit; give a list of {self.num_envs} graphs")
        return list(graphs)

    def _checked_actions(self, actions: Any) -> NDArray[np.int64]:
        array = np.asarray(actions)
        if array.shape != (self.num_envs,) or array.dtype.kind not in "iu":
            raise InvalidAction(
                f"actions of shape {array.shape} and type {array.dtype} do not fit; give integers of shape "
                f"({self.num_envs},)"
            )
        return np.ascontiguousarray(array, np.int64)

    def _raise(self, fault: int, where: int, actions: NDArray[np.int64] | None) -> None:
        if fault == FINE:
            return
        if fault == EXHAUSTED:
            raise self._exhausted()
        if fault == NOT_RUNNING:
            raise ResetNeeded(
                f"no episode is running in environment {where}; reset it, with options={{'reset_mask': ...}} alone"
            )
        assert actions is not None
        assert fault in (NO_ACTION, ILLEGAL)
        number, masks = actions[where], self._masks()
        if fault == NO_ACTION:
            raise InvalidAction(
                f"action {number} of environment {where} is none; take an integer in 0..{masks.shape[1] - 1}"
            )
        raise InvalidAction(
            f"action {number} of environment {where} is not legal now; take one of the {int(masks[where].sum())} "
            f"where infos['action_mask'][{where}] is 1"
        )

    def _result(self) -> tuple[Any, dict[str, Any]]:
        self.action_space.mask = self._masks()
        observation = self._shown()
        every = np.ones(self.num_envs, np.bool_)
        info: dict[str, Any] = {}
        for name, array in self._info_arrays(last=False).items():
            info[name], info["_" + name] = self._given(array), every
        if self._turns.fresh.any():
            for name, array in self._facts_of_starts().items():
                info[name], info["_" + name] = self._given(array), self._turns.fresh.copy()
        return observation, info

    def _shown(self) -> Any:
        """Return the observation."""
        return _of_each(self._observation(last=False), self._given)

    def _shown_last(self, i: int) -> Any:
        """Return the last observation of an episode that has ended in this step."""
        return _of_each(self._observation(last=True), lambda array: np.array(array[i]))

    def _info_arrays(self, last: bool) -> Arrays:
        facts = {"action_mask": self._masks(last), **self._facts(last)}
        if self._conduct.penalises:
            facts["n_illegal"] = self._turns.last_illegal if last else self._turns.n_illegal
        return facts

    def _add_final(self, info: dict[str, Any]) -> None:
        """Add the last observations and infos of the episodes that have ended in this step."""
        ended = self._turns.terminated | self._turns.truncated
        if not ended.any():
            return
        final = np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(ended).tolist():
            final[i] = self._shown_last(i)
        info["final_obs"], info["_final_obs"] = final, ended
        facts: dict[str, Any] = {}
        for name, array in self._info_arrays(last=True).items():
            of_ended = np.zeros_like(array)
            of_ended[ended] = array[ended]
            facts[name], facts["_" + name] = of_ended, ended
        info["final_info"], info["_final_info"] = facts, ended

    def _given(self, array: NDArray[Any]) -> NDArray[Any]:
        return array.copy() if self._copy else array


def _of_each(observation: Arrays | NDArray[Any], taken: Callable[[NDArray[Any]], NDArray[Any]]) -> Any:
    """Return what is taken of an observation's arrays, in the same form."""
    if isinstance(observation, dict):
        return {name: taken(array) for name, array in observation.items()}
    return taken(observation)


def _is_seed(seed: Any) -> bool:
    return seed is None or (isinstance(seed, int | np.integer) and int(seed) >= 0)


def _checked_mode(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError as error:
        choices = ", ".join(mode.value for mode in AutoresetMode)
        raise UsageError(f"autoreset_mode {mode!r} is unknown; choose one of: {choices}") from error
