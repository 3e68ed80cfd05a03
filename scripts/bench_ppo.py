"""PPO of coplug beside sb3-contrib's MaskablePPO on independent sets, for the same number of steps.

Three learners, several seeds each: the recipe ``independent-set-er20-ppo``, on the graphs of the id; MaskablePPO with
its ``MultiInputPolicy``, which flattens the matrix; and MaskablePPO with the scoring policy of ``learn_with_sb3.py``.
In the end each takes its most probable actions in the same fresh episodes, those of ``learn_with_sb3.py`` and
``bench_baselines.py``. Seconds are the training's, of CPU, without imports and compilation. Needs the extra ``sb3``.

    python scripts/bench_ppo.py [--id ID] [--steps 10000] [--seeds 5] [--learners NAME...] [--out docs/data/ppo.csv]
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import gymnasium
import torch
from learn_with_sb3 import FRESH, learn, made
from sb3_contrib import MaskablePPO

from coplug.graphs.graph import Graph
from coplug.models.mis_policy import load, node_scores
from coplug.problems.mis.acting import build_sets, min_degree
from coplug.training.policy_gradient.learner import PolicyGradientRecipe
from coplug.training.recipe_files import load_recipe
from coplug.training.reporter import Silent

RECIPE = "independent-set-er20-ppo"

Sizes = Sequence[float]


def ours(id_: str, steps: int, seed: int, graphs: Sequence[Graph]) -> tuple[Sizes, float]:
    """Train by the recipe and return the sizes of the sets of its last policy, and CPU seconds."""
    drawn = gymnasium.spec(id_).kwargs
    parameters = " ".join(f"{key}={value}" for key, value in drawn.get("parameters", {}).items())
    settings = {
        "seed": seed,
        "evaluation_episodes": 1,
        "environment_arguments.family": drawn.get("graphs", "rb"),
        "environment_arguments.size": drawn.get("size", "easy"),
        "environment_arguments.parameters": parameters,
        "max_epochs": _epochs(steps, graphs),
    }
    trainer, recipe = load_recipe(RECIPE, settings)
    assert isinstance(recipe, PolicyGradientRecipe)
    with tempfile.TemporaryDirectory() as directory:
        begin = time.process_time()
        trainer.train(recipe, Path(directory), resume=False, reporter=Silent())
        seconds = time.process_time() - begin
        network = load(Path(directory) / "policies" / f"epoch-{recipe.max_epochs - 1:04d}")[0]
    return [int(chosen.sum()) for chosen in build_sets(partial(node_scores, network), graphs)], seconds


def _epochs(steps: int, graphs: Sequence[Graph]) -> int:
    """Return after how many epochs the recipe has made so many steps, if its sets are those of min-degree greedy."""
    _, recipe = load_recipe(RECIPE, [])
    assert isinstance(recipe, PolicyGradientRecipe)
    length = mean(int(chosen.sum()) for chosen in build_sets(min_degree, graphs))
    return max(round(steps / (length * recipe.episodes_per_step * recipe.epoch_steps)), 1)


def theirs(flat: bool, id_: str, steps: int, seed: int, graphs: Sequence[Graph]) -> tuple[Sizes, float]:
    """Train MaskablePPO and return the sizes of its sets, and CPU seconds."""
    if not flat:
        agent, seconds = learn(id_, steps, seed)
        return _sizes(agent, made(id_), graphs), seconds
    begin = time.process_time()
    agent = MaskablePPO("MultiInputPolicy", gymnasium.make(id_), seed=seed, device="cpu").learn(steps)
    seconds = time.process_time() - begin
    return _sizes(agent, gymnasium.make(id_), graphs), seconds


def _sizes(agent: Any, env: gymnasium.Env[Any, Any], graphs: Sequence[Graph]) -> Sizes:
    sizes = []
    for graph in graphs:
        observation, info = env.reset(options={"graph": graph})
        while info["n_left"]:
            mask = info["action_mask"].astype(bool)
            action = agent.predict(observation, action_masks=mask, deterministic=True)[0]
            observation, _, _, _, info = env.step(int(action))
        sizes.append(info["size"])
    return sizes


LEARNERS: dict[str, Callable[[str, int, int, Sequence[Graph]], tuple[Sizes, float]]] = {
    "coplug": ours,
    "flat": partial(theirs, True),
    "scoring": partial(theirs, False),
}


def main() -> None:
    """Train them in turn, and print means over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--id", default="coplug/IndependentSet-ER20-v0")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--episodes", type=int, default=200, help="of the comparison")
    parser.add_argument("--learners", nargs="+", choices=LEARNERS, default=list(LEARNERS))
    parser.add_argument("--out", type=Path, help="CSV file, to which rows are added")
    options = parser.parse_args()
    torch.set_num_threads(1)
    graphs = _graphs(options.id, options.episodes)
    for name in options.learners:
        LEARNERS[name](options.id, 1, 0, graphs[:1])  # compiles
    rows: list[tuple[str, str, int, float, float]] = []
    for seed in range(options.seeds):
        for name in options.learners:
            sizes, seconds = LEARNERS[name](options.id, options.steps, seed, graphs)
            rows.append((options.id, name, seed, round(mean(sizes), 4), round(seconds, 1)))
            print(*rows[-1], file=sys.stderr, flush=True)
    for name in options.learners:
        returns, spent = zip(*((r, s) for _, n, _, r, s in rows if n == name), strict=True)
        spread = stdev(returns) if len(returns) > 1 else 0.0
        print(f"{name:8} {mean(returns):.3f} ± {spread:.3f}   {mean(spent):.1f} s")
    if options.out:
        is_new = not options.out.exists()
        with options.out.open("a", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_new:
                writer.writerow(("environment", "learner", "seed", "return", "cpu_s"))
            writer.writerows(rows)


def _graphs(id_: str, n: int) -> list[Graph]:
    env: Any = gymnasium.make(id_)
    graphs = []
    for k in range(n):
        env.reset(seed=FRESH + k)
        graphs.append(env.unwrapped.graph)
    return graphs


if __name__ == "__main__":
    main()
