"""Check that episodes leave no memory behind: the resident memory of each environment over episodes, a process each.

Random episodes of the id as it is, of at most so many steps. After each, what the C library keeps of freed memory is
given back (``malloc_trim``): it keeps what the hardest solve so far took, which is no leak, and grows with the luck of
the draw. Memory counts from the end of a quarter of the episodes on, when code is loaded; given are the growth to the
end, and the slope of a straight line through all measurements in between times the episodes. Linux with glibc only.

    python scripts/check_environment_memory.py [ID ...] [--episodes 200] [--steps 50] [--limit 2] [--out CSV]

Ends with status 1 if a slope is above the limit, in MiB over all episodes.
"""

from __future__ import annotations

import argparse
import csv
import ctypes
import gc
import multiprocessing
import sys
from pathlib import Path

import gymnasium
import numpy as np

import coplug.envs  # noqa: F401 # registers

PAGE = 4096
FIELDS = ("environment", "episodes", "resident_mib", "growth_mib", "slope_mib")


def resident_mib() -> float:
    """Return the resident memory of this process, when all that is free is given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * PAGE / 2**20


def memory_over(name: str, n_episodes: int, n_steps: int) -> tuple[str, int, float, float, float]:
    """Play, and return a row: resident memory after the warm-up, growth, slope."""
    env = gymnasium.make(name)
    env.action_space.seed(0)
    seen: list[float] = []
    for seed in range(n_episodes):
        env.reset(seed=seed)
        over = False
        for _ in range(n_steps):
            _, _, terminated, truncated, _ = env.step(env.action_space.sample())
            over = terminated or truncated
            if over:
                break
        env.unwrapped.close()  # SCIP is freed with the next reset, or here
        seen.append(resident_mib())
    env.close()
    after = np.array(seen[n_episodes // 4 :])
    slope = np.polyfit(np.arange(len(after)), after, 1)[0] * n_episodes
    return name, n_episodes, after[0], after[-1] - after[0], float(slope)


def main() -> int:
    """Measure and print."""
    newest = [
        name
        for name, spec in gymnasium.registry.items()
        if name.startswith("coplug/") and "version" not in spec.kwargs
    ]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("ids", nargs="*", default=newest, metavar="ID", help="newest versions by default")
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--limit", type=float, default=2.0)
    parser.add_argument("--out", type=Path, help="CSV file")
    options = parser.parse_args()
    rows = []
    for name in options.ids:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            rows.append(pool.apply(memory_over, (name, options.episodes, options.steps)))
        print("{0:36} {2:8.1f} MiB {3:+7.2f} MiB, slope {4:+7.2f} MiB".format(*rows[-1]), flush=True)
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(FIELDS)
            writer.writerows([*row[:2], *(f"{value:.2f}" for value in row[2:])] for row in rows)
    return int(any(row[-1] > options.limit for row in rows))


if __name__ == "__main__":
    sys.exit(main())
