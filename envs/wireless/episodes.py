"""What both environments share: episodes of so many independent draws, an action for each."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import InvalidAction, ResetNeeded

from coplug.envs.options import checked_options
from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.errors import UsageError


class DrawEnv(gymnasium.Env[Any, Any]):
    """An episode is ``steps`` independent draws; a derived class says what is drawn and what an action is worth.

    Parameters
    ----------
    steps : int
        At least 1.
    render_mode : {"ansi"}, optional
        The rates of users after the last step.

    Raises
    ------
    UsageError
        If an argument is out of range.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so

    def __init__(self, steps: int, render_mode: str | None) -> None:
        if steps < 1:
            raise UsageError(f"an episode of {steps} steps is none; take 1 or more")
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._steps, self._left = steps, 0
        self._rates = np.zeros(0)

    def draw(self) -> Any:
        """Draw what the next action is for, and return the observation of it."""
        raise NotImplementedError

    def worth(self, action: Any) -> tuple[float, Any]:
        """Return the reward of an action, and the rates of users."""
        raise NotImplementedError

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see the class. There are no options."""
        super().reset(seed=seed)
        checked_options(options, ())
        self._left = self._steps
        self._rates = np.zeros(0)
        return self.draw(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act in the draw that was observed; see the class.

        Raises
        ------
        InvalidAction
            If the action has another shape, or a number that is not finite.
        ResetNeeded
            Outside an episode.
        """
        if self._left == 0:
            raise ResetNeeded("no episode is running; call reset first")
        given, space = np.asarray(action), self.action_space
        if given.shape != space.shape or given.dtype.kind not in "buif" or not np.isfinite(given).all():
            raise InvalidAction(f"the action is no member of {space}; give finite numbers of that shape")
        reward, self._rates = self.worth(given.astype(np.float64))
        self._left -= 1
        info = {
            "rates": self._rates,
            "sum_rate": float(self._rates.sum()),
            "min_rate": float(self._rates.min()),
        }
        return self.draw(), reward, self._left == 0, False, info

    def render(self) -> Any:
        """Return the rates of the last step as text."""
        if self.render_mode is None:
            warn_without_render_mode()
            return None
        shown = ", ".join(f"{rate:.2f}" for rate in self._rates)
        return f"rates {shown or 'none yet'} bit/s/Hz, {self._left} steps left\n"
