"""Solving a batch of channels, and the report of it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from coplug.errors import UsageError
from coplug.problems.wireless.batches import Work
from coplug.problems.wireless.limited import scaled_to_limits
from coplug.problems.wireless.linear import Complex, rzf
from coplug.problems.wireless.precoding import Networks, choice, judged, precode_batch
from coplug.problems.wireless.precoding_instance import PrecodingInstance
from coplug.problems.wireless.precoding_options import PrecodingOptions
from coplug.problems.wireless.rates import Real
from coplug.report import OnProgress, PolicyUse, Report, Stop

PART = 256
"""Channels that are worked on at once."""

MOST_SHOWN = 4096
"""Numbers of a solution that a report spells out."""


def solve_precoding(
    instance: PrecodingInstance, options: PrecodingOptions, progress: OnProgress | None, stop: Stop
) -> Report:
    """Precode every channel; once the time is up or ``stop`` says so, the rest of them have RZF.

    Raises
    ------
    UsageError
        If the method cannot be used with the instance.
    """
    method, reason = choice(instance, options)
    rng = np.random.default_rng(options.seed)
    work = Work(options.time_limit_s, progress, stop)
    precoders = _scaled(instance, rzf(instance.channels, instance.relative_noise))
    rates = judged(instance, precoders)
    start_rates = rates.copy()
    sums = (instance.weights * rates).sum(axis=1)
    parts = work.parts(len(precoders), PART, "channels", lambda: float(sums.mean()))
    network_s, calls = 0.0, 0
    for part in parts:
        begin_s = work.time_s
        some = part_of(instance, part)
        precoders[part] = precode_batch(some, method, options, rng)
        network_s, calls = network_s + work.time_s - begin_s, calls + 1
        rates[part] = judged(some, precoders[part])
        sums[part] = (some.weights * rates[part]).sum(axis=1)
    name = _name(options.policy) if method == "icgnn" else ""
    used = PolicyUse(name=name, calls=calls, time_s=network_s) if name else PolicyUse()
    return _report(instance, options, (method, reason), precoders, rates, start_rates, work, used)


def part_of(instance: PrecodingInstance, part: slice) -> PrecodingInstance:
    """Return some of the channels."""
    return dataclasses.replace(
        instance,
        channels=instance.channels[part],
        true=None if instance.true is None else instance.true[part],
        noise=instance.noise[part],
        power=instance.power[part],
        error=instance.error[part],
        weights=instance.weights[part],
    )


def _name(policy: object) -> str:
    if not isinstance(policy, Networks):
        raise UsageError(f"policy {policy!r} is no network for precoding; give a name or a directory")
    return policy.name


def _scaled(instance: PrecodingInstance, precoders: Complex) -> Complex:
    if instance.limits is not None:
        return scaled_to_limits(precoders, instance.limits)
    return np.asarray(precoders * np.sqrt(instance.power).astype(precoders.real.dtype)[:, None, None])


def _report(
    instance: PrecodingInstance,
    options: PrecodingOptions,
    chosen: tuple[str, str],
    precoders: Complex,
    rates: Real,
    start_rates: Real,
    work: Work,
    used: PolicyUse,
) -> Report:
    method, reason = chosen
    b, n_users, n_antennas = instance.channels.shape
    objective = float((instance.weights * rates).sum(axis=1).mean())
    sums, least = rates.sum(axis=1), rates.min(axis=1)
    return Report(
        problem="precoding",
        instance=instance.label,
        status=work.reason or "heuristic",
        sense="max",
        objective=objective,
        bound=None,
        gap=None,
        time_s=work.time_s,
        seed=options.seed,
        policy=used,
        solution=_solution(precoders),
        arrays={"W": precoders},
        measure="sum rate" if not instance.is_weighted else "weighted",
        extra={
            "n_channels": b,
            "n_users": n_users,
            "n_antennas": n_antennas,
            "method": method,
            "reason": reason,
            "sum_rate": float(sums.mean()),
            "min_rate": float(least.mean()),
            "rates": rates.tolist() if rates.size <= MOST_SHOWN else None,
            "user_rates": rates.mean(axis=0).tolist(),
            "sum_rates": sums.tolist() if b <= MOST_SHOWN else None,
            "rzf_sum_rate": float(start_rates.sum(axis=1).mean()),
            "power": float((np.abs(precoders) ** 2).sum(axis=(1, 2)).mean()),
            "judged_in": "true channels" if instance.true is not None else "known channels",
            "notes": list(instance.notes),
        },
        details={
            "method": f"{method} ({reason})",
            "channels": f"{b}, {n_users} users, {n_antennas} antennas",
            "rates": f"sum {sums.mean():.4g}, least {least.mean():.4g} bit/s/Hz (means); "
            f"sum by rzf {start_rates.sum(axis=1).mean():.4g}",
        },
        notes=instance.notes,
    )


def _solution(precoders: Complex) -> Any:
    """Return the numbers by name where they are few."""
    if 2 * precoders.size > MOST_SHOWN:
        shape = " x ".join(map(str, precoders.shape))
        return f"{shape} complex numbers; --solution OUT.npz has them"
    return {
        f"W[{c},{m},{k}].{part}": float(value)
        for (c, m, k), number in np.ndenumerate(precoders)
        for part, value in (("re", number.real), ("im", number.imag))
    }
