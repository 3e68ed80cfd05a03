"""What networks of several training seeds reach, for reproduce_icgnn.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from icgnn_parts import TEST_SEED, Row, drawn, mean_sum
from icgnn_power_tables import drawn_networks

from coplug.inference.weights import load_network
from coplug.problems.wireless import power_methods
from coplug.problems.wireless.channels import rayleigh, with_error
from coplug.problems.wireless.weighted_mmse import learned, weighted_mmse

Figures = dict[str, Callable[[Any], float]]
"""What is measured of a network, by name."""


def seeds_table(runs: Path, names: list[str], draws: int) -> list[Row]:
    """Measure each network of each seed that was trained; the spread is a standard deviation."""
    rows = []
    for name in names:
        directories = [
            path / "policy" for path in sorted(runs.glob(f"{name}-[0-9]")) if (path / "policy").is_dir()
        ]
        problem = "power" if "power" in name else "precoding"
        nets = [load_network(directory, problem)[0] for directory in directories]
        for figure, measure in (_figures(name, draws) if nets else {}).items():
            found = np.array([measure(net) for net in nets])
            rows.append(
                {
                    "network": name,
                    "figure": figure,
                    "seeds": len(found),
                    "mean": f"{found.mean():.4f}",
                    "spread": f"{found.std(ddof=1):.4f}" if len(found) > 1 else "",
                    "least": f"{found.min():.4f}",
                    "greatest": f"{found.max():.4f}",
                }
            )
    return rows


def _figures(name: str, draws: int) -> Figures:
    if name == "icgnn-precoding-robust":
        return {"over wmmse, 8 x 8, 20 dB, error -10 dB": _robust(draws)}
    if "precoding" in name:
        stages = (1, None) if name == "icgnn-precoding" else (None,)
        return {
            f"share of the gain, {n} x {n}, 20 dB{', 1 stage' if most else ''}": _gain(n, draws, most)
            for n in (8, 16)
            for most in stages
        }
    return {"share of the classical method's rate, 30 x 6": _power("least" in name, draws // 5)}


def _gain(n: int, draws: int, most: int | None) -> Callable[[Any], float]:
    channels, noise, ones, zero = drawn(n, n, 20, draws, 700 + n)
    low, high = (
        mean_sum(channels, weighted_mmse(channels, noise, ones, k).precoders, noise) for k in (0, 200)
    )

    def measure(net: Any) -> float:
        found = learned(net, channels, noise, zero, ones, most).precoders
        return (mean_sum(channels, found, noise) - low) / (high - low)

    return measure


def _robust(draws: int) -> Callable[[Any], float]:
    rng = np.random.default_rng((TEST_SEED, 800))
    known = rayleigh(rng, draws, 8, 8)
    true = [with_error(rng, known, 0.1) for _ in range(10)]
    noise, ones = np.full(draws, 0.01), np.ones((draws, 8))
    total = noise + 0.1

    def rate(precoders: Any) -> float:
        return float(np.mean([mean_sum(h, precoders, noise) for h in true]))

    top = rate(weighted_mmse(known, total, ones, 100).precoders)
    return lambda net: rate(learned(net, known, total, 0.1 / total, ones).precoders) / top


def _power(least: bool, draws: int) -> Callable[[Any], float]:
    instance = drawn_networks(30, 6, draws, 900)

    def rate(amplitudes: Any) -> float:
        rates = instance.rates(amplitudes)
        return float((rates.min(axis=1) if least else rates.sum(axis=1)).mean())

    best = (
        power_methods.bisection(instance, 1e-3).amplitudes
        if least
        else power_methods.weighted_mmse(instance, 2000, 1e-6)
    )
    top = rate(best)
    return lambda net: rate(power_methods.learned(net, instance)) / top
