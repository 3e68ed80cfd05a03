"""Precoding and power allocation: training, and every table of docs/results/wireless.md.

    python scripts/reproduce_icgnn.py train          # five seeds of each recipe, below runs/icgnn; an hour or more
    python scripts/reproduce_icgnn.py tables         # rows to docs/data/wireless-*.csv
    python scripts/reproduce_icgnn.py seeds          # the same of what the seeds below runs/icgnn reach
    python scripts/reproduce_icgnn.py control        # policy gradient through the environments, beside the rate's
    python scripts/reproduce_icgnn.py page           # the tables of the page, and docs/images/wireless-rates.png

``tables`` takes the shipped networks; ``--networks DIR`` those of another folder, one folder each with the same names.
Times are CPU seconds of one thread, the least of several repetitions, of whole calls: from channels to precoders. Set
``OMP_NUM_THREADS=1``.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import icgnn_power_tables as power
import icgnn_precoding_tables as precoding
import icgnn_seeds
import page_tables
from icgnn_parts import Row

from coplug.inference.zoo import zoo_directory

ROOT = Path(__file__).resolve().parent.parent
DATA, RUNS = ROOT / "docs" / "data", ROOT / "runs" / "icgnn"
PAGE = ROOT / "docs" / "results" / "wireless.md"
RECIPES = {
    "icgnn-precoding": "precoding-icgnn",
    "icgnn-precoding-cg": "precoding-cg",
    "icgnn-precoding-robust": "precoding-robust",
    "icgnn-power-least": "power-max-min",
    "icgnn-power-sum": "power-sum",
}
SEEDS = 5
TABLES = {
    "rates": precoding.rates_table,
    "equal-time": precoding.equal_time_table,
    "sizes": precoding.sizes_table,
    "error": precoding.error_table,
    "large": precoding.large_table,
    "least": power.least_table,
    "sum": power.sum_table,
}


def main() -> None:
    """Run a stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("stage", choices=("train", "tables", "seeds", "control", "page"))
    parser.add_argument("--networks", type=Path, default=zoo_directory())
    parser.add_argument("--only", default="", help="of tables: one of them; of train: one network")
    parser.add_argument("--draws", type=int, default=1000)
    arguments = parser.parse_args()
    if arguments.stage == "train":
        train(arguments.only)
    elif arguments.stage == "seeds":
        keep("seeds", icgnn_seeds.seeds_table(RUNS, list(RECIPES), arguments.draws))
    elif arguments.stage == "control":
        from icgnn_control import control_table

        keep("control", control_table(arguments.draws))
    elif arguments.stage == "page":
        curves()
        PAGE.write_text(page_tables.filled(PAGE.read_text()))
    else:
        for name, table in TABLES.items():
            if arguments.only in ("", name):
                keep(name, table(arguments.networks, arguments.draws))


def train(only: str) -> None:
    """Train five seeds of each recipe, one after the other; runs that are there go on."""
    for name, recipe in RECIPES.items():
        for seed in range(SEEDS if only in ("", name) else 0):
            out = RUNS / f"{name}-{seed}"
            words = [sys.executable, "-m", "coplug", "train", recipe, "--set", f"seed={seed}"]
            words += ["--set", f"out={out}", *(["--resume"] if out.exists() else [])]
            subprocess.run(words, check=True)


def keep(name: str, rows: list[Row]) -> None:
    """Write rows to a file, and print them as a table."""
    path = DATA / f"wireless-{name}.csv"
    keys = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, keys, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"\n{name}: {path}\n\n{page_tables.table(path)}", flush=True)


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
            for method, style in (("icgnn", "-"), ("icgnn-cg", "-."), ("wmmse", ":"), ("rzf", "--")):
                y = [float(row[method]) for row in chosen]
                axes.plot(x, y, style, color=colour, label=f"{method}, {size}")
        axes.set(xlabel="power over noise (dB)", ylabel="sum of rates (bit/s/Hz)")
        axes.set_title("users x antennas that training has not seen", fontsize=10)
        axes.legend(frameon=False, fontsize=8)

    save_figure(ROOT / "docs" / "images" / "wireless-rates.png", draw, 7.0)


if __name__ == "__main__":
    main()
