"""What acts in the environments of precoding and power allocation without learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from coplug.problems.wireless.linear import rzf
from coplug.problems.wireless.power_methods import bisection, full_power, weighted_mmse
from coplug.problems.wireless.power_options import LEAST
from coplug.problems.wireless.weighted_mmse import weighted_mmse as precoder_wmmse

STEPS, TOLERANCE = 100, 1e-3


def rzf_action(environment: Any, observation: Any, rng: np.random.Generator) -> Any:
    """Return regularised zero forcing."""
    return _parts(rzf(environment.channel, environment.noise))


def wmmse_action(environment: Any, observation: Any, rng: np.random.Generator) -> Any:
    """Return 100 steps of weighted MMSE."""
    ones = np.ones(environment.channel.shape[:2])
    return _parts(precoder_wmmse(environment.channel, environment.noise, ones, STEPS).precoders)


def full_action(environment: Any, observation: Any, rng: np.random.Generator) -> Any:
    """Return full power, shared out as the gains are."""
    return full_power(environment.network)[0].astype(np.float32)


def best_action(environment: Any, observation: Any, rng: np.random.Generator) -> Any:
    """Return what bisection finds for the least rate, or weighted MMSE for the sum."""
    if environment.goal == LEAST:
        return bisection(environment.network, TOLERANCE).amplitudes[0].astype(np.float32)
    return weighted_mmse(environment.network, STEPS, 0.0)[0].astype(np.float32)


def _parts(precoders: Any) -> Any:
    return np.stack([precoders[0].real, precoders[0].imag]).astype(np.float32)
