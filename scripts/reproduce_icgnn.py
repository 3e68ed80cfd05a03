"""Precoding and power allocation: training, and every table of docs/results/wireless.md.

    python scripts/reproduce_icgnn.py train          # five seeds of each recipe, below runs/icgnn; hours
    python scripts/reproduce_icgnn.py tables         # rows to docs/data/wireless-*.csv and tables to standard output
    python scripts/reproduce_icgnn.py curves         # docs/images/wireless-rates.png, of those rows

``tables`` takes the shipped networks; ``--networks DIR`` those of another folder, one folder each with the same names.
Times are CPU seconds of one thread, the least of several repetitions, of whole calls: from channels to precoders. Set
``OMP_NUM_THREADS=1``.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from coplug.inference.weights import load_network
from coplug.inference.zoo import zoo_directory
from coplug.problems.wireless import power_methods
from coplug.problems.wireless.channels import rayleigh, with_error
from coplug.problems.wireless.families import CellFree
from coplug.problems.wireless.fractional import fractional_programming
from coplug.problems.wireless.linear import conjugate_gradient, mrt, rzf, zf
from coplug.problems.wireless.power_instance import PowerInstance, make_power
from coplug.problems.wireless.power_options import PowerOptions
from coplug.problems.wireless.rates import precoder_rates
from coplug.problems.wireless.weighted_mmse import best_of_starts, learned, weighted_mmse

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "docs" / "data"
RECIPES = {
    "icgnn-precoding": "precoding-icgnn",
    "icgnn-precoding-robust": "precoding-robust",
    "icgnn-power-least": "power-max-min",
    "icgnn-power-sum": "power-sum",
}
SEEDS = 5
TEST_SEED = 20240826
"""Of the channels of the tables; training and validation have others."""

REPETITIONS = 15
Row = dict[str, Any]


def main() -> None:
    """Run a stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=("train", "tables", "curves"))
    parser.add_argument("--networks", type=Path, default=zoo_directory())
    parser.add_argument("--only", default="", help="of tables: one of them")
    parser.add_argument("--draws", type=int, default=1000)
    arguments = parser.parse_args()
    if arguments.stage == "train":
        train()
    elif arguments.stage == "curves":
        curves()
    else:
        for name, table in TABLES.items():
            if arguments.only in ("", name):
                show(name, table(arguments.networks, arguments.draws))


def train() -> None:
    """Train five seeds of each recipe, one after the other; runs that are there go on."""
    for name, recipe in RECIPES.items():
        for seed in range(SEEDS):
            out = ROOT / "runs" / "icgnn" / f"{name}-{seed}"
            words = [
                sys.executable,
                "-m",
                "coplug",
                "train",
                recipe,
                "--set",
                f"seed={seed}",
                "--set",
                f"out={out}",
            ]
            subprocess.run([*words, *(["--resume"] if out.exists() else [])], check=True)


def show(name: str, rows: list[Row]) -> None:
    """Write rows to a file, and print them as a table."""
    path = DATA / f"wireless-{name}.csv"
    keys = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, keys, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"\n{name}: {path}\n\n| {' | '.join(keys)} |\n|{'---|' * len(keys)}")
    for row in rows:
        print(f"| {' | '.join(str(row.get(key, '')) for key in keys)} |", flush=True)


def seconds(act: Callable[[], object], repetitions: int = REPETITIONS) -> float:
    """Return the least CPU time of a call."""
    act()
    found = []
    for _ in range(repetitions):
        begin_s = time.thread_time()
        act()
        found.append(time.thread_time() - begin_s)
    return min(found)


def _drawn(
    n_users: int, n_antennas: int, snr_db: float, draws: int, number: int
) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng((TEST_SEED, number))
    channels = rayleigh(rng, draws, n_users, n_antennas)
    return channels, np.full(draws, 10 ** (-snr_db / 10)), np.ones((draws, n_users)), np.zeros(draws)


