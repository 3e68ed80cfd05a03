"""Solving a batch of cell-free networks, and the report of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from coplug.errors import UsageError
from coplug.inference.icgnn_power import Allocator
from coplug.problems.wireless.batches import Work
from coplug.problems.wireless.power_instance import PowerInstance
from coplug.problems.wireless.power_methods import (
    Bounded,
    bisection,
    fractional_power,
    full_power,
    learned,
    weighted_mmse,
)
from coplug.problems.wireless.power_options import LEAST, SUM, PowerOptions
from coplug.problems.wireless.rates import Real
from coplug.report import OnProgress, PolicyUse, Report, Stop, relative_gap

PART = 64
"""Networks that are worked on at once."""

MOST_SHOWN = 4096
"""Numbers of a solution that a report spells out."""

Networks = Mapping[str, Allocator]
"""By goal."""


def choice(instance: PowerInstance, options: PowerOptions) -> tuple[str, str]:
    """Return the method, and why it is taken.

    Raises
    ------
    UsageError
        If the method that was asked for cannot be used.
    """
    method, goal = options.method, options.goal
    if (method == "bisection" and goal != LEAST) or (method == "wmmse" and goal != SUM):
        raise UsageError(f"method {method} is for --goal {LEAST if goal == SUM else SUM}, not {goal}")
    if method == "icgnn":
        if options.policy is None or goal not in options.policy:
            raise UsageError(f"method icgnn needs a network for the goal {goal}; leave out --policy")
        return method, "asked for"
    if method != "auto":
        return method, "asked for"
    if goal == LEAST:
        return "bisection", "it proves how near it is, and takes less than a millisecond"
    if options.policy is None or goal not in options.policy:
        return "wmmse", "no network"
    if instance.is_weighted:
        return "wmmse", "the network knows no weights of users"
    return "icgnn", "as good as wmmse within about a percent in a twentieth of its time"


def allocate(instance: PowerInstance, method: str, options: PowerOptions) -> Bounded:
    """Return amplitudes, and bounds of the least rates where they are known."""
    unknown = np.full(len(instance.beta), np.inf)
    if method == "bisection":
        return bisection(instance, options.tolerance)
    if method == "wmmse":
        return Bounded(weighted_mmse(instance, options.steps, options.tolerance * 1e-2), unknown)
    if method == "icgnn":
        return Bounded(learned(options.policy[options.goal], instance), unknown)
    if method == "fractional":
        return Bounded(fractional_power(instance, options.exponent), unknown)
    return Bounded(full_power(instance), unknown)


def solve_power(
    instance: PowerInstance, options: PowerOptions, progress: OnProgress | None, stop: Stop
) -> Report:
    """Allocate power in every network; once the time is up or ``stop`` says so, the rest of them have full power.

    Raises
    ------
    UsageError
        If the method cannot be used with the instance.
    """
    method, reason = choice(instance, options)
    work = Work(options.time_limit_s, progress, stop)
    amplitudes = full_power(instance)
    values = _values(instance, options.goal, amplitudes)
    bounds = np.full(len(values), np.inf)
    network_s, calls = 0.0, 0
    for part in work.parts(len(values), PART, "networks", lambda: float(values.mean())):
        begin_s, some = work.time_s, part_of(instance, part)
        found = allocate(some, method, options)
        network_s, calls = network_s + work.time_s - begin_s, calls + 1
        amplitudes[part], bounds[part] = found
        values[part] = _values(some, options.goal, found.amplitudes)
    used = PolicyUse(name="icgnn", calls=calls, time_s=network_s) if method == "icgnn" else PolicyUse()
    bound = max(float(bounds.mean()), float(values.mean())) if np.isfinite(bounds).all() else None
    return _report(instance, options, (method, reason), amplitudes, bound, work, used)


def part_of(instance: PowerInstance, part: slice) -> PowerInstance:
    """Return some of the networks."""
    return dataclasses.replace(
        instance,
        beta=instance.beta[part],
        quality=instance.quality[part],
        power=instance.power[part],
        noise=instance.noise[part],
        antennas=instance.antennas[part],
        weights=instance.weights[part],
    )


def _values(instance: PowerInstance, goal: str, amplitudes: Real) -> Real:
    rates = instance.rates(amplitudes)
    return rates.min(axis=1) if goal == LEAST else np.asarray((instance.weights * rates).sum(axis=1))


def _report(
    instance: PowerInstance,
    options: PowerOptions,
    chosen: tuple[str, str],
    amplitudes: Real,
    bound: float | None,
    work: Work,
    used: PolicyUse,
) -> Report:
    method, reason = chosen
    b, n_aps, n_users = instance.beta.shape
    rates = instance.rates(amplitudes)
    objective = float(_values(instance, options.goal, amplitudes).mean())
    sums, least = rates.sum(axis=1), rates.min(axis=1)
    powers = amplitudes**2 * instance.power[:, :, None]
    proven = bound is not None and not work.reason
    return Report(
        problem="power",
        instance=instance.label,
        status=work.reason or ("approximate" if proven else "heuristic"),
        sense="max",
        objective=objective,
        bound=bound,
        gap=relative_gap(objective, bound),
        time_s=work.time_s,
        seed=options.seed,
        policy=used,
        solution=_solution(powers),
        arrays={"p": powers},
        measure=f"{options.goal} rate",
        extra={
            "n_networks": b,
            "n_aps": n_aps,
            "n_users": n_users,
            "goal": options.goal,
            "method": method,
            "reason": reason,
            "sum_rate": float(sums.mean()),
            "min_rate": float(least.mean()),
            "rates": rates.tolist() if rates.size <= MOST_SHOWN else None,
            "user_rates": rates.mean(axis=0).tolist(),
            "full_power_min_rate": float(instance.rates(full_power(instance)).min(axis=1).mean()),
            "notes": list(instance.notes),
        },
        details={
            "method": f"{method} ({reason})",
            "networks": f"{b}, {n_aps} access points, {n_users} users",
            "rates": f"sum {sums.mean():.4g}, least {least.mean():.4g} bit/s/Hz (means)",
        },
        notes=instance.notes,
    )


def _solution(powers: Real) -> Any:
    """Return the numbers by name where they are few."""
    if powers.size > MOST_SHOWN:
        return f"{' x '.join(map(str, powers.shape))} numbers; --solution OUT.npz has them"
    return {f"p[{c},{m},{k}]": float(value) for (c, m, k), value in np.ndenumerate(powers)}
