"""What the environments share: episodes, seeds, errors and pictures."""

from __future__ import annotations

import enum
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from coplug.envs.illegal import IllegalActions, NotLegalError
from coplug.envs.options import checked_options
from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.envs.spaces import MaskedDiscrete, MaskedMultiBinary
from coplug.errors import InstanceError
from coplug.scip.bounds_history import BoundsHistory
from coplug.scip.data import RewardFunction
from coplug.scip.session import Session
from coplug.scip.settings import LARGEST_SEED, ParameterValue
from coplug.scip.sources import MAX_REDRAWS, Source, as_source
from coplug.scip.stage import SETTLED
from coplug.scip.tree import SearchTree, status_line, tree_text

from .observations import Observation
from .picture import draw_solve
from .sizes import TooLargeError, check_fit

OPTIONS = ("instance",)
"""Keys of ``reset``'s options."""


class _Phase(enum.Enum):
    NO_EPISODE = enum.auto()
    DECIDING = enum.auto()
    SOLVED_AT_RESET = enum.auto()


class ScipEnv(gymnasium.Env[Any, Any]):
    """Base of the environments on SCIP.

    Parameters
    ----------
    dynamics : object
        One of :mod:`coplug.scip.dynamics`.
    source : Source
        Of the instances.
    observation : Observation
    reward : reward function
    scip_params : mapping or None
        SCIP parameters that are set in every episode; they win over the seeds.
    permute : bool
        Permute variables and constraints by a seed of the episode.
    illegal : {"error", "penalty"}
    render_mode : {None, "ansi", "rgb_array"}

    Attributes
    ----------
    model : Session or None
        The model of the current or last episode; SCIP waits for a decision in it. Look, but do not keep it.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 2}  # noqa: RUF012 # Gymnasium declares it so

    def __init__(
        self,
        dynamics: Any,
        source: Source,
        observation: Observation,
        reward: RewardFunction,
        scip_params: Mapping[str, ParameterValue] | None,
        permute: bool,
        render_mode: str | None,
        illegal: str = "error",
    ) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self.observation_space = observation.space
        self.model: Session | None = None
        self._dynamics = dynamics
        self._source = source
        self._observation = observation
        self._reward = reward
        self._scip_params = dict(scip_params or {})
        Session.empty().set_params(self._scip_params)
        self._permute = permute
        self._illegal = IllegalActions(illegal)
        self._action_set: Any = None
        self._tree: SearchTree | None = None
        self._history: BoundsHistory | None = None
        self._phase = _Phase.NO_EPISODE

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see the class.

        Parameters
        ----------
        seed : int or None
            Of the draws of instances and of SCIP's seeds, from here on.
        options : dict or None
            ``instance``: the instance, or the source of it, for this episode.

        Raises
        ------
        InstanceError
            If an instance cannot be read, or 100 draws in a row need no decision.
        ParameterError, SolverError
            If SCIP refuses a parameter, or its solve ends with an error.
        UsageError
            If an option is unknown, or the instance does not fit.
        """
        super().reset(seed=seed)
        self._end_episode()
        if seed is not None:
            self._source.reseed(self.np_random)
        observation, info, done = self._first_observation(self._chosen_source(options))
        self._phase = _Phase.SOLVED_AT_RESET if done else _Phase.DECIDING
        return observation, info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Do one transition; see the class.

        Raises
        ------
        InvalidAction
            If the action is not legal now; the episode is over then.
        ResetNeeded
            If there is no episode, or it is over.
        """
        if self._phase is _Phase.NO_EPISODE or self.model is None:
            raise ResetNeeded("there is no decision to make, because no episode is running; call reset first")
        model, solved = self.model, self._phase is _Phase.SOLVED_AT_RESET
        # Unless all goes well, the next call must be a reset.
        self._phase = _Phase.NO_EPISODE
        if solved:
            observation, state = self._observe(model, True, None)
            return observation, 0.0, *self._ends(state), state
        try:
            decision = self._decision(model, action)
        except NotLegalError as error:
            return self._penalised(model, error)
        done, self._action_set = self._dynamics.step(model, decision)
        reward = float(self._reward.extract(model, done))
        try:
            observation, state = self._observe(model, done, self._action_set)
        except TooLargeError as error:
            observation, state = self._observe(model, True, None)
            return observation, reward, False, True, state | {"too_large": str(error)}
        if done:
            return observation, reward, *self._ends(state), state
        self._phase = _Phase.DECIDING
        return observation, reward, False, False, state

    def _penalised(
        self, model: Session, error: NotLegalError
    ) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        reward = self._illegal.reward(error)
        observation, state = self._observe(model, False, self._action_set)
        if not self._illegal.truncates:
            self._phase = _Phase.DECIDING
        return observation, reward, False, self._illegal.truncates, state

    def render(self) -> Any:
        """Return the search tree so far as text or as a picture, as the render mode says."""
        if self.render_mode is None:
            warn_without_render_mode()
            return None
        if self.model is None or self._tree is None or self._history is None:
            raise ResetNeeded("there is nothing to render before the first reset")
        nodes = self._tree.with_open_nodes(self.model)
        if self.render_mode == "rgb_array":
            return draw_solve(
                nodes, self._history.until_now(self.model), status_line(self.model), self._notes()
            )
        return "\n".join(filter(None, (status_line(self.model), *self._notes(), tree_text(nodes))))

    def close(self) -> None:
        """End the episode and free SCIP; may be called again, and a reset starts a new episode."""
        self._end_episode()

    def _end_episode(self) -> None:
        self._phase = _Phase.NO_EPISODE
        if self.model is not None:
            self.model.stop()
        self.model = None
        self._tree = self._history = None

    @abstractmethod
    def _decision(self, model: Session, action: Any) -> Any:
        """Return what the dynamics take for an action, or raise InvalidAction."""

    def _set_mask(self, model: Session, action_set: NDArray[np.int64] | None) -> dict[str, Any]:
        """Take note of what is legal now; returns what the info says about it."""
        return {}

    def _notes(self) -> list[str]:
        """Return lines that are rendered besides the status of the solve."""
        return []

    def _chosen_source(self, options: Mapping[str, Any] | None) -> Source:
        given = checked_options(options, OPTIONS)
        return as_source(given["instance"]) if given else self._source

    def _first_observation(self, source: Source) -> tuple[Any, dict[str, Any], bool]:
        """Draw instances until one needs a decision and fits; return observation, info, and whether it is solved."""
        fault = ""
        for redraws in range(MAX_REDRAWS + 1):
            self._end_episode()
            model = self.model = source.draw(self.np_random)
            done, self._action_set = self._start(model)
            if done and source.redrawable:
                fault = (
                    "were solved without a decision; give harder ones, or switch off presolving, cuts and "
                    "heuristics in scip_params"
                )
                continue
            offset = float(self._reward.extract(model, done))
            try:
                observation, state = self._observe(model, done, self._action_set)
            except TooLargeError as error:
                if not source.redrawable:
                    raise
                fault = f"needed no decision or did not fit, the last one because {error}"
                continue
            info = {"reward_offset": offset, "redraws": redraws, "solved_at_reset": done}
            return observation, info | state, done
        raise InstanceError(f"{MAX_REDRAWS + 1} instances in a row {fault}")

    def _start(self, model: Session) -> tuple[bool, Any]:
        if self.render_mode is not None:
            self._tree, self._history = SearchTree(), BoundsHistory(model)
        self._illegal.begin()
        model.set_params(self._seeds())
        model.set_params(self._scip_params)
        self._reward.before_reset(model)
        self._observation.before_reset(model)
        done, action_set = self._dynamics.reset(model)
        return bool(done), action_set

    def _seeds(self) -> dict[str, ParameterValue]:
        shift, lp, permutation = self.np_random.integers(1, LARGEST_SEED, 3).tolist()
        seeds: dict[str, ParameterValue] = {
            "randomization/randomseedshift": shift,
            "randomization/lpseed": lp,
            "randomization/permutationseed": permutation,
        }
        if self._permute:
            seeds |= {"randomization/permutevars": True, "randomization/permuteconss": True}
        return seeds

    def _observe(self, model: Session, done: bool, action_set: Any) -> tuple[Any, dict[str, Any]]:
        if self._tree is not None:
            self._tree.visit(model)
        state = self._set_mask(model, action_set)
        if done:
            state |= {
                "status": str(model.solver.getStatus()),
                "primal_bound": model.primal_bound,
                "dual_bound": model.dual_bound,
                "n_nodes": int(model.solver.getNTotalNodes()),
            }
        return self._observation.extract(model, done), state | self._illegal.info()

    @staticmethod
    def _ends(state: Mapping[str, Any]) -> tuple[bool, bool]:
        """Return whether the episode is terminated, and whether it is truncated."""
        solved = state["status"] in SETTLED
        return solved, not solved


class MaskedScipEnv(ScipEnv):
    """An environment in which only some variables may be chosen at each decision.

    Parameters
    ----------
    choices : MaskedDiscrete or MaskedMultiBinary
        The space, or the part of it, that holds the variables.
    *args, **kwargs
        For :class:`ScipEnv`.
    """

    def __init__(self, choices: MaskedDiscrete | MaskedMultiBinary, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices = choices
        self._mask = np.zeros(int(choices.n), np.int8)  # type: ignore[arg-type] # both are flat

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which variables may be chosen now, bool, shape (max_variables,)."""
        return self._mask.astype(np.bool_)

    def _set_mask(self, model: Session, action_set: NDArray[np.int64] | None) -> dict[str, Any]:
        mask = np.zeros_like(self._mask)
        if action_set is not None:
            n_variables = model.solver.getNVars(transformed=True)
            check_fit("variables", n_variables, "max_variables", len(mask))
            mask[action_set] = 1
        self._mask = mask
        self._choices.mask = mask
        return {"action_mask": mask.copy()}

    def _require_legal(self, positions: NDArray[np.int64]) -> None:
        """Raise NotLegalError if a variable may not be chosen now."""
        illegal = positions[self._mask[positions] == 0]
        if illegal.size:
            raise NotLegalError(
                f"variable {illegal[0]} cannot be chosen now; take one of the {int(self._mask.sum())} where "
                "info['action_mask'] is 1"
            )
