"""Building an object step by step, as an environment: any DAG of coplug.contracts.dag whose encodings are features."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from coplug.contracts.dag import Dag, MultiObjective, Rewarded, draw_sources
from coplug.envs.illegal import IllegalActions
from coplug.envs.options import checked_options
from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.envs.spaces import MaskedDiscrete
from coplug.errors import UsageError, shown
from coplug.graphs import GraphBatch

from .baselines import roll_outs


class BuildingEnv(gymnasium.Env[NDArray[np.float32], np.int64]):
    """Walk on a DAG from its source until an object is finished; the return is what the object is worth.

    **Actions.** ``Discrete(dag.n_actions)``: those of the DAG, of which the last one stops. ``info["action_mask"]``,
    int8, has 1 where an action is allowed, and :meth:`action_masks` gives the same as bool. The space's ``sample()``
    follows the mask. An illegal action raises ``gymnasium.error.InvalidAction`` and changes nothing. With
    ``illegal="penalty"`` it changes nothing, has reward -1 and is counted in ``info["n_illegal"]``; the 100th in an
    episode truncates it. A step outside an episode raises ``gymnasium.error.ResetNeeded``.

    **Observations.** ``Box``, float32, shape (dag.n_features,), in 0..1: the DAG's encoding of the state.

    **Reward.** 0 until the stop; then the object's reward R, or where it has objectives alone their sum, weighted by
    ``weights``.

    **End.** Terminated by the stop. It is not truncated, but for illegal actions. At the end of an object with
    objectives, ``info["objectives"]`` has them, float64, shape (n_objectives,), before they are weighed; until then it
    is all 0. :attr:`state` is the state that has been reached.

    **Seeds.** Only where a DAG has many problems something is random: which one is drawn.

    Parameters
    ----------
    dag : Dag
        Its encodings are arrays with values in 0..1.
    weights : sequence of float, optional
        Of the objectives; by default all 1 / n_objectives.
    illegal : {"error", "penalty"}
    render_mode : {"ansi"}, optional
        The state as numbers.

    Raises
    ------
    UsageError
        If an argument is unknown or does not fit.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so
    baselines = MappingProxyType({"roll-outs": roll_outs})

    def __init__(
        self,
        dag: Dag,
        *,
        weights: Sequence[float] | None = None,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self.dag = dag
        if isinstance(dag.encode(dag.initial(1)), GraphBatch):
            raise UsageError(
                f"{type(dag).__name__} encodes states as graphs; take one with features of fixed length"
            )
        self._weights = _checked_weights(dag, weights)
        self._illegal = IllegalActions(illegal)
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, (dag.n_features,), np.float32)
        self.action_space: MaskedDiscrete = MaskedDiscrete(dag.n_actions)
        self._state: NDArray[np.int64] | None = None
        self._running = False

    @property
    def state(self) -> NDArray[np.int64]:
        """The state that has been reached, int64, shape (state_width,)."""
        if self._state is None:
            raise ResetNeeded("there is no state yet; call reset first")
        return self._state

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which actions are allowed now, bool, shape (n_actions,)."""
        if not self._running:
            return np.zeros(self.dag.n_actions, np.bool_)
        return np.asarray(self.dag.forward_mask(self.state[None])[0])

    def worth(self, objects: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the rewards of finished objects, float64, shape (n,)."""
        if isinstance(self.dag, Rewarded):
            return np.exp(self.dag.log_reward(objects))
        assert isinstance(self.dag, MultiObjective)
        # Not by a product of matrices: an object's worth does not depend on those beside it.
        return np.asarray((self.dag.objectives(objects) * self._weights).sum(axis=1))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start at the source.

        Raises
        ------
        UsageError
            If there are options: it knows none.
        """
        super().reset(seed=seed)
        checked_options(options, ())
        self._state = draw_sources(self.dag, 1, self.np_random)[0]
        self._running = True
        self._illegal.begin()
        return self._observed()

    def step(self, action: Any) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Act; see the class.

        Raises
        ------
        InvalidAction
            If the action is not allowed.
        ResetNeeded
            Outside an episode.
        """
        if not self._running:
            raise ResetNeeded("no episode is running; call reset first")
        number = self.action_space.member(action)
        if not self.action_masks()[number]:
            reward = self._illegal.reward(self.action_space.refusal(number))
            self._running = not self._illegal.truncates
            observation, info = self._observed()
            return observation, reward, False, not self._running, info
        stops = number == self.dag.n_actions - 1
        reward = float(self.worth(self.state[None])[0]) if stops else 0.0
        if not stops:
            self._state = self.dag.step(self.state[None], np.array([number]))[0]
        self._running = not stops
        observation, info = self._observed(finished=stops)
        return observation, reward, stops, False, info

    def render(self) -> Any:
        """Return the state as text; see the class.

        Raises
        ------
        ResetNeeded
            Before the first episode.
        """
        if self.render_mode is None:
            warn_without_render_mode()
            return None
        return " ".join(map(str, self.state.tolist()))

    def _observed(self, finished: bool = False) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Set the mask, and return observation and info."""
        mask = self.action_masks().astype(np.int8)
        self.action_space.mask = mask
        info: dict[str, Any] = {"action_mask": mask.copy(), **self._illegal.info()}
        if isinstance(self.dag, MultiObjective):
            reached = (
                self.dag.objectives(self.state[None])[0] if finished else np.zeros(self.dag.n_objectives)
            )
            info["objectives"] = reached
        encoded = self.dag.encode(self.state[None])
        assert isinstance(encoded, np.ndarray)
        return encoded[0], info


def _checked_weights(dag: Dag, weights: Sequence[float] | None) -> NDArray[np.float64]:
    n = dag.n_objectives if isinstance(dag, MultiObjective) else 0
    if weights is None:
        return np.full(n, 1.0 / max(n, 1))
    try:
        array = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.shape != (n,) or not np.isfinite(array).all():
        raise UsageError(
            f"weights {shown(weights)} do not fit; give {n} finite numbers, one for each objective"
        )
    return array
