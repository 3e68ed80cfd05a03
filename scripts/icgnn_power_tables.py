"""Tables of power in cell-free networks, for reproduce_icgnn.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from icgnn_parts import TEST_SEED, Row, seconds

from coplug.inference.weights import load_network
from coplug.problems.wireless import power_methods
from coplug.problems.wireless.families import CellFree
from coplug.problems.wireless.power_instance import PowerInstance, make_power
from coplug.problems.wireless.power_options import PowerOptions

SIZES = [(20, 4), (30, 6), (40, 8), (60, 12), (100, 4), (20, 20), (100, 20)]


def least_table(networks: Path, draws: int) -> list[Row]:
    """Measure the least rate of cell-free networks over that of bisection, and times."""
    net, _ = load_network(networks / "icgnn-power-least", "power")
    rows = []
    for number, (n_aps, n_users) in enumerate(SIZES):
        instance = drawn_networks(n_aps, n_users, draws // 5, 400 + number)
        best = power_methods.bisection(instance, 1e-3)
        top = instance.rates(best.amplitudes).min(axis=1)
        row: Row = {"aps x users": f"{n_aps} x {n_users}", "bisection": f"{top.mean():.4f}"}
        row["proved gap"] = f"{100 * (best.bound / top - 1).max():.2f}%"
        for name, found in {
            "full": power_methods.full_power(instance),
            "fractional": power_methods.fractional_power(instance, 0.5),
            "icgnn": power_methods.learned(net, instance),
        }.items():
            rates = instance.rates(found).min(axis=1)
            row[name] = f"{100 * rates.mean() / top.mean():.2f}%"
            row["least"] = f"{100 * (rates / top).min():.2f}%"
        acts: dict[str, Callable[[], object]] = {
            "icgnn": partial(power_methods.learned, net, instance),
            "bisection": partial(power_methods.bisection, instance, 1e-3),
        }
        for name, act in acts.items():
            row[f"us, {name}"] = f"{1e6 * seconds(act, 5) / len(top):.1f}"
        rows.append(row)
    return rows


def sum_table(networks: Path, draws: int) -> list[Row]:
    """Measure the sum of rates of cell-free networks over that of weighted MMSE, and times."""
    net, _ = load_network(networks / "icgnn-power-sum", "power")
    rows = []
    for number, (n_aps, n_users) in enumerate(SIZES):
        instance = drawn_networks(n_aps, n_users, draws // 5, 500 + number)

        def total(found: Any, instance: PowerInstance = instance) -> float:
            return float(instance.rates(found).sum(axis=1).mean())

        def cut(n: int, tolerance: float, instance: PowerInstance = instance) -> Any:
            return power_methods.weighted_mmse(instance, n, tolerance)

        top = total(cut(2000, 1e-6))
        icgnn_s = seconds(partial(power_methods.learned, net, instance), 5)
        row: Row = {
            "aps x users": f"{n_aps} x {n_users}",
            "wmmse": f"{top:.3f}",
            "full": f"{100 * total(power_methods.full_power(instance)) / top:.2f}%",
            "wmmse 3": f"{100 * total(cut(3, 0.0)) / top:.2f}%",
            "icgnn": f"{100 * total(power_methods.learned(net, instance)) / top:.2f}%",
            "us, icgnn": f"{1e6 * icgnn_s / len(instance.beta):.1f}",
        }
        for name, n, tolerance in (("3", 3, 0.0), ("to 1e-4", 2000, 1e-4), ("to 1e-6", 2000, 1e-6)):
            row[f"times, wmmse {name}"] = f"{seconds(partial(cut, n, tolerance), 3) / icgnn_s:.1f}"
        rows.append(row)
    return rows


def drawn_networks(n_aps: int, n_users: int, draws: int, number: int) -> PowerInstance:
    """Return layouts of the tables' own."""
    family = CellFree(n_networks=draws, n_aps=n_aps, n_users=n_users)
    return make_power("drawn", family.generate(np.random.default_rng((TEST_SEED, number))), PowerOptions())
