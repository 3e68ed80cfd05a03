"""Tables of precoding, for reproduce_icgnn.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from icgnn_parts import TEST_SEED, Row, drawn, least_seconds, mean_sum, seconds

from coplug.inference.icgnn_precoding import Precoder
from coplug.inference.weights import load_network
from coplug.problems.wireless.channels import rayleigh, with_error
from coplug.problems.wireless.fractional import fractional_programming
from coplug.problems.wireless.linear import conjugate_gradient, mrt, rzf, zf
from coplug.problems.wireless.rates import precoder_rates
from coplug.problems.wireless.weighted_mmse import best_of_starts, learned, weighted_mmse

EXACT, PRODUCTS, ROBUST = "icgnn-precoding", "icgnn-precoding-cg", "icgnn-precoding-robust"
SHORT = {EXACT: "icgnn", PRODUCTS: "icgnn-cg"}
"""Networks as the tables name them."""


def networks_of(directory: Path) -> dict[str, Precoder]:
    """Return the networks for known channels by the names that tables give them."""
    return {short: load_network(directory / name, "precoding")[0] for name, short in SHORT.items()}


def rates_table(networks: Path, draws: int) -> list[Row]:
    """Measure sums of rates of every method, by size and ratio of power to noise."""
    nets = networks_of(networks)
    rows = []
    cases = [(4, 8, 10), (8, 8, 10), (8, 8, 20), (16, 16, 20), (16, 32, 10), (16, 64, 20)]
    for number, (n_users, n_antennas, snr_db) in enumerate(cases):
        channels, noise, ones, zero = drawn(n_users, n_antennas, snr_db, draws, number)
        made = {
            "mrt": mrt(channels),
            "zf": zf(channels),
            "rzf": rzf(channels, noise),
            "cg 2": conjugate_gradient(channels, noise, 2),
            "cg 4": conjugate_gradient(channels, noise, 4),
            "fp 100": fractional_programming(channels, noise, ones, 100),
            "wmmse 100": weighted_mmse(channels, noise, ones, 100).precoders,
            "wmmse, 5 starts": best_of_starts(channels, noise, ones, np.random.default_rng(0), 5).precoders,
        }
        made |= {name: learned(net, channels, noise, zero, ones).precoders for name, net in nets.items()}
        row: Row = {"users x antennas": f"{n_users} x {n_antennas}", "snr_db": snr_db}
        for name, precoders in made.items():
            sums = precoder_rates(channels, precoders, noise).sum(axis=1)
            row[name] = f"{sums.mean():.2f} ± {sums.std() / np.sqrt(draws):.2f}"
        rows.append(row)
    return rows


def equal_time_table(networks: Path, draws: int) -> list[Row]:
    """Measure the share of converged WMMSE's gain over RZF, and the time, of the networks and of cut WMMSE."""
    nets = networks_of(networks)
    rows = []
    for number, n in enumerate((8, 16, 32)):
        channels, noise, ones, zero = drawn(n, n, 20, draws, 100 + number)
        channels = channels.astype(np.complex64)
        rzf_sum, wmmse_sum = (
            mean_sum(channels, weighted_mmse(channels, noise, ones, k).precoders, noise) for k in (0, 200)
        )
        methods: dict[str, Callable[[slice], Any]] = {
            f"wmmse {k}": partial(_some_wmmse, channels, noise, ones, k) for k in (0, 3, 4, 5, 10)
        }
        for name, stages in (("icgnn", 1), ("icgnn", 2), ("icgnn-cg", 3), ("icgnn-cg", 4)):
            methods[f"{name}, {stages} stage{'s' if stages > 1 else ''}"] = partial(
                _some_learned, nets[name], channels, noise, zero, ones, stages
            )
        times = {}
        for b in (1, 256):
            part = slice(0, min(b, draws))
            taken = least_seconds({name: partial(act, part) for name, act in methods.items()}, 100)
            times[b] = {name: taken_s / (part.stop - part.start) for name, taken_s in taken.items()}
        for name, act in methods.items():
            gain = (mean_sum(channels, act(slice(None)), noise) - rzf_sum) / (wmmse_sum - rzf_sum)
            row: Row = {"size": f"{n} x {n}", "method": name, "share of the gain": f"{100 * gain:.1f}%"}
            for b, found in times.items():
                row[f"us a channel, batch {b}"] = f"{1e6 * found[name]:.2f}"
            step_s = (times[256]["wmmse 10"] - times[256]["wmmse 0"]) / 10
            row["steps of wmmse in its time"] = f"{(times[256][name] - times[256]['wmmse 0']) / step_s:.1f}"
            rows.append(row)
    return rows


