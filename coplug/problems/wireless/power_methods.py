"""Allocations of power in cell-free networks: simple ones, classical ones, and the network's; in batches.

An allocation is amplitudes, float64, shape (b, n_aps, n_users): roots of powers over the limits of access points.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from coplug.algorithms.downlink.max_min import max_min
from coplug.algorithms.downlink.sum_rate import link_wmmse
from coplug.inference.icgnn_power import Allocator, allocate_batch
from coplug.problems.wireless.power_instance import PowerInstance
from coplug.problems.wireless.rates import Real


class Bounded(NamedTuple):
    """Amplitudes, and what the least rates cannot pass, shape (b,); infinite where that is unknown."""

    amplitudes: Real
    bound: Real


def full_power(instance: PowerInstance) -> Real:
    """Return amplitudes that follow the gains, every access point at its limit."""
    return fractional_power(instance, 1.0)


def fractional_power(instance: PowerInstance, exponent: float) -> Real:
    """Return shares of power that follow ``gamma^exponent``, every access point at its limit.

    Below 0, weak users get more. An access point that nobody hears sends nothing.
    """
    quality = instance.quality
    heard = quality > 0
    wanted = np.where(heard, np.where(heard, quality, 1.0) ** exponent, 0.0)
    total = wanted.sum(axis=2, keepdims=True)
    return np.asarray(np.sqrt(np.divide(wanted, total, out=np.zeros_like(wanted), where=total > 0)))


def bisection(instance: PowerInstance, tolerance: float) -> Bounded:
    """Return the largest least rate; see :func:`coplug.algorithms.downlink.max_min.max_min`."""
    b = len(instance.beta)
    amplitudes, sinr, bound = np.empty_like(instance.gain), np.empty(b), np.empty(b)
    max_min(instance.gain, instance.fading, tolerance, amplitudes, sinr, bound)
    with np.errstate(over="ignore"):
        return Bounded(amplitudes, instance.data_share * np.log2(1.0 + bound))


def weighted_mmse(instance: PowerInstance, n_steps: int, tolerance: float) -> Real:
    """Return a stationary point of the sum; see :func:`coplug.algorithms.downlink.sum_rate.link_wmmse`."""
    amplitudes, steps = np.empty_like(instance.gain), np.empty(len(instance.beta), np.int64)
    link_wmmse(instance.gain, instance.fading, instance.weights, n_steps, tolerance, amplitudes, steps)
    return amplitudes


def learned(net: Allocator, instance: PowerInstance) -> Real:
    """Return what the network allocates; see :func:`coplug.inference.icgnn_power.allocate_batch`."""
    amplitudes, stages = np.empty_like(instance.gain), np.empty(len(instance.beta), np.int64)
    allocate_batch(net.stages, net.least_rate, instance.gain, instance.fading, amplitudes, stages)
    return amplitudes