def rates_table(networks: Path, draws: int) -> list[Row]:
    """Measure sums of rates of every method, by size and ratio of power to noise."""
    net, _ = load_network(networks / "icgnn-precoding", "precoding")
    rows = []
    cases = [(4, 8, 10), (8, 8, 10), (8, 8, 20), (16, 16, 20), (16, 32, 10), (16, 64, 20)]
    for number, (n_users, n_antennas, snr_db) in enumerate(cases):
        channels, noise, ones, zero = _drawn(n_users, n_antennas, snr_db, draws, number)
        made = {
            "mrt": mrt(channels),
            "zf": zf(channels),
            "rzf": rzf(channels, noise),
            "cg 2": conjugate_gradient(channels, noise, 2),
            "cg 4": conjugate_gradient(channels, noise, 4),
            "fp 100": fractional_programming(channels, noise, ones, 100),
            "wmmse 100": weighted_mmse(channels, noise, ones, 100).precoders,
            "wmmse, 5 starts": best_of_starts(channels, noise, ones, np.random.default_rng(0), 5).precoders,
            "icgnn": learned(net, channels, noise, zero, ones).precoders,
        }
        row: Row = {"users x antennas": f"{n_users} x {n_antennas}", "snr_db": snr_db}
        for name, precoders in made.items():
            sums = precoder_rates(channels, precoders, noise).sum(axis=1)
            row[name] = f"{sums.mean():.2f}"
            row["standard error"] = f"{sums.std() / np.sqrt(draws):.2f}"
        rows.append(row)
    return rows


def equal_time_table(networks: Path, draws: int) -> list[Row]:
    """Measure the share of converged WMMSE's gain over RZF, and the time, of the network and of cut WMMSE."""
    net, _ = load_network(networks / "icgnn-precoding", "precoding")
    rows = []
    for number, n in enumerate((8, 16, 32)):
        channels, noise, ones, _ = _drawn(n, n, 20, draws, 100 + number)
        channels = channels.astype(np.complex64)
        rzf_sum, wmmse_sum = (
            _mean(channels, weighted_mmse(channels, noise, ones, k).precoders, noise) for k in (0, 200)
        )
        methods: dict[str, Callable[[slice], Any]] = {
            f"wmmse {k}": partial(_some_wmmse, channels, noise, ones, k) for k in (0, 3, 4, 5, 10)
        }
        methods["icgnn"] = partial(_some_learned, net, channels, noise, ones)
        for name, act in methods.items():
            gain = (_mean(channels, act(slice(None)), noise) - rzf_sum) / (wmmse_sum - rzf_sum)
            row: Row = {"size": f"{n} x {n}", "method": name, "share of the gain": f"{100 * gain:.1f}%"}
            for b in (1, 256):
                part = slice(0, min(b, draws))
                row[f"us a channel, batch {b}"] = f"{1e6 * seconds(partial(act, part), 60) / b:.2f}"
            rows.append(row)
    return rows


def _some_wmmse(channels: Any, noise: Any, weights: Any, n_steps: int, part: slice) -> Any:
    return weighted_mmse(channels[part], noise[part], weights[part], n_steps).precoders


def _some_learned(net: Any, channels: Any, noise: Any, weights: Any, part: slice) -> Any:
    zero = np.zeros(len(noise[part]))
    return learned(net, channels[part], noise[part], zero, weights[part]).precoders


def _mean(channels: Any, precoders: Any, noise: Any) -> float:
    return float(precoder_rates(channels, precoders, noise).sum(axis=1).mean())


