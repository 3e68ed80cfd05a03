"""Time the environments: steps a CPU second, one at a time and 64 side by side.

A single environment plays episodes that were played before, so what is timed is its step alone: no reset, no drawing of
instances, no choice of actions. A batch is timed as a whole: steps, resets, drawing of graphs, and random actions that
follow the masks; the steps in which an episode starts are not counted. Times are CPU seconds of the process, and the
most of several rounds is taken; a quiet machine is needed.

    python scripts/bench_environments.py [--rounds 5] [--num-envs 64] [--jumanji PYTHON] [--out docs/data/...csv]

``--jumanji`` names an interpreter that has jumanji; ``scripts/bench_jumanji.py`` is run with it, turn about.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

import coplug.envs  # noqa: F401 # registers

SINGLE = (
    "coplug/IndependentSet-ER20-v0",
    "coplug/IndependentSet-ER50-v0",
    "coplug/IndependentSet-RB-small-v0",
    "coplug/Extremal16-v0",
    "coplug/Extremal64-v0",
    "coplug/Branching-v1",
)
BATCH = SINGLE[:-1]
MAX_STEPS = 400
"""Of an episode of a single environment; those of large extremal graphs are long and all alike."""

JUMANJI = ("GraphColoring-v1", "Knapsack-v1")


def single_rate(name: str, seconds: float) -> float:
    """Return steps a CPU second of one environment."""
    env = gymnasium.make(name)
    env.action_space.seed(0)
    n_steps, spent, seed = 0, 0.0, 0
    while spent < seconds:
        seed += 1
        actions = _episode(env, seed)
        env.reset(seed=seed)
        begin = time.process_time()
        for action in actions:
            env.step(action)
        if seed > 1:  # machine code is loaded in the first
            n_steps, spent = n_steps + len(actions), spent + time.process_time() - begin
    env.close()
    return n_steps / spent


def _episode(env: gymnasium.Env[Any, Any], seed: int) -> list[int]:
    """Return the random actions of an episode."""
    env.reset(seed=seed)
    actions: list[int] = []
    over = False
    while not over and len(actions) < MAX_STEPS:
        actions.append(int(env.action_space.sample()))
        _, _, terminated, truncated, _ = env.step(actions[-1])
        over = terminated or truncated
    return actions


def batch_rate(name: str, num_envs: int, seconds: float) -> float:
    """Return steps a CPU second of a batch."""
    envs = gymnasium.make_vec(name, num_envs=num_envs, vectorization_mode="vector_entry_point")
    envs.action_space.seed(0)
    envs.reset(seed=0)
    starts = np.zeros(num_envs, np.bool_)
    for _ in range(100):
        _, _, terminated, truncated, _ = envs.step(envs.action_space.sample())
    starts = terminated | truncated
    n_steps, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        for _ in range(50):
            n_steps += num_envs - int(np.count_nonzero(starts))
            _, _, terminated, truncated, _ = envs.step(envs.action_space.sample())
            starts = terminated | truncated
    spent = time.process_time() - begin
    envs.close()
    return n_steps / spent


def jumanji_rates(python: str, num_envs: int, seconds: float) -> dict[str, float]:
    """Return the rates that ``bench_jumanji.py`` measures."""
    script = Path(__file__).with_name("bench_jumanji.py")
    arguments = [python, str(script), *JUMANJI, "--num-envs", str(num_envs), "--seconds", str(seconds)]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="CPU seconds of each measurement")
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--jumanji", metavar="PYTHON", help="interpreter that has jumanji")
    parser.add_argument("--out", type=Path, help="CSV file")
    options = parser.parse_args()
    best: dict[tuple[str, str], float] = {}
    for number in range(options.rounds):
        rates = {("single", name): single_rate(name, options.seconds) for name in SINGLE}
        rates |= {("batch", name): batch_rate(name, options.num_envs, options.seconds) for name in BATCH}
        if options.jumanji:
            found = jumanji_rates(options.jumanji, options.num_envs, options.seconds)
            rates |= {("jumanji", name): rate for name, rate in found.items()}
        best = {key: max(rate, best.get(key, 0.0)) for key, rate in rates.items()}
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    for (kind, name), rate in best.items():
        print(f"{kind:8} {name:36} {rate:12,.0f}")
    if options.out:
        with options.out.open("w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("kind", "environment", "steps_a_cpu_second"))
            writer.writerows((kind, name, round(rate)) for (kind, name), rate in best.items())


if __name__ == "__main__":
    main()
