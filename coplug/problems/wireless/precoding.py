"""Choosing precoders: which method, why, and what it reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.inference.icgnn_precoding import Precoder
from coplug.problems.wireless.fractional import fractional_programming
from coplug.problems.wireless.limited import limited_wmmse, scaled_to_limits
from coplug.problems.wireless.linear import Complex, conjugate_gradient, mrt, rzf, zf
from coplug.problems.wireless.precoding_instance import PrecodingInstance
from coplug.problems.wireless.precoding_options import PrecodingOptions
from coplug.problems.wireless.rates import Real, precoder_rates
from coplug.problems.wireless.single import at_least_one_user
from coplug.problems.wireless.weighted_mmse import best_of_starts, better_of, learned, weighted_mmse

STEPS = {"wmmse": 100, "fp": 100, "cg": 4}
"""Where none are asked for."""


@dataclass(frozen=True)
class Networks:
    """The networks that may precode.

    Attributes
    ----------
    name : str
    exact : Precoder
        For channels that are known.
    estimated : Precoder
        For channels with an error.
    """

    name: str
    exact: Precoder
    estimated: Precoder


def choice(instance: PrecodingInstance, options: PrecodingOptions) -> tuple[str, str]:
    """Return the method, and why it is taken.

    Raises
    ------
    UsageError
        If the method that was asked for cannot be used.
    """
    if options.method == "icgnn":
        if options.policy is None:
            raise UsageError("method icgnn needs a network; leave out --policy none")
        return "icgnn", "asked for"
    if options.method != "auto":
        return options.method, "asked for"
    if instance.limits is not None:
        return "wmmse", "the network knows no limits of antennas or access points"
    if options.policy is None:
        return "wmmse", "no network"
    if options.starts > 1:
        return "wmmse", "several starts are asked for"
    n_users, n_antennas = instance.channels.shape[1:]
    if n_users > n_antennas:
        return "wmmse", "the network has learned from no more users than antennas"
    if n_users < 2:
        return "rzf", "it is optimal for a single user"
    return "icgnn", "about as good as wmmse in the time of three to five of its steps"


def precode_batch(
    instance: PrecodingInstance, method: str, options: PrecodingOptions, rng: np.random.Generator
) -> Complex:
    """Return precoders within the limits, complex, shape (b, n_antennas, n_users)."""
    channels, noise, weights = instance.channels, instance.relative_noise, instance.weights
    steps = options.steps or STEPS.get(method, 0)
    if method == "icgnn":
        networks: Networks = options.policy
        net = networks.estimated if instance.error.any() else networks.exact
        reached = learned(net, channels, noise, instance.error_share, weights, options.stages)
        start = weighted_mmse(channels, noise, weights, 0)  # RZF, which the network does not look at
        found = better_of(channels, noise, weights, reached, start).precoders
    elif method == "wmmse":
        found = best_of_starts(
            channels, noise, weights, rng, options.starts, steps, options.tolerance
        ).precoders
    elif method == "fp":
        found = fractional_programming(channels, noise, weights, steps)
    elif method == "rzf":
        found = rzf(channels, noise)
    elif method == "zf":
        found = zf(channels)
    elif method == "cg":
        found = conjugate_gradient(channels, noise, steps)
    else:
        found = mrt(channels)
    if method in ("icgnn", "wmmse", "fp"):
        found = at_least_one_user(channels, noise, weights, found)
    if instance.limits is None:
        return np.asarray(found * np.sqrt(instance.power).astype(found.real.dtype)[:, None, None])
    scaled = scaled_to_limits(found, instance.limits)
    if method != "wmmse":
        return scaled
    return limited_wmmse(channels, effective_noise(instance), weights, instance.limits, scaled, steps)


def effective_noise(instance: PrecodingInstance) -> Real:
    """Return the variance of the noise with what the error of the channel adds at full power, shape (b,)."""
    return np.asarray(instance.noise + instance.error * instance.power)


def judged(instance: PrecodingInstance, precoders: Complex) -> NDArray[np.float64]:
    """Return the rates of users, float64, shape (b, n_users): in the true channels, or else with the error as noise."""
    if instance.true is not None:
        return precoder_rates(instance.true, precoders, instance.noise)
    power = np.einsum("bmk,bmk->b", precoders, precoders.conj()).real.astype(np.float64)
    return precoder_rates(instance.channels, precoders, np.asarray(instance.noise + instance.error * power))
