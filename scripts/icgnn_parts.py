"""What the tables of reproduce_icgnn.py share: random channels of their own, and times."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from coplug.problems.wireless.channels import rayleigh
from coplug.problems.wireless.rates import precoder_rates

TEST_SEED = 20240826
"""Of the channels of the tables; training and validation have others."""

Row = dict[str, Any]


def drawn(n_users: int, n_antennas: int, snr_db: float, draws: int, number: int) -> tuple[Any, Any, Any, Any]:
    """Return channels, noise, weights of users and shares of error, which are ones and zeros."""
    rng = np.random.default_rng((TEST_SEED, number))
    channels = rayleigh(rng, draws, n_users, n_antennas)
    return channels, np.full(draws, 10 ** (-snr_db / 10)), np.ones((draws, n_users)), np.zeros(draws)


def mean_sum(channels: Any, precoders: Any, noise: Any) -> float:
    """Return the mean over channels of the sum of rates."""
    return float(precoder_rates(channels, precoders, noise).sum(axis=1).mean())


def seconds(act: Callable[[], object], repetitions: int = 15) -> float:
    """Return the least CPU time of a call."""
    return least_seconds({"": act}, repetitions)[""]


def least_seconds(acts: Mapping[str, Callable[[], object]], repetitions: int) -> dict[str, float]:
    """Return the least CPU time of each call; they take turns, so that what disturbs one disturbs all."""
    found: dict[str, list[float]] = {name: [] for name in acts}
    for act in acts.values():
        act()
    for _ in range(repetitions):
        for name, act in acts.items():
            begin_s = time.thread_time()
            act()
            found[name].append(time.thread_time() - begin_s)
    return {name: min(times) for name, times in found.items()}
