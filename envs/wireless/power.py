"""Power allocation, a cell-free network a step, as an environment."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
from gymnasium import spaces

from coplug.errors import UsageError
from coplug.problems.wireless.layouts import draw_layouts, noise_w
from coplug.problems.wireless.power_instance import PowerInstance, make_power
from coplug.problems.wireless.power_options import LEAST, SUM, PowerOptions

from .baselines import best_action, full_action
from .episodes import DrawEnv

FADING_DB = (-300.0, 0.0)


class PowerAllocationEnv(DrawEnv):
    """Choose powers for each of ``steps`` cell-free networks; the return is the sum of what counts in each.

    With M = ``n_aps`` and K = ``n_users``:

    **Actions.** ``Box(0, 1, (M, K))``, float32: amplitudes of links, roots of their shares of the access point's power.
    They are projected onto the limits: negative ones are 0, and an access point's are scaled down where the squares add
    up to more than 1, so that every action is feasible. Another shape, or a number that is not finite, raises
    ``gymnasium.error.InvalidAction``; a step outside an episode raises ``gymnasium.error.ResetNeeded``.

    **Observations.** ``Box(-300, 0, (M, K))``, float32: large-scale fading in dB of the network of the next step.

    **Reward.** With ``goal="least"`` the least rate of a user, with ``"sum"`` the sum of rates, in bit/s/Hz, pilots
    taken off. ``info`` has ``rates``, ``sum_rate`` and ``min_rate`` of the step.

    **End.** Terminated after ``steps`` steps, never truncated; the last observation is of a network that no step is
    for.

    **Start.** A network: uniform places in a square of 0.5 km, COST-Hata, correlated shadowing, 100 mW an access point.
    ``reset`` knows no options.

    **Seeds.** The networks are random.

    Source: :mod:`coplug.problems.wireless` (the problem), :func:`coplug.problems.wireless.layouts.draw_layouts`.

    Parameters
    ----------
    n_aps : int
        At least 1.
    n_users : int
        1 to 20.
    goal : {"least", "sum"}
    steps : int
        At least 1.
    render_mode : {"ansi"}, optional
        The rates of users after the last step.

    Raises
    ------
    UsageError
        If an argument is out of range.
    """

    baselines = MappingProxyType({"full": full_action, "best": best_action})

    def __init__(
        self,
        n_aps: int = 10,
        n_users: int = 4,
        *,
        goal: str = LEAST,
        steps: int = 10,
        render_mode: str | None = None,
    ) -> None:
        if n_aps < 1 or not 1 <= n_users <= 20 or goal not in (LEAST, SUM):
            raise UsageError(
                f"{n_aps} access points, {n_users} users, goal {goal!r}; take 1 or more, 1 to 20, and least or sum"
            )
        super().__init__(steps, render_mode)
        self.goal = goal
        self._shape = (n_aps, n_users)
        self.network: PowerInstance | None = None
        self.action_space = spaces.Box(0.0, 1.0, self._shape, np.float32)
        self.observation_space = spaces.Box(*FADING_DB, self._shape, np.float32)

    def draw(self) -> Any:
        """Draw a network."""
        beta = draw_layouts(self.np_random, 1, *self._shape).beta
        arrays = {"beta": beta, "noise": np.array(noise_w()), "power": np.array(0.1)}
        self.network = make_power("drawn", arrays, PowerOptions())
        return np.clip(10.0 * np.log10(beta[0]), *FADING_DB).astype(np.float32)

    def worth(self, action: Any) -> tuple[float, Any]:
        """Return the least rate or the sum, and the rates, of amplitudes within the limits."""
        assert self.network is not None  # a step comes after a reset
        amplitudes = np.maximum(action, 0.0)
        amplitudes /= np.maximum(np.sqrt((amplitudes**2).sum(axis=1, keepdims=True)), 1.0)
        rates = self.network.rates(amplitudes[None])[0]
        return float(rates.min() if self.goal == LEAST else rates.sum()), rates
