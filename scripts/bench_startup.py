"""Start-up times of ``coplug solve``: the first ever on a machine, and every later one until SCIP runs.

Each figure is a whole process with an own kernel cache: once empty, then filled. "Until SCIP runs" is the time of
the process less SCIP's own solving time, on a model that is solved at once.

    python scripts/bench_startup.py [--repeats 5]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODEL = "minimize\n obj: x + y\nsubject to\n c: 2 x + 2 y >= 3\nbinary\n x y\nend\n"


def start_seconds(model: Path, cache: Path) -> float:
    """Return the seconds of one ``coplug solve`` outside SCIP."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "coplug", "solve", str(model), "--policy", "auto", "--json"],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - start
    return seconds - float(json.loads(done.stdout)["time_s"])


def help_seconds() -> float:
    """Return the seconds of ``coplug --help``."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "coplug", "--help"], capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        model, cache = Path(folder) / "model.lp", Path(folder) / "cache"
        model.write_text(MODEL)
        first = start_seconds(model, cache)
        later = [start_seconds(model, cache) for _ in range(repeats)]
    helps = [help_seconds() for _ in range(repeats)]
    print(f"{'figure':<40} {'seconds':>8} {'asked':>8}")
    print(f"{'first solve ever, kernels compiled':<40} {first:8.2f} {'< 12':>8}")
    print(f"{'later start, median of ' + str(repeats):<40} {statistics.median(later):8.2f} {'< 1.5':>8}")
    print(f"{'coplug --help, median of ' + str(repeats):<40} {statistics.median(helps):8.2f} {'< 0.3':>8}")


if __name__ == "__main__":
    main()
