"""Precoding, a channel a step, as an environment."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.problems.wireless.channels import rayleigh
from coplug.problems.wireless.rates import precoder_rates

from .baselines import rzf_action, wmmse_action
from .episodes import DrawEnv

LARGEST = 100.0
"""Of an observed part of a channel, both ways; of variance 1, none is."""


class PrecodingEnv(DrawEnv):
    """Choose a precoder for each of ``steps`` channels; the return is the sum of their sums of rates.

    With K = ``n_users`` and M = ``n_antennas``:

    **Actions.** ``Box(-1, 1, (2, M, K))``, float32: real and imaginary parts of the precoder. It is projected onto the
    limit of the power, 1: scaled down where it has more, so that every action is feasible; numbers out of the box are
    allowed. Another shape, or a number that is not finite, raises ``gymnasium.error.InvalidAction``; a step outside an
    episode raises ``gymnasium.error.ResetNeeded``.

    **Observations.** ``Box(-100, 100, (2, K, M))``, float32: real and imaginary parts of the channel of the next step,
    independent entries of variance 1.

    **Reward.** The sum of the rates of users in the channel that was observed, ``log2(1 + sinr)``, in bit/s/Hz, at
    noise ``10^(-snr_db / 10)``. ``info`` has ``rates``, ``sum_rate`` and ``min_rate`` of the step.

    **End.** Terminated after ``steps`` steps, never truncated; the last observation is of a channel that no step is
    for.

    **Start.** A channel. ``reset`` knows no options.

    **Seeds.** The channels are random.

    Source: :mod:`coplug.problems.wireless` (the problem).

    Parameters
    ----------
    n_users, n_antennas : int
        At least 1.
    snr_db : float
        In -100..100.
    steps : int
        At least 1.
    render_mode : {"ansi"}, optional
        The rates of users after the last step.

    Raises
    ------
    UsageError
        If an argument is out of range.
    """

    baselines = MappingProxyType({"rzf": rzf_action, "wmmse": wmmse_action})

    def __init__(
        self,
        n_users: int = 4,
        n_antennas: int = 4,
        *,
        snr_db: float = 20.0,
        steps: int = 10,
        render_mode: str | None = None,
    ) -> None:
        if min(n_users, n_antennas) < 1 or not -100.0 <= snr_db <= 100.0:
            raise UsageError(
                f"{n_users} users, {n_antennas} antennas at {snr_db} dB; take 1 or more of both, and -100 to 100 dB"
            )
        super().__init__(steps, render_mode)
        self.noise = np.array([10.0 ** (-snr_db / 10.0)])
        self._shape = (n_users, n_antennas)
        self.channel: NDArray[np.complexfloating] = np.zeros((1, *self._shape), np.complex128)
        self.action_space = spaces.Box(-1.0, 1.0, (2, n_antennas, n_users), np.float32)
        self.observation_space = spaces.Box(-LARGEST, LARGEST, (2, n_users, n_antennas), np.float32)

    def draw(self) -> Any:
        """Draw a channel."""
        self.channel = rayleigh(self.np_random, 1, *self._shape)
        parts = np.stack([self.channel[0].real, self.channel[0].imag])
        return np.clip(parts, -LARGEST, LARGEST).astype(np.float32)

    def worth(self, action: Any) -> tuple[float, Any]:
        """Return the sum of rates, and the rates, of a precoder within the power."""
        precoder = (action[0] + 1j * action[1])[None]
        power = float((np.abs(precoder) ** 2).sum())
        rates = precoder_rates(self.channel, precoder / np.sqrt(max(power, 1.0)), self.noise)[0]
        return float(rates.sum()), rates