def _some_wmmse(channels: Any, noise: Any, weights: Any, n_steps: int, part: slice) -> Any:
    return weighted_mmse(channels[part], noise[part], weights[part], n_steps).precoders


def _some_learned(
    net: Any, channels: Any, noise: Any, error: Any, weights: Any, n_stages: int, part: slice
) -> Any:
    return learned(net, channels[part], noise[part], error[part], weights[part], n_stages).precoders


def sizes_table(networks: Path, draws: int) -> list[Row]:
    """Measure one network across sizes: rates over those of RZF and of WMMSE."""
    nets = networks_of(networks)
    rows = []
    small = [(4, 4), (4, 64), (5, 5), (5, 10), (8, 64), (10, 10)]
    large = [(16, 16), (16, 64), (20, 20), (20, 40), (32, 32), (32, 64)]
    for number, (n_users, n_antennas) in enumerate(small + large):
        for snr_db in (0, 10, 20, 30):
            b = max(50, draws // max(1, n_users // 8))
            channels, noise, ones, zero = drawn(n_users, n_antennas, snr_db, b, 200 + number)
            low = precoder_rates(channels, rzf(channels, noise), noise).sum(axis=1)
            high = mean_sum(channels, weighted_mmse(channels, noise, ones, 100).precoders, noise)
            row: Row = {
                "users x antennas": f"{n_users} x {n_antennas}",
                "snr_db": snr_db,
                "rzf": f"{low.mean():.2f}",
                "wmmse": f"{high:.2f}",
            }
            for name, net in nets.items():
                found = learned(net, channels, noise, zero, ones).precoders
                sums = precoder_rates(channels, found, noise).sum(axis=1)
                row[name] = f"{sums.mean():.2f}"
                row[f"{name} over rzf"] = f"{sums.mean() / low.mean():.4f}"
                row[f"{name} over wmmse"] = f"{sums.mean() / high:.4f}"
                row[f"{name}, least over rzf"] = f"{(sums / low).min():.4f}"
            rows.append(row)
    return rows


def error_table(networks: Path, draws: int) -> list[Row]:
    """Measure rates in the true channels where estimates have an error of a variance that all methods know."""
    rows = []
    cases = [(8, 8, -10), (16, 16, -10), (8, 16, -10), (8, 8, -15), (8, 8, -5), (10, 10, -10)]
    for number, (n_users, n_antennas, error_db) in enumerate(cases):
        rng = np.random.default_rng((TEST_SEED, 300 + number))
        error = 10 ** (error_db / 10)
        known = rayleigh(rng, draws, n_users, n_antennas)
        true = [with_error(rng, known, error) for _ in range(10)]
        noise, ones = np.full(draws, 0.01), np.ones((draws, n_users))
        total = noise + error
        row: Row = {"users x antennas": f"{n_users} x {n_antennas}", "error_db": error_db}
        made = {
            "rzf": rzf(known, total),
            "rzf, error unknown": rzf(known, noise),
            "wmmse": weighted_mmse(known, total, ones, 100).precoders,
            "wmmse, 5 starts": best_of_starts(known, total, ones, np.random.default_rng(0), 5).precoders,
        }
        for name in (EXACT, PRODUCTS, ROBUST):
            net, _ = load_network(networks / name, "precoding")
            made[name] = learned(net, known, total, error / total, ones).precoders
        sums = {
            name: np.mean([precoder_rates(h, found, noise).sum(axis=1) for h in true], axis=0)
            for name, found in made.items()
        }
        row |= {name: f"{found.mean():.2f}" for name, found in sums.items()}
        more = sums[ROBUST] - sums["wmmse"]
        row["robust - wmmse"] = f"{more.mean():.3f} ± {more.std() / np.sqrt(draws):.3f}"
        rows.append(row)
    return rows


def large_table(networks: Path, draws: int) -> list[Row]:
    """Measure the time a channel of 64 antennas, 32 users, batch 256, beside RZF in numpy."""
    nets = networks_of(networks)
    rows = []
    for kind in (np.complex64, np.complex128):
        channels, noise, ones, zero = drawn(32, 64, 20, 256, 600)
        channels = channels.astype(kind)
        rzf_s = seconds(partial(rzf, channels, noise), 7)
        row: Row = {"type": np.dtype(kind).name, "us, numpy rzf": f"{1e6 * rzf_s / 256:.1f}"}
        for name, net in nets.items():
            taken_s = seconds(partial(learned, net, channels, noise, zero, ones), 7)
            row[f"us, {name}"] = f"{1e6 * taken_s / 256:.1f}"
            row[f"times, {name}"] = f"{taken_s / rzf_s:.2f}"
        rows.append(row)
    return rows