def sizes_table(networks: Path, draws: int) -> list[Row]:
    """Measure one network across sizes: rates over those of RZF and of WMMSE."""
    net, _ = load_network(networks / "icgnn-precoding", "precoding")
    rows = []
    pairs = [
        (4, 4),
        (4, 64),
        (5, 5),
        (5, 10),
        (8, 64),
        (10, 10),
        (16, 16),
        (16, 64),
        (20, 20),
        (20, 40),
        (32, 32),
        (32, 64),
    ]
    for number, (n_users, n_antennas) in enumerate(pairs):
        for snr_db in (0, 10, 20, 30):
            b = max(50, draws // max(1, n_users // 8))
            channels, noise, ones, zero = _drawn(n_users, n_antennas, snr_db, b, 200 + number)
            low, high = (
                _mean(channels, weighted_mmse(channels, noise, ones, k).precoders, noise) for k in (0, 100)
            )
            found = learned(net, channels, noise, zero, ones).precoders
            rate = _mean(channels, found, noise)
            each = precoder_rates(channels, found, noise).sum(axis=1) / precoder_rates(
                channels, rzf(channels, noise), noise
            ).sum(axis=1)
            rows.append(
                {
                    "users x antennas": f"{n_users} x {n_antennas}",
                    "snr_db": snr_db,
                    "rzf": f"{low:.2f}",
                    "wmmse": f"{high:.2f}",
                    "icgnn": f"{rate:.2f}",
                    "over rzf": f"{rate / low:.4f}",
                    "over wmmse": f"{rate / high:.4f}",
                    "least over rzf": f"{each.min():.4f}",
                }
            )
    return rows


def error_table(networks: Path, draws: int) -> list[Row]:
    """Measure rates in the true channels where estimates have an error of a variance that all methods know."""
    rows = []
    for number, (n_users, n_antennas, error_db) in enumerate(
        [(8, 8, -10), (16, 16, -10), (8, 16, -10), (8, 8, -15), (8, 8, -5), (10, 10, -10)]
    ):
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
        for name in ("icgnn-precoding", "icgnn-precoding-robust"):
            net, _ = load_network(networks / name, "precoding")
            made[name] = learned(net, known, total, error / total, ones).precoders
        sums = {
            name: np.mean([precoder_rates(h, found, noise).sum(axis=1) for h in true], axis=0)
            for name, found in made.items()
        }
        row |= {name: f"{found.mean():.2f}" for name, found in sums.items()}
        more = sums["icgnn-precoding-robust"] - sums["wmmse"]
        row["robust - wmmse"] = f"{more.mean():.3f} ± {more.std() / np.sqrt(draws):.3f}"
        rows.append(row)
    return rows


def _networks(n_aps: int, n_users: int, draws: int, number: int) -> PowerInstance:
    family = CellFree(n_networks=draws, n_aps=n_aps, n_users=n_users)
    return make_power("drawn", family.generate(np.random.default_rng((TEST_SEED, number))), PowerOptions())


POWER_SIZES = [(20, 4), (30, 6), (40, 8), (60, 12), (100, 4), (20, 20), (100, 20)]


def least_table(networks: Path, draws: int) -> list[Row]:
    """Measure the least rate of cell-free networks over that of bisection, and times."""
    net, _ = load_network(networks / "icgnn-power-least", "power")
    rows = []
    for number, (n_aps, n_users) in enumerate(POWER_SIZES):
        instance = _networks(n_aps, n_users, draws // 5, 400 + number)
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
    for number, (n_aps, n_users) in enumerate(POWER_SIZES):
        instance = _networks(n_aps, n_users, draws // 5, 500 + number)

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


def large_table(networks: Path, draws: int) -> list[Row]:
    """Measure the time a channel of 64 antennas, 32 users, batch 256, beside RZF in numpy."""
    net, _ = load_network(networks / "icgnn-precoding", "precoding")
    rows = []
    for kind in (np.complex64, np.complex128):
        channels, noise, ones, zero = _drawn(32, 64, 20, 256, 600)
        channels = channels.astype(kind)
        rzf_s = seconds(partial(rzf, channels, noise), 7)
        icgnn_s = seconds(partial(learned, net, channels, noise, zero, ones), 7)
        rows.append(
            {
                "type": np.dtype(kind).name,
                "us, numpy rzf": f"{1e6 * rzf_s / 256:.1f}",
                "us, icgnn": f"{1e6 * icgnn_s / 256:.1f}",
                "times": f"{icgnn_s / rzf_s:.2f}",
            }
        )
    return rows


TABLES = {
    "rates": rates_table,
    "equal-time": equal_time_table,
    "sizes": sizes_table,
    "error": error_table,
    "least": least_table,
    "sum": sum_table,
    "large": large_table,
}


def curves() -> None:
    """Draw rates against the ratio of power to noise, of the rows of the table of sizes."""
    from coplug.figures import save_figure

    with (DATA / "wireless-sizes.csv").open() as file:
        rows = [
            row for row in csv.DictReader(file) if row["users x antennas"] in ("5 x 5", "10 x 10", "20 x 20")
        ]

    def draw(axes: Any) -> None:
        for colour, size in zip(
            ("#c0392b", "#2980b9", "#27ae60"), ("5 x 5", "10 x 10", "20 x 20"), strict=True
        ):
            chosen = [row for row in rows if row["users x antennas"] == size]
            x = [float(row["snr_db"]) for row in chosen]
            for method, style in (("icgnn", "-"), ("wmmse", ":"), ("rzf", "--")):
                y = [float(row[method]) for row in chosen]
                axes.plot(x, y, style, color=colour, label=f"{method}, {size}")
        axes.set(xlabel="power over noise (dB)", ylabel="sum of rates (bit/s/Hz)")
        axes.set_title("users x antennas that training has not seen", fontsize=10)
        axes.legend(frameon=False, fontsize=8)

    save_figure(ROOT / "docs" / "images" / "wireless-rates.png", draw, 7.0)


if __name__ == "__main__":
    main()
